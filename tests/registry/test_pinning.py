"""Runs stay on their version: when it is deleted, and when another executor goes on with them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import Connection, func, select

from caisson.executor.v1 import executor_service_pb2 as executor
from caisson.executor.v1beta1 import agent_service_pb2 as pb
from services.executor.adapters.database import reading
from services.executor.adapters.database.agent_rows import purge
from services.executor.adapters.database.agent_tables import PINS, VERSIONS
from services.executor.adapters.database.database import FILE, open_database
from services.executor.adapters.database.opening import PostgresServer, SqliteFile
from services.executor.adapters.database.tables import PROGRAMS
from services.executor.agent_names import AgentRef
from services.executor.conversation import SessionKey
from services.executor.egress.environment import PlainValue
from services.executor.egress.policy import EgressPolicy
from services.executor.errors import LimitError
from services.executor.registry.rows import LabelChange, NewVersion
from tests.executor.builders import ADD_SCHEMA, add, agent, tool
from tests.registry.stage import Deploying, Parts, SaysItsPrompt, deploying
from tests.registry.test_restricted_runs import SeesBroker

Code = grpc.StatusCode
METADATA = (("authorization", "Bearer acme owner"),)
POLICY = EgressPolicy(env=(PlainValue("REGION", "eu"), PlainValue("SHOP", "shop")))


class Holds(SaysItsPrompt):
    """A model that answers once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def stream(self, query: Any) -> Any:
        self.asked.set()
        await self.may.wait()
        async for piece in super().stream(query):
            yield piece


async def created(server: Deploying, ref: str) -> str:
    """Begin a run that goes on without its client."""
    asked = executor.CreateRunRequest()
    asked.spec.deployed, asked.spec.message = ref, "Hello"
    return str((await server.client.stub.CreateRun(asked, metadata=METADATA)).run.run_id)


async def watched(server: Deploying, run_id: str) -> str:
    """Watch a run to its end, and return what it said."""
    asked, text = executor.SubscribeRunRequest(run_id=run_id), ""
    async for response in server.client.stub.SubscribeRun(asked, metadata=METADATA):
        text += response.event.text_delta.delta
    return text


async def deployed(server: Deploying, prompt: str, *names: str) -> None:
    """Deploy an agent with a tool, which may see values of these names."""
    source = server.bundles.add(
        agent(tool("add", ADD_SCHEMA), system=prompt), source=prompt.encode()
    )
    answer = await server.deploy(source, reach=pb.Reach(env=names), approve_reach=True)
    assert answer.code is Code.OK


async def test_a_run_ends_on_its_version_though_that_is_deleted(place: Path | str) -> None:
    model = Holds()
    async with deploying(place, Parts(model=model)) as server:
        await deployed(server, "1")
        await deployed(server, "2")
        await server.label(1)
        run_id = await created(server, "weather")
        await model.asked.wait()
        await server.label(2)
        gone = pb.DeleteAgentRequest(name="weather", version=1)
        assert (await server.call("DeleteAgent", gone)).code is Code.OK
        model.may.set()
        assert await watched(server, run_id) == "1"
        assert (await server.said("weather@1")).code is Code.NOT_FOUND


async def test_another_executor_goes_on_with_the_same_version(place: Path | str) -> None:
    held = Parts(model=Holds(), policy=POLICY, runner=SeesBroker({"add": add}))
    async with deploying(place, held) as one:
        await deployed(one, "1", "REGION")
        await deployed(one, "2", "REGION", "SHOP")
        await one.label(1)
        run_id = await created(one, "weather")
        await held.model.asked.wait()
        await one.label(2)
        await one.call("DeleteAgent", pb.DeleteAgentRequest(name="weather", version=1))
    runner = SeesBroker({"add": add})
    parts = Parts(bundles=held.bundles, policy=POLICY, runner=runner)
    async with deploying(place, parts) as two:
        assert await watched(two, run_id) == "1"
        assert runner.broker is not None
        assert runner.broker.env == {"REGION": "eu"}
        got = await two.client.stub.GetRun(executor.GetRunRequest(run_id=run_id), metadata=METADATA)
        assert got.run.deployed == "weather@1"


@contextmanager
def connected(place: Path | str) -> Iterator[Connection]:
    """A transaction of one's own."""
    opens = PostgresServer(place) if isinstance(place, str) else SqliteFile(place / FILE)
    with opens.connect(writes=True) as connection, connection.begin():
        yield connection


def version_of(number: int) -> NewVersion:
    return NewVersion("weather", f"sha256:{number}", ("main",), b"", "me", approves=True)


async def test_bundles_and_versions_stay_while_they_are_needed(place: Path | str) -> None:
    held = Parts(model=Holds())
    async with deploying(place, held) as server:
        await deployed(server, "1")
        await deployed(server, "2")
        await server.label(2)
        run_id = await created(server, "weather@1")
        await held.model.asked.wait()
        await server.call("DeleteAgent", pb.DeleteAgentRequest(name="weather", version=1))
        later = time.time_ns() + 10**12
        count = select(func.count()).select_from(VERSIONS)
        with connected(place) as connection:
            purge(connection, later)
            assert connection.execute(count).scalar() == 2  # a run is on the first
        held.model.may.set()
        assert await watched(server, run_id) == "1"
        with connected(place) as connection:
            purge(connection, later)
            assert connection.execute(count).scalar() == 1
            connection.execute(PROGRAMS.update().values(kept_ns=1))
            reading.remove(connection, run_id, "acme")
            reading.expire(connection, 0, 10)
            kept = connection.execute(select(PROGRAMS.c.source)).scalars().all()
        assert kept == [b"2"]


async def test_pins_go_with_their_sessions(place: Path | str) -> None:
    async with deploying(place) as server:
        await server.deployed("1")
        await server.label(1)
        for session in ("stays", "goes"):
            await server.said(session_id=session, resource_id="me")
        await server.database.sessions.delete(SessionKey("me", "goes", "acme"))
        runs = await server.client.stub.ListRuns(executor.ListRunsRequest(), metadata=METADATA)
        for run in runs.runs:
            asked = executor.DeleteRunRequest(run_id=run.run_id)
            await server.client.stub.DeleteRun(asked, metadata=METADATA)
        with connected(place) as connection:
            purge(connection, time.time_ns() + 10**12)
            left = connection.execute(select(PINS.c.session_id)).scalars().all()
        assert left == ["stays"]


async def test_two_executors_number_versions_in_turn(place: Path | str) -> None:
    database = open_database(place)
    other = open_database(place) if isinstance(place, str) else database
    try:
        made = await asyncio.gather(
            *(
                (database if number % 2 else other).agents.deploy(
                    "acme", version_of(number), lambda old, new: ("wider",), None
                )
                for number in range(20)
            )
        )
        assert sorted(row.version for row in made) == list(range(1, 21))
        expecting = [
            store.agents.deploy("acme", version_of(100 + number), lambda old, new: (), 20)
            for number, store in enumerate((database, other))
        ]
        found = await asyncio.gather(*expecting, return_exceptions=True)
        assert sum(isinstance(each, Exception) for each in found) == 1
        moves = [
            store.agents.set_label(
                "acme", LabelChange("weather", "production", version, 0, "me", expected=0)
            )
            for version, store in ((1, database), (2, other))
        ]
        moved = await asyncio.gather(*moves, return_exceptions=True)
        assert sum(isinstance(each, Exception) for each in moved) == 1
    finally:
        await database.close()
        if other is not database:
            await other.close()


async def test_agents_are_bounded() -> None:
    database = open_database(None)
    try:
        for number in range(1_000):
            await database.agents.deploy("acme", version_of(number), lambda old, new: (), None)
        with pytest.raises(LimitError, match="1000 versions"):
            await database.agents.deploy("acme", version_of(-1), lambda old, new: (), None)
        found = await database.agents.resolve("acme", AgentRef("weather", version=1), None, 0.0)
        assert found.new.digest == "sha256:0"
    finally:
        await database.close()
