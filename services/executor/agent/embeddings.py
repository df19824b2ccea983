"""Embeddings of texts: what an embedding model is asked and answers, and when it is asked again."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from services.executor.agent.attempts import RetryPolicy
from services.executor.agent.ports import Clock
from services.executor.conversation import ModelRoute, TokenUsage
from services.executor.errors import ModelError, ModelUnavailableError

MAX_VALUES: Final = 100
"""The most texts of one query."""
MAX_CHARACTERS: Final = 1024 * 1024
"""The most characters of one query's texts."""
MAX_DIMENSIONS: Final = 8192
"""The most numbers of one vector."""
MAX_NUMBERS: Final = 500_000
"""The most numbers of one answer."""


@dataclass(frozen=True)
class EmbeddingQuery:
    """One query to an embedding model.

    Attributes:
        route: which model to ask, and how to reach it.
        values: the texts, in the order of their vectors.
        dimensions: how many numbers a vector is to have; None leaves it to the model.
        user: what the provider is told of the user; empty for nothing.
        seconds: how long one attempt may take; None for the provider's limits alone.
    """

    route: ModelRoute
    values: Sequence[str]
    dimensions: int | None = None
    user: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Embedded:
    """One vector for each text; ``usage`` has no source where the provider told none."""

    vectors: Sequence[array[float]]
    usage: TokenUsage = field(default_factory=TokenUsage)


class EmbeddingModel(Protocol):
    """Makes vectors of texts."""

    async def embed(self, query: EmbeddingQuery) -> Embedded:
        """Return the vectors; cancelling it ends the request to the provider.

        Raises what ``LanguageModel.stream`` raises.
        """
        ...


class AttemptingEmbeddings:
    """An embedding model that is asked again after rate limits and outages.

    There are no fallbacks: vectors of two models cannot be compared.
    """

    def __init__(self, model: EmbeddingModel, clock: Clock, policy: RetryPolicy) -> None:
        self._model = model
        self._clock = clock
        self._policy = policy

    def __repr__(self) -> str:
        return f"AttemptingEmbeddings({self._model!r}, {self._policy!r})"

    async def embed(self, query: EmbeddingQuery) -> Embedded:
        """Return the vectors; see ``EmbeddingModel.embed``."""
        retry = 0
        while True:
            try:
                return await self._attempt(query)
            except ModelError as error:
                retry += 1
                wait_s = self._policy.wait_before(retry, error)
                if wait_s is None:
                    raise
                await self._clock.sleep(wait_s)

    async def _attempt(self, query: EmbeddingQuery) -> Embedded:
        try:
            async with asyncio.timeout(query.seconds) as limit:
                return await self._model.embed(query)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ModelUnavailableError(
                f'The provider of "{query.route.model}" was silent for too long '
                f"({query.seconds:g} s). This is its fault or the network's; try again, or raise "
                "`spec.limits.first_token_timeout` of the request, at most "
                "CAISSON_EXECUTOR_MODEL_FIRST_TOKEN_S."
            ) from None
