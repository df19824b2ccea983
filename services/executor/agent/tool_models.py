"""Models for tools: asks them within the run's budget, and streams their answers to the sandbox.

A tool's query goes to the models of the deployment as the loop's own do: by the same names, with
retries and fallbacks. Its tokens and its cost count in the run's. Where these are limited, one
query is made at a time, so that no two of them spend what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from services.executor.agent.embeddings import EmbeddingModel
from services.executor.agent.ledger import Ledger
from services.executor.agent.model_grant import QueryRules
from services.executor.agent.ports import Clock, IdSource, ModelPrices, RunModel
from services.executor.agent.progress import Progress
from services.executor.agent.task_ends import end_tasks
from services.executor.agent.tool_answer import Answered, ToolAnswer
from services.executor.agent.tool_asking import Asking
from services.executor.agent.tool_embeddings import ToolEmbeddings, read_embeddings
from services.executor.agent.tool_queries import read_query
from services.executor.conversation import AssistantMessage
from services.executor.domain import Json
from services.executor.egress.host_calls import number_of
from services.executor.errors import FetchDeniedError

AT_LOAD: Final = "Models cannot be asked while the bundle loads; ask them in a tool."


class ToolModels:
    """Asks models for the tools of one run, once its loop has begun.

    Without ``embeddings`` no tool gets vectors.
    """

    def __init__(
        self,
        model: RunModel,
        prices: ModelPrices,
        ids: IdSource,
        clock: Clock,
        embeddings: EmbeddingModel | None = None,
    ) -> None:
        self._model = model
        self._prices = prices
        self._ids = ids
        self._clock = clock
        self._embeddings = embeddings
        self.asking: Asking | None = None

    def __repr__(self) -> str:
        return f"ToolModels(queries={self.asking.ledger.room.made if self.asking else None})"

    def begin(self, rules: QueryRules | None, progress: Progress, ledger: Ledger) -> None:
        """Take queries from now on, unless there are no rules; later ones replace the rules.

        ``progress`` takes their usage, and ``ledger`` is the budget of the tree of runs.
        """
        if rules is not None:
            self.asking = Asking(
                *(self._model, self._prices, self._ids, self._clock, rules, progress, ledger),
                embeddings=self._embeddings,
            )

    def again(self) -> ToolModels:
        """Return the same for the tools of a nested run, which begins its own queries."""
        return ToolModels(self._model, self._prices, self._ids, self._clock, self._embeddings)

    def call(self, tool_call_id: str) -> CallQueries:
        """Return what asks models for one tool call; an empty id is the bundle's load."""
        return CallQueries(self, tool_call_id)


class CallQueries:
    """The queries of one tool call; ``close`` ends those that are open."""

    def __init__(self, run: ToolModels, tool_call_id: str) -> None:
        self._run = run
        self._id = tool_call_id
        self._open: dict[int, tuple[ToolAnswer | ToolEmbeddings, asyncio.Task[None]]] = {}
        self._answers: list[AssistantMessage] = []
        self._kept = 0

    def __repr__(self) -> str:
        return f"CallQueries({self._id}, open={len(self._open)})"

    async def made(self, host_call_id: int, asked: Mapping[str, Json]) -> Json:
        """Begin a query, read on, or end one; see ``CallModels.made``."""
        operation = asked.get("op")
        if operation in ("query", "embed"):
            return await self._begun(host_call_id, asked)
        if operation == "read":
            return await self._read(number_of(asked, "query"))
        if operation == "close":
            await self._end(number_of(asked, "query"))
            return {}
        raise FetchDeniedError("The capability `model` does not support this operation.")

    async def close(self) -> None:
        """End every query, and forget the answers; idempotent."""
        while self._open:
            await self._end(next(iter(self._open)))
        if self._kept and self._run.asking is not None:
            self._run.asking.release(self._kept)
        self._answers, self._kept = [], 0

    async def _begun(self, number: int, asked: Mapping[str, Json]) -> Json:
        asking = self._run.asking
        if not self._id or asking is None:
            raise FetchDeniedError(AT_LOAD)
        if number in self._open:
            raise FetchDeniedError("Another query of the call has this number.")
        asking.count()
        held = (self._id, asking.hold, asking.release)
        opened: ToolAnswer | ToolEmbeddings
        if asked.get("op") == "embed":
            opened = vectors = ToolEmbeddings(*held)
            fill = partial(vectors.fill, asking, read_embeddings(asked))
        else:
            opened = answer = ToolAnswer(*held)
            query = await read_query(asked, self._answers, asking.rules.schema_of)
            fill = partial(answer.fill, asking, query)
        self._open[number] = (opened, asyncio.create_task(self._asked(asking, fill)))
        try:
            return await self._read(number)
        except BaseException:
            await self._end(number)
            raise

    async def _asked(self, asking: Asking, fill: Callable[[], Awaitable[None]]) -> None:
        """Ask the model in turn; ``fill`` keeps the answer, or what it failed with."""
        async with AsyncExitStack() as held:
            await held.enter_async_context(asking.ledger.room.slots)
            await held.enter_async_context(asking.ledger.turn())
            await fill()

    async def _read(self, number: int) -> Json:
        """Return what has come of an answer since the last time; waits for some."""
        opened = self._open.get(number)
        if opened is None:
            raise FetchDeniedError("There is no such answer to read.")
        answer, _ = opened
        try:
            parts = await answer.taken()
        except Exception:
            await self._end(number)
            raise
        if not answer.is_over:
            return {"id": number, "parts": parts, "done": False}
        await self._end(number)
        if isinstance(answer, ToolEmbeddings) or answer.whole is None:
            return {"parts": parts, "done": True}
        return {"parts": [*parts, self._finish(answer.whole)], "done": True}

    def _finish(self, whole: Answered) -> Json:
        """Return the last part of an answer; a later query of the call may refer to it."""
        asking = self._run.asking
        if asking is not None:
            asking.hold(whole.characters)
            self._kept += whole.characters
        self._answers.append(whole.answer.message)
        return {**whole.shown(), "ref": len(self._answers) - 1}

    async def _end(self, number: int) -> None:
        opened = self._open.pop(number, None)
        if opened is not None:
            answer, task = opened
            await end_tasks(task)
            answer.drop()
