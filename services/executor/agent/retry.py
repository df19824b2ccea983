"""A model query that either finishes or fails, asked again only while nothing was seen of it."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from services.executor.agent.deltas import INCOMPLETE, Finished, ModelDelta, UsageReport
from services.executor.agent.ports import Clock, LanguageModel, ModelQuery
from services.executor.errors import ModelError, ModelRateLimitError, ModelUnavailableError


@dataclass(frozen=True)
class RetryPolicy:
    """``retries`` after the first attempt; waits in seconds.

    The n-th wait is ``first_wait_s`` doubled n - 1 times, and up to as much again by chance. When
    the provider says how long to wait, that is obeyed up to ``longest_wait_s``; beyond it the
    query fails at once, and the client is told.
    """

    retries: int = 2
    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0

    def wait_before(self, retry: int, error: ModelError) -> float | None:
        """Return the seconds to wait before the n-th retry, None for no retry."""
        if retry > self.retries:
            return None
        if not isinstance(error, ModelRateLimitError | ModelUnavailableError):
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.longest_wait_s else None
        wait = self.first_wait_s * 2.0 ** (retry - 1) * (1 + random.random())  # noqa: S311 - no secret
        return min(wait, self.longest_wait_s)


class RetryingModel:
    """A language model that asks again on rate limits and outages, before the first output.

    A stream that ends without a finish reason is an error here, never an answer.
    """

    def __init__(self, model: LanguageModel, clock: Clock, policy: RetryPolicy) -> None:
        self._model = model
        self._clock = clock
        self._policy = policy

    def __repr__(self) -> str:
        return f"RetryingModel({self._model!r}, {self._policy!r})"

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the answer; see ``LanguageModel.stream``."""
        attempt = 0
        while True:
            attempt += 1
            seen = False
            try:
                async with aclosing(_complete(self._model, query)) as deltas:
                    async for delta in deltas:
                        seen = seen or not isinstance(delta, Finished | UsageReport)
                        yield delta
                return
            except ModelError as error:
                wait = None if seen else self._policy.wait_before(attempt, error)
                if wait is None:
                    raise
            await self._clock.sleep(wait)


async def _complete(model: LanguageModel, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
    finished = False
    async with aclosing(model.stream(query)) as deltas:
        async for delta in deltas:
            finished = finished or isinstance(delta, Finished)
            yield delta
    if not finished:
        raise ModelUnavailableError(INCOMPLETE)
