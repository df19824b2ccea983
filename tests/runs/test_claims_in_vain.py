"""A run that ends each executor that goes on with it is given up; those beside it are not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from services.executor.agent.deltas import ModelDelta
from services.executor.agent.ports import ModelQuery
from services.executor.runs.claims import MOST_IN_VAIN, SUSPECT
from services.executor.runs.ports import Journal
from tests.executor.builders import says, stage
from tests.executor.scripted_server import serving
from tests.executor.served import Client
from tests.runs.journals import memory, postgres, sealed, sqlite

WAIT_S = 60.0
DEADLY, OTHER = "deadly", "other"


@pytest.fixture(params=[memory, sealed, sqlite, postgres], ids=lambda made: made.__name__)
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    def url() -> str:
        return cast("str", request.getfixturevalue("postgres_url"))

    if request.param is postgres:
        url()  # the server is not started within the event loop's own fixtures
    async with request.param(tmp_path, url) as made:
        yield made


@dataclass(eq=False)
class Model:
    """Counts what it is asked; answers what ``answers`` has, and leaves the rest waiting."""

    answers: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        message = query.messages[-1].text
        async with self.changed:
            self.asked[message] += 1
            self.changed.notify_all()
        if message not in self.answers:
            await asyncio.Event().wait()
        for delta in says("Done."):
            yield delta

    async def until(self, messages: str, times: int) -> None:
        """Wait until each of some messages was asked so often."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(
                lambda: all(self.asked[each] == times for each in messages.split())
            )


async def create(client: Client, message: str) -> str:
    spec = run_pb2.RunSpec(bundle=run_pb2.BundleSource(inline=b"x"), message=message)
    run_id: str = (await client.stub.CreateRun(pb.CreateRunRequest(spec=spec))).run.run_id
    return run_id


async def end_of(client: Client, run_id: str) -> run_event_pb2.RunEnded:
    async with asyncio.timeout(WAIT_S):
        async for response in client.stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id)):
            if response.event.HasField("run_ended"):
                ended: run_event_pb2.RunEnded = response.event.run_ended
                return ended
    raise AssertionError(f"{run_id} has no end")


async def test_run_that_ends_its_executors_is_given_up(journal: Journal) -> None:
    model = Model()
    made = stage(model=model)
    async with serving(made, journal) as (client, runs):
        deadly, other = [await create(client, each) for each in (DEADLY, OTHER)]
        await model.until(f"{DEADLY} {OTHER}", 1)
        await runs.live.lose()
    for life in range(1, MOST_IN_VAIN + 1):
        if life > SUSPECT:  # from then on only one of them is tried at a time
            model.answers.add(OTHER)
        async with serving(made, journal) as (_, runs):
            await model.until(DEADLY, life + 1)
            await runs.live.lose()
    async with serving(made, journal) as (client, _):
        ended = await end_of(client, deadly)
        assert ended.state == run_event_pb2.RUN_STATE_FAILED
        assert f"is given up: {MOST_IN_VAIN} executors" in ended.error.message
        ended = await end_of(client, other)
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
    assert model.asked[DEADLY] == 1 + MOST_IN_VAIN


async def test_executors_that_end_in_an_orderly_way_do_not_count(journal: Journal) -> None:
    model = Model()
    made = stage(model=model)
    async with serving(made, journal) as (client, _):
        run_id = await create(client, OTHER)
        await model.until(OTHER, 1)
    for life in range(1, MOST_IN_VAIN + 2):
        async with serving(made, journal):
            await model.until(OTHER, life + 1)
    model.answers.add(OTHER)
    async with serving(made, journal) as (client, _):
        ended = await end_of(client, run_id)
        assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
