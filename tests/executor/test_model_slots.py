"""Answers of models that are read at once: as many as there are slots, for all organisations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.deltas import Finished, ModelDelta, TextPiece
from services.executor.agent.ports import ModelQuery
from services.executor.agent.scripted import HeldClock
from services.executor.clients import CALLER, Client, member_of
from services.executor.conversation import FinishReason
from services.executor.fair_slots import FairSlots
from tests.executor.builders import says, stage

GREEDY, POLITE = member_of("greedy", "key"), member_of("polite", "key")


class Gate:
    """A model that answers once it may; notes whose queries it has."""

    def __init__(self) -> None:
        self.asked: list[Client] = []
        self.open = 0
        self.most = 0
        self.may_answer = asyncio.Event()

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        self.asked.append(CALLER.get())
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self.may_answer.wait()
            yield TextPiece("hi")
            yield Finished(FinishReason.STOP)
        finally:
            self.open -= 1


async def query_of_a_run() -> ModelQuery:
    scene = stage(says("hi"))
    await scene.run()
    found: ModelQuery = scene.model.queries[0]
    return found


async def ask(model: AttemptingModel, query: ModelQuery, client: Client) -> None:
    CALLER.set(client)
    async with aclosing(model.stream(query, lambda: None)) as deltas:
        async for _ in deltas:
            pass


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_answers_at_once_are_bounded_and_leave_others_a_place() -> None:
    gate, query = Gate(), await query_of_a_run()
    model = AttemptingModel(gate, HeldClock(), RetryPolicy(), FairSlots(2))
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(ask(model, query, GREEDY))
        await turns()
        assert gate.asked == [GREEDY] * 2
        group.create_task(ask(model, query, POLITE))
        await turns()
        assert gate.asked == [GREEDY] * 2 + [POLITE]
        gate.may_answer.set()
    assert len(gate.asked) == 11
    assert (gate.open, gate.most) == (0, 3)


async def test_query_that_is_cancelled_while_it_waits_leaves_nothing() -> None:
    gate, query = Gate(), await query_of_a_run()
    slots = FairSlots(1, spare=0)
    model = AttemptingModel(gate, HeldClock(), RetryPolicy(), slots)
    first = asyncio.create_task(ask(model, query, GREEDY))
    second = asyncio.create_task(ask(model, query, GREEDY))
    await turns()
    second.cancel()
    await turns()
    assert len(gate.asked) == 1
    first.cancel()
    await turns()
    assert repr(slots) == "FairSlots(0 of 1, waiting=0)"
    gate.may_answer.set()
    await ask(model, query, POLITE)
    assert gate.open == 0
