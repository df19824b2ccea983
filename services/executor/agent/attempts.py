"""Retries model queries, and falls back to other models, until any output has been streamed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from services.executor.agent.compaction import (
    KEPT_OF_BUDGET,
    HistoryBudget,
    compacted,
    message_bytes,
)
from services.executor.agent.deltas import (
    FIRST_ATTEMPT,
    INCOMPLETE,
    AnswerDelta,
    Answering,
    Attempts,
    Finished,
    ModelDelta,
    Refused,
    Retrying,
    UsageReport,
)
from services.executor.agent.ports import Clock, LanguageModel, ModelQuery
from services.executor.agent.spans import ChatSpan
from services.executor.agent.state import leaving_out
from services.executor.clients import CALLER
from services.executor.conversation import Message
from services.executor.errors import (
    ModelContextError,
    ModelError,
    ModelRateLimitError,
    ModelSettingError,
    ModelUnavailableError,
)
from services.executor.fair_slots import FairSlots
from services.telemetry.traces.recorded import error_type

STREAM_S = 1.0  # about what an answer takes, for the turns of those who wait
# What is left of a conversation that a model found too long.
SHORTENED_TO = 0.5


@dataclass(frozen=True)
class RetryPolicy:
    """``retries`` of each model after its first attempt; delays in seconds.

    The n-th delay is ``first_wait_s`` doubled n - 1 times, plus up to half as much jitter. A delay
    that the provider asks for is obeyed up to ``longest_wait_s``; beyond it the next model is
    tried, or the query fails at once.
    """

    retries: int = 2
    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0

    def wait_before(self, retry: int, error: ModelError) -> float | None:
        """Return the delay before the n-th retry, None for no retry.

        Only transient errors are retried: rate limits, outages, broken streams. What the provider
        refused (400, 401, 403, 404, 422) it would refuse again.
        """
        if retry > self.retries:
            return None
        if not isinstance(error, ModelRateLimitError | ModelUnavailableError):
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.longest_wait_s else None
        chance = 1 + random.random() / 2  # noqa: S311 - no secret
        return min(self.first_wait_s * 2.0 ** (retry - 1) * chance, self.longest_wait_s)


class AttemptingModel:
    """A language model that retries on rate limits and outages, and then tries its fallbacks.

    A conversation that is too long for a model is shortened once, and asked again, and so is one
    without a setting that the model refused. All this happens only before the first output, which
    is never taken back. A stream that ends without a finish reason, or is silent for too long, is
    an error here, never an answer.

    Args:
        model: is asked.
        clock: for the waits before retries.
        policy: when it is asked again.
        streams: the answers that are read at once, shared between callers; None for no bound.
    """

    def __init__(
        self,
        model: LanguageModel,
        clock: Clock,
        policy: RetryPolicy,
        streams: FairSlots | None = None,
    ) -> None:
        self._streams = streams
        self._model = model
        self._clock = clock
        self._policy = policy

    def __repr__(self) -> str:
        return f"AttemptingModel({self._model!r}, {self._policy!r})"

    async def stream(
        self,
        query: ModelQuery,
        most_output: Callable[[], int | None],
        attempts: Attempts = FIRST_ATTEMPT,
    ) -> AsyncGenerator[AnswerDelta, None]:
        """Yield the answer; see ``RunModel.stream``."""
        routes = (query.route, *query.fallbacks)
        shown: Sequence[Message] = query.messages
        while True:
            if attempts.wait_s:
                await self._clock.sleep(attempts.wait_s)
            limited = _limited(query, most_output())
            asked = replace(limited, messages=shown, route=routes[attempts.passed], fallbacks=())
            yield Answering(asked.model)
            seen, span = False, ChatSpan(asked, attempts)
            try:
                async with self._slot(), aclosing(_complete(self._model, asked)) as deltas:
                    async for delta in deltas:
                        seen = seen or _is_seen(delta)
                        if span.recording:
                            span.take(delta)
                        yield delta
                return
            except ModelError as error:
                span.end(error.reason)
                if seen:
                    raise
                if isinstance(error, ModelSettingError) and _is_new(error, query, asked.model):
                    query, attempts = _without(query, asked.model, error), attempts.at_once()
                    yield Refused(asked.model, error.setting, error.message, attempts)
                    continue
                shorter = _shorter(query, shown) if isinstance(error, ModelContextError) else None
                if shorter is not None:
                    shown, attempts = shorter, replace(attempts, failed=attempts.failed + 1)
                else:
                    shown, attempts = query.messages, self._after(attempts, error)
                if attempts.passed == len(routes):
                    raise
                yield Retrying(asked.model, routes[attempts.passed].model, attempts, error)
            except BaseException as error:
                span.end(error_type(error))
                raise
            finally:
                span.end()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Wait for a place among the answers that are read at once, and hold it inside."""
        if self._streams is None:
            yield
            return
        client, claim = CALLER.get(), self._streams.claim(STREAM_S)
        claim.join(client)
        try:
            async with claim:
                yield
        finally:
            claim.leave(client)

    def _after(self, attempts: Attempts, error: ModelError) -> Attempts:
        """Return what follows a failed attempt: the same model after a delay, or the next one."""
        failed, retry = attempts.failed + 1, attempts.retries + 1
        wait_s = self._policy.wait_before(retry, error)
        if wait_s is None:
            return Attempts(failed, passed=attempts.passed + 1)
        return Attempts(failed, retry, attempts.passed, wait_s)


def _shorter(query: ModelQuery, shown: Sequence[Message]) -> Sequence[Message] | None:
    """Return about half of a conversation that was too long, None if that was done before."""
    if shown is not query.messages:
        return None
    most = int(sum(map(message_bytes, shown)) * SHORTENED_TO / KEPT_OF_BUDGET)
    shorter = compacted(shown, HistoryBudget(len(shown), most))
    return None if shorter == tuple(shown) else shorter


def _is_new(error: ModelSettingError, query: ModelQuery, model: str) -> bool:
    return error.setting not in query.left_out.get(model, ())


def _without(query: ModelQuery, model: str, error: ModelSettingError) -> ModelQuery:
    return replace(query, left_out=leaving_out(query.left_out, model, error.setting))


def _limited(query: ModelQuery, most: int | None) -> ModelQuery:
    """Return the query, limited to ``most`` output tokens."""
    if most is None:
        return query
    own = query.settings.get("maxOutputTokens", query.settings.get("maxTokens"))
    lower = min(most, int(own)) if isinstance(own, int | float) else most
    return replace(query, settings={**query.settings, "maxOutputTokens": lower})


async def _complete(model: LanguageModel, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
    """Yield one model's answer; raises ModelUnavailableError if it is cut off or stalls.

    Some providers report the prompt's tokens long before they answer: that is not the first piece
    of the answer.
    """
    finished = begun = False
    begins_by = _from_now(query.first_token_s)
    async with aclosing(model.stream(query)) as deltas:
        while True:
            by = _from_now(query.token_gap_s) if begun else begins_by
            try:
                async with asyncio.timeout_at(by) as limit:
                    delta = await anext(deltas, None)
            except TimeoutError:
                if not limit.expired():
                    raise
                waited_s = query.token_gap_s if begun else query.first_token_s
                raise ModelUnavailableError(
                    _stalled(query.model, waited_s or 0.0, begun=begun)
                ) from None
            if delta is None:
                break
            finished = finished or isinstance(delta, Finished)
            begun = begun or _is_seen(delta)
            yield delta
    if not finished:
        raise ModelUnavailableError(INCOMPLETE)


def _is_seen(delta: ModelDelta) -> bool:
    """Tell whether a delta is a piece of the answer itself."""
    return not isinstance(delta, Finished | UsageReport)


def _from_now(seconds: float | None) -> float | None:
    return None if seconds is None else asyncio.get_running_loop().time() + seconds


def _stalled(model: str, seconds: float, *, begun: bool) -> str:
    field, setting = ("token_gap", "SILENCE") if begun else ("first_token", "FIRST_TOKEN")
    return (
        f'The provider of "{model}" was silent for too long ({seconds:g} s). This is its fault '
        f"or the network's; try again, or raise `spec.limits.{field}_timeout` of the request, at "
        f"most CAISSON_EXECUTOR_MODEL_{setting}_S."
    )
