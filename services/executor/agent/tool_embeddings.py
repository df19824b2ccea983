"""Embeddings for tools: reads what a tool asks, and holds the vectors until they are taken."""

from __future__ import annotations

import asyncio
import base64
import math
import sys
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.executor.agent.assembler import Spent
from services.executor.agent.embeddings import (
    MAX_CHARACTERS,
    MAX_DIMENSIONS,
    MAX_VALUES,
    EmbeddingQuery,
)
from services.executor.agent.hook_changes import DishonouredError
from services.executor.agent.tool_asking import (
    CANCELLED,
    MAX_PARTS_CHARACTERS,
    PART_CHARACTERS,
    Asking,
)
from services.executor.agent.tool_queries import NO_ROUTE, framework_of, named_model
from services.executor.agent.usage_costs import BYTES_PER_TOKEN
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.conversation import TokenUsage, UsageSource
from services.executor.domain import Json
from services.executor.errors import (
    ExecutorError,
    FetchDeniedError,
    FetchFailedError,
    RequestError,
)

MAX_USER: Final = 1024
OPTIONS: Final = frozenset({"dimensions", "user"})


@dataclass(frozen=True)
class AskedEmbeddings:
    """What a tool asks: ``query`` lacks its route; ``model`` is the name in the bundle."""

    model: str
    framework: str
    query: EmbeddingQuery


def read_embeddings(asked: Mapping[str, Json]) -> AskedEmbeddings:
    """Return the query of a host call; raises RequestError if it cannot be honoured."""
    try:
        framework = framework_of(asked)
        model = named_model(asked.get("model"))
        if not model:
            raise DishonouredError("it names no model")
        query = EmbeddingQuery(
            NO_ROUTE,
            _values(asked.get("values")),
            _dimensions(asked.get("dimensions")),
            _user(asked.get("user")),
        )
    except DishonouredError as error:
        raise RequestError(f"The model cannot be asked: {error}.") from None
    return AskedEmbeddings(model, framework, query)


def _values(given: Json) -> tuple[str, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MAX_VALUES:
        raise DishonouredError(f"its values are no list of 1 to {MAX_VALUES} texts")
    values = tuple(clean_text(each) for each in given if isinstance(each, str))
    if len(values) < len(given):
        raise DishonouredError("one of its values is no text")
    if sum(map(len, values)) > MAX_CHARACTERS:
        raise DishonouredError(f"its values have more than {MAX_CHARACTERS} characters")
    return values


def _dimensions(given: Json) -> int | None:
    if given is None:
        return None
    if type(given) is not int or not 0 < given <= MAX_DIMENSIONS:
        raise DishonouredError(f"`dimensions` is no whole number from 1 to {MAX_DIMENSIONS}")
    return given


def _user(given: Json) -> str:
    text = "" if given is None else given
    if not isinstance(text, str) or len(text) > MAX_USER:
        raise DishonouredError(f"`user` is no text of at most {MAX_USER} characters")
    return clean_text(text)


class ToolEmbeddings:
    """The vectors of one query, filled by a task and taken by another."""

    def __init__(
        self, call_id: str, hold: Callable[[int], None], release: Callable[[int], None]
    ) -> None:
        self._call_id = call_id
        self._hold = hold
        self._release = release
        self._vectors: deque[str] = deque()
        self._held = 0
        self._finish: dict[str, Json] | None = None
        self._error: Exception | None = None
        self._ended = asyncio.Event()
        self.is_over = False

    def __repr__(self) -> str:
        return f"ToolEmbeddings({self._call_id}, waiting={len(self._vectors)})"

    async def fill(self, asking: Asking, asked: AskedEmbeddings) -> None:
        """Ask the model, and count what it uses; what it fails with is raised by ``taken``."""
        began = asking.clock.monotonic()
        spent: list[Spent] = []
        error = CANCELLED
        try:
            await self._asked(asking, asked, spent)
            error = ""
        except Exception as failed:  # noqa: BLE001 - the tool gets every error
            self._error = failed
            error = failed.message if isinstance(failed, ExecutorError) else "internal error"
        finally:
            if error is CANCELLED:
                self._error = FetchFailedError(CANCELLED)
            try:
                event = await asking.record(self._call_id, spent, began, asked.model, error)
                usage: Json = {"input": event.usage.input_tokens}
                self._finish = {"type": "finish", "model": event.model, "usage": usage}
            except Exception as failed:  # noqa: BLE001 - nobody may wait for what does not come
                self._error = failed
            self._ended.set()

    async def _asked(self, asking: Asking, asked: AskedEmbeddings, spent: list[Spent]) -> None:
        if asking.embeddings is None:
            raise FetchDeniedError("This executor asks no embedding models.")
        # The first alone: vectors of two models cannot be compared.
        route = asking.rules.routes(asked.model, asked.framework)[0]
        estimate = _estimated(asked.query)
        await asking.price_all((route.model,))
        await asking.price(route.model)
        asking.check_input(route, estimate.input_tokens)
        query = replace(asked.query, route=route, seconds=asking.rules.budget.first_token_s)
        spent.append((route.model, estimate))  # counts if the query is cancelled
        try:
            found = await asking.embeddings.embed(query)
        except Exception:
            spent.clear()  # a query that failed used nothing
            raise
        spent[:] = [(route.model, found.usage if found.usage.source else estimate)]
        for vector in found.vectors:
            self._keep(_text_of(vector))

    def _keep(self, text: str) -> None:
        size = PART_CHARACTERS + len(text)
        self._held += size
        self._hold(size)
        self._vectors.append(text)

    async def taken(self) -> list[Json]:
        """Return the next vectors, after the last of them how it ended.

        Raises what the query failed with.
        """
        await self._ended.wait()
        if self._error is not None:
            raise self._error
        parts: list[Json] = []
        characters = 0
        while self._vectors and characters < MAX_PARTS_CHARACTERS:
            text = self._vectors.popleft()
            characters += PART_CHARACTERS + len(text)
            parts.append({"type": "vector", "data": text})
        self._held -= characters
        self._release(characters)
        if not self._vectors:
            parts.append(self._finish)
            self.is_over = True
        return parts

    def drop(self) -> None:
        """Forget what nobody will take; who waits for it is told that it was cancelled."""
        self._release(self._held)
        self._held = 0
        self._vectors.clear()
        self._error = self._error or FetchFailedError(CANCELLED)
        self._ended.set()


def _estimated(query: EmbeddingQuery) -> TokenUsage:
    """Return about how many tokens the texts have, rather too many than too few."""
    sizes = (len(value.encode("utf-8", "replace")) for value in query.values)
    tokens = sum(1 + math.ceil(size / BYTES_PER_TOKEN) for size in sizes)
    return TokenUsage(tokens, source=UsageSource.ESTIMATED)


def _text_of(vector: array[float]) -> str:
    """Return a vector's numbers as base64 of 8 bytes each, the lowest byte first."""
    numbers = array("d", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()
