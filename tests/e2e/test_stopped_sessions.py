"""Runs that are stopped while queued for their session, or while it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import psycopg

from caisson.executor.v1 import run_pb2 as pb
from caisson.executor.v1 import session_service_pb2
from caisson.executor.v1.message_pb2 import Message
from services.executor.server import ExecutorServer
from tests.e2e.phases import Phase, has, wrote
from tests.e2e.stopping import HANG_S, QUEUE, TERMINAL, Going, Scene, client_of, scene
from tests.e2e.traces import until
from tests.executor.fake_provider import STALL, answer, text
from tests.executor.served import Client, Outcome

SHORTLY_S = 1.5  # long enough to come to wait, on a busy machine too
HAS_THE_TURN = Phase("having the turn", [[text("Hel"), STALL]], wrote("Hel"), stalls=True)
WAITS = Phase("waiting for its turn", [[text("Hel"), STALL]], has("session_wait"), requests=0)
SAVES = Phase("saving", [answer("said")], has("run_started"), requests=0)
INTERRUPT = pb.SESSION_POLICY_INTERRUPT


def terminals(outcome: Outcome) -> list[str]:
    return [kind for kind in outcome.kinds if kind in TERMINAL]


async def one_waits(
    made: Scene, client: Client | None = None, **request: Any
) -> tuple[Going, Going]:
    """One run of a session is active, another is queued."""
    first = await made.begin(HAS_THE_TURN, client)
    request |= {"session_id": first.session_id, "session_policy": QUEUE}
    return first, await made.begin(WAITS, client, **request)


async def assert_the_other_goes_on(made: Scene, first: Going) -> None:
    """The active run is unaffected and ends normally."""
    assert not made.model.gone.is_set()
    first.call.cancel()
    await made.assert_all_is_gone(first)


async def test_queued_run_can_be_cancelled(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        first, second = await one_waits(made)
        second.call.cancel()
        assert "client-cancelled: 0 steps" in await made.is_over(second)
        await assert_the_other_goes_on(made, first)

        async with made.far_client() as (client, wire):
            first = await made.begin(HAS_THE_TURN)
            second = await made.begin(
                WAITS, client, session_id=first.session_id, session_policy=QUEUE
            )
            wire.cut()
            assert "client-cancelled: 0 steps" in await made.is_over(second)
        await assert_the_other_goes_on(made, first)

        first, second = await one_waits(made, timeout_s=SHORTLY_S)
        assert (await second.rest()).code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert "client-deadline: 0 steps" in await made.is_over(second)
        await assert_the_other_goes_on(made, first)

        limits = pb.RunLimits()
        limits.timeout.FromMilliseconds(int(SHORTLY_S * 1000))
        first, second = await one_waits(made, limits=limits)
        outcome = await second.rest()
        assert outcome.reason == "RUN_DEADLINE_EXCEEDED"
        assert terminals(outcome) == ["error"]
        assert not outcome.ended.effects.session_saved
        await assert_the_other_goes_on(made, first)


async def test_interrupt_stops_the_active_run_not_a_queued_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        first, second = await one_waits(made)
        stopped, goes_on = (asyncio.create_task(going.rest()) for going in (first, second))
        third = Phase("its answer", [answer("instead"), answer("at last")], wrote("instead"))
        going = await made.begin(third, session_id=first.session_id, session_policy=INTERRUPT)
        assert (await going.rest()).code is grpc.StatusCode.OK
        assert (await stopped).reason == "RUN_INTERRUPTED"
        assert (await goes_on).text == "at last"
        await made.assert_all_is_gone(first)


async def test_stopping_executor_stops_queued_runs(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        server = ExecutorServer(replace(made.settings, state_dir=""))
        await server.start()
        async with client_of(server.address) as client:
            first, second = await one_waits(made, client)
            stopping = asyncio.create_task(server.stop(drain_s=0.02))
            for going in (first, second):
                outcome = await going.rest()
                assert outcome.reason == "SHUTTING_DOWN"
                assert terminals(outcome) == ["abort"]
            await stopping
        await made.assert_all_is_gone(first)


@asynccontextmanager
async def saves_waiting(url: str, begun: Awaitable[Going]) -> AsyncIterator[Going]:
    """A run has said all, and waits to save it: another executor is changing conversations."""
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as asking:
        other.execute("SELECT bytes FROM hosts WHERE host = '*' FOR UPDATE")
        going = await begun
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
        async with asyncio.timeout(HANG_S):
            await until(lambda: asking.execute(waits).fetchone() is not None)
        yield going


async def messages_of(made: Scene, going: Going) -> list[Message]:
    """Wait until a session is there, which comes with the run's last event, after its log line."""
    asked = session_service_pb2.ListMessagesRequest(session_id=going.session_id)
    while True:
        try:
            return list((await made.client.sessions.ListMessages(asked)).messages)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(0.02)


async def assert_it_is_kept_once(made: Scene, going: Going) -> None:
    """The session has the complete answer, and the next run sees it."""
    async with asyncio.timeout(HANG_S):
        assert "session saved: True" in await made.is_over(going)
        kept = await messages_of(made, going)
    texts = [part.text for item in kept for part in item.parts]
    assert texts[:2] == ["go", "said"]
    assert texts.count("said") == 1
    await made.assert_it_goes_on(going.session_id)


async def test_save_completes_whatever_the_client_does(tmp_path: Path, postgres_url: str) -> None:
    async with scene(tmp_path, database_url=postgres_url) as made:
        async with saves_waiting(postgres_url, made.begin(SAVES)) as going:
            going.call.cancel()
        await assert_it_is_kept_once(made, going)

        async with (
            made.far_client() as (client, wire),
            saves_waiting(postgres_url, made.begin(SAVES, client)) as going,
        ):
            wire.cut()
            await going.rest()
        await assert_it_is_kept_once(made, going)

        briefly = made.begin(SAVES, timeout_s=SHORTLY_S)
        async with saves_waiting(postgres_url, briefly) as going:
            assert (await going.rest()).code is grpc.StatusCode.DEADLINE_EXCEEDED
        await assert_it_is_kept_once(made, going)


async def test_interrupting_run_waits_until_the_other_is_saved(
    tmp_path: Path, postgres_url: str
) -> None:
    async with scene(tmp_path, database_url=postgres_url) as made:
        async with saves_waiting(postgres_url, made.begin(SAVES)) as going:
            instead = Phase("speaking", [answer("instead")], wrote("instead"))
            beginning = asyncio.create_task(
                made.begin(instead, session_id=going.session_id, session_policy=INTERRUPT)
            )
            await asyncio.sleep(0)
        first, second = await going.rest(), await beginning
        # It was complete, or nearly: either report is true.
        (told,) = terminals(first)
        assert (told, first.code) in {
            ("finish", grpc.StatusCode.OK),
            ("abort", grpc.StatusCode.ABORTED),
        }
        assert first.ended.effects.session_saved
        assert (await second.rest()).text == "instead"
        asked = [item["content"] for item in made.model.requests[-1]["messages"]]
        assert asked[1:] == ["go", "said", "go"]
        await assert_it_is_kept_once(made, going)


async def test_stopping_executor_finishes_saves(tmp_path: Path, postgres_url: str) -> None:
    """Even if that takes longer than the drain."""
    async with scene(tmp_path, database_url=postgres_url) as made:
        server = ExecutorServer(made.settings)
        await server.start()
        async with client_of(server.address) as client:
            async with saves_waiting(postgres_url, made.begin(SAVES, client)) as going:
                stopping = asyncio.create_task(server.stop(drain_s=0.02))
                assert not terminals(await going.rest())
            await stopping
        await assert_it_is_kept_once(made, going)
