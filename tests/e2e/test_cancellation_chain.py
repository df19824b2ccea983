"""However and wherever a run is stopped, all of it stops: model, tools, what tools fetch."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack

import grpc
import pytest

from services.executor.server import running_server
from services.executor.settings import Settings
from services.gen.caisson.executor.v1 import events_pb2
from services.gen.caisson.executor.v1 import executor_service_pb2 as pb
from services.gen.caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from tests.e2e.phases import BUNDLE, MODEL, phases
from tests.e2e.stopping import Scene, scene
from tests.executor.fake_provider import answer
from tests.executor.served import Client, Outcome, finish


def effects_of(outcome: Outcome) -> events_pb2.Effects:
    last = outcome.events[-1]
    kind = last.WhichOneof("event")
    assert kind in {"abort", "error", "finish"}
    assert sum(item in {"abort", "error", "finish"} for item in outcome.kinds) == 1
    effects: events_pb2.Effects = getattr(last, kind).effects
    return effects


def outcomes_of(outcome: Outcome) -> list[str]:
    name = events_pb2.ToolOutcome.Name
    return [
        name(call.outcome).removeprefix("TOOL_OUTCOME_") for call in effects_of(outcome).tool_calls
    ]


async def test_a_client_that_cancels_stops_all_of_its_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "services.executor.agent.run")
    async with scene() as made:
        for phase in phases(made.silent.url):
            caplog.clear()
            call = await made.begin(phase)
            call.cancel()
            await made.assert_all_is_gone(phase)
            (line,) = [item for item in messages(caplog) if "was stopped" in item]
            assert "client-cancelled" in line, phase.name
            for outcome in set(phase.outcomes):
                assert f"{phase.outcomes.count(outcome)} {outcome.lower()}" in line, phase.name


async def test_a_client_whose_deadline_passes_stops_all_of_its_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "services.executor.agent.run")
    async with scene() as made:
        for phase in phases(made.silent.url):
            caplog.clear()
            call = await made.begin(phase, timeout_s=0.6)
            assert (await finish(call)).code is grpc.StatusCode.DEADLINE_EXCEEDED
            await made.assert_all_is_gone(phase)
            (line,) = [item for item in messages(caplog) if "was stopped" in item]
            assert "client-deadline" in line, phase.name


async def test_another_run_may_take_its_place() -> None:
    async with scene() as made:
        for phase in phases(made.silent.url):
            call = await made.begin(phase)
            stopped = asyncio.create_task(finish(call))
            made.model.scripts[:] = [*made.model.scripts[: phase.requests], answer("instead")]
            outcome = await made.client.run(
                "no",
                bundle=BUNDLE,
                model=MODEL,
                session_id="s",
                session_policy=pb.SESSION_POLICY_INTERRUPT,
            )
            assert outcome.text == "instead", phase.name
            first = await stopped
            assert (first.code, first.reason) == (grpc.StatusCode.ABORTED, "RUN_INTERRUPTED")
            assert first.events[-1].abort.cause == events_pb2.ABORT_CAUSE_INTERRUPTED
            assert outcomes_of(first) == list(phase.outcomes), phase.name
            assert effects_of(first).session_saved
            await made.assert_all_is_gone(phase)


async def test_the_time_limit_of_a_run_stops_all_of_it() -> None:
    async with scene() as made:
        for phase in phases(made.silent.url):
            limits = pb.RunLimits()
            limits.timeout.FromMilliseconds(600)
            outcome = await finish(await made.begin(phase, limits=limits))
            assert outcome.reason == "RUN_DEADLINE_EXCEEDED", phase.name
            assert outcomes_of(outcome) == list(phase.outcomes), phase.name
            await made.assert_all_is_gone(phase)


async def test_an_executor_that_is_stopped_stops_its_runs() -> None:
    async with scene() as made:
        for phase in phases(made.silent.url):
            settings = Settings(
                address="127.0.0.1:0",
                toolrunner=made.toolrunner.address,
                parsers=1,
                allow_fetch=(made.silent.url.removesuffix("/"),),
            )
            async with AsyncExitStack() as outlives:
                async with running_server(settings) as address:
                    channel = grpc.aio.insecure_channel(address)
                    await outlives.enter_async_context(channel)
                    client = Client(ExecutorServiceStub(channel), channel, address)
                    stopping = Scene(client, made.model, made.silent, made.toolrunner)
                    reading = asyncio.create_task(finish(await stopping.begin(phase)))
                outcome = await reading
            assert (outcome.code, outcome.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
            assert outcomes_of(outcome) == list(phase.outcomes), phase.name
            await made.assert_all_is_gone(phase)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]
