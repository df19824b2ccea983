"""However a run is stopped, all of it stops: model, tools and their fetches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import run_event_pb2
from caisson.executor.v1 import run_pb2 as pb
from services.executor.adapters.client_stream import cause_of_cancel
from services.executor.events import AbortCause
from services.executor.server import ExecutorServer
from tests.e2e.phases import BUNDLE, MODEL, phases
from tests.e2e.stopping import HANG_S, TERMINAL, by_deadline, by_run_limit, client_of, scene
from tests.executor.fake_provider import answer
from tests.executor.served import Client, Outcome, finish

SHORTLY_S = 2.0  # long enough to ask for the bundle, on a busy machine too


def effects_of(outcome: Outcome) -> run_event_pb2.Effects:
    """Those of the one terminal event, which is the last."""
    assert outcome.kinds[-1] in TERMINAL, outcome.kinds
    assert sum(item in TERMINAL for item in outcome.kinds) == 1
    return outcome.ended.effects


def outcomes_of(outcome: Outcome) -> list[str]:
    name = run_event_pb2.ToolOutcome.Name
    return [
        name(call.outcome).removeprefix("TOOL_OUTCOME_") for call in effects_of(outcome).tool_calls
    ]


def assert_line(line: str, cause: str, outcomes: Sequence[str]) -> None:
    """The log says why a run was stopped, and the outcomes of its tools."""
    assert f"was stopped, {cause}:" in line
    for outcome in set(outcomes):
        assert f"{outcomes.count(outcome)} {outcome.lower()}" in line
    assert ("tool calls: none" in line) == (not outcomes)
    assert "session saved: True" in line


async def test_client_cancel_stops_the_whole_run(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for phase in phases(made.silent.url):
            going = await made.begin(phase, timeout_s=60.0)
            going.call.cancel()
            line = await made.assert_all_is_gone(going)
            assert_line(line, "client-cancelled", phase.outcomes)


async def test_broken_connection_stops_the_whole_run(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for phase in phases(made.silent.url):
            async with made.far_client() as (client, wire):
                going = await made.begin(phase, client)
                wire.cut()
                assert (await going.rest()).code is grpc.StatusCode.UNAVAILABLE
            line = await made.assert_all_is_gone(going)
            assert_line(line, "client-cancelled", phase.outcomes)


async def test_vanished_client_stops_the_whole_run(tmp_path: Path) -> None:
    """Its machine is silent: unanswered pings reveal that it is gone."""
    async with scene(tmp_path, keepalive_s=1.0) as made:
        phase = phases(made.silent.url)[-1]
        async with made.far_client() as (client, wire):
            going = await made.begin(phase, client)
            wire.fall_silent()
            async with asyncio.timeout(HANG_S):
                await made.is_over(going)
            wire.cut()
            await going.rest()
        line = await made.assert_all_is_gone(going)
        assert_line(line, "client-cancelled", phase.outcomes)


async def test_client_deadline_stops_the_whole_run(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for phase in phases(made.silent.url):
            going = await made.begin_briefly(phase, by_deadline)
            assert (await going.rest()).code is grpc.StatusCode.DEADLINE_EXCEEDED
            line = await made.assert_all_is_gone(going)
            assert_line(line, "client-deadline", phase.outcomes)


async def test_interrupting_run_stops_the_whole_run(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for phase in phases(made.silent.url):
            going = await made.begin(phase)
            stopped = asyncio.create_task(going.rest())
            made.model.scripts[:] = [*phase.scripts[: phase.requests], answer("instead")]
            outcome = await made.client.run(
                "no",
                bundle=BUNDLE,
                model=MODEL,
                session_id=going.session_id,
                session_policy=pb.SESSION_POLICY_INTERRUPT,
            )
            assert outcome.text == "instead", phase.name
            first = await stopped
            assert (first.code, first.reason) == (grpc.StatusCode.ABORTED, "RUN_INTERRUPTED")
            assert first.ended.abort.cause == run_event_pb2.ABORT_CAUSE_INTERRUPTED
            assert outcomes_of(first) == list(phase.outcomes), phase.name
            assert effects_of(first).session_saved
            line = await made.assert_all_is_gone(going)
            assert_line(line, "interrupted", phase.outcomes)


async def test_run_time_limit_stops_the_whole_run(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for phase in phases(made.silent.url):
            going = await made.begin_briefly(phase, by_run_limit)
            outcome = await going.rest()
            assert outcome.code is grpc.StatusCode.DEADLINE_EXCEEDED
            assert outcome.reason == "RUN_DEADLINE_EXCEEDED", phase.name
            assert outcome.ended.HasField("error")
            assert outcomes_of(outcome) == list(phase.outcomes), phase.name
            assert "RUN_DEADLINE_EXCEEDED" in await made.assert_all_is_gone(going)


async def test_stopping_executor_stops_its_runs(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for phase in phases(made.silent.url):
            server = ExecutorServer(replace(made.settings, state_dir=""))
            await server.start()
            async with client_of(server.address) as client:
                going = await made.begin(phase, client)
                stopping = asyncio.create_task(server.stop(drain_s=0.02))
                outcome = await going.rest()
                await stopping
            assert (outcome.code, outcome.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
            assert outcome.ended.abort.cause == run_event_pb2.ABORT_CAUSE_SHUTDOWN
            assert outcomes_of(outcome) == list(phase.outcomes), phase.name
            assert effects_of(outcome).session_saved
            line = await made.assert_all_is_gone(going)
            assert_line(line, "shutdown", phase.outcomes)


async def test_request_can_be_cancelled_during_bundle_fetch(tmp_path: Path) -> None:
    """There is no run yet, and nothing to save."""
    async with scene(tmp_path) as made:
        bundle = pb.BundleSource(url=made.silent.url)

        async def begun(client: Client, timeout_s: float | None = None) -> Any:
            made.silent.forget()
            call = client.start(bundle=bundle, model=MODEL, timeout_s=timeout_s)
            reading = asyncio.create_task(finish(call))  # sends it
            await made.silent.reached.wait()
            return call, reading

        async with asyncio.timeout(HANG_S):
            call, reading = await begun(made.client)
            call.cancel()
            await asyncio.wait([reading])
            await made.silent.left.wait()
            _, reading = await begun(made.client, SHORTLY_S)
            assert (await reading).code is grpc.StatusCode.DEADLINE_EXCEEDED
            await made.silent.left.wait()
            server = ExecutorServer(replace(made.settings, state_dir=""))
            await server.start()
            async with client_of(server.address) as client:
                _, reading = await begun(client)
                stopping = asyncio.create_task(server.stop(drain_s=0.02))
                outcome = await reading
                assert (outcome.reason, outcome.events) == ("SHUTTING_DOWN", [])
                await made.silent.left.wait()
                await stopping
        await made.assert_nothing_is_left()


@pytest.mark.parametrize(
    ("given_s", "left_s", "cause"),
    [
        (None, None, AbortCause.CLIENT_CANCELLED),
        (600.0, 300.0, AbortCause.CLIENT_CANCELLED),
        (1.0, 0.5, AbortCause.CLIENT_CANCELLED),
        (1.0, 0.0, AbortCause.CLIENT_DEADLINE),
        (1.0, 0.05, AbortCause.CLIENT_DEADLINE),
        # gRPC says 601 s for 600: so much is left when the client's own clock has ended it.
        (601.0, 1.0, AbortCause.CLIENT_DEADLINE),
        (1010.0, 9.0, AbortCause.CLIENT_DEADLINE),
    ],
)
def test_deadline_differs_from_cancel(
    given_s: float | None, left_s: float | None, cause: AbortCause
) -> None:
    assert cause_of_cancel(given_s, left_s) is cause
