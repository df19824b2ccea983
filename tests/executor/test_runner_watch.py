"""An executor without a toolrunner says so by its health, and tools not begun are told as such."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.executor.adapters.toolrunner.watch import watch
from services.executor.agent.no_tools import NoToolSession
from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation, ToolSession
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.events import Abort, AbortCause, Finish, ToolOutcome, ToolOutputError
from services.front.side_streams import Health
from tests.executor.builders import calls, of_kind, says, stage, tool
from tests.executor.served import served
from tests.loopback import started

States = health_pb2.HealthCheckResponse


async def test_change_is_told_after_the_grace_and_at_once_when_it_answers_again() -> None:
    answers, told = [True], asyncio.Queue[bool]()

    async def ask() -> bool:
        return answers[0]

    watching = asyncio.create_task(watch(ask, told.put_nowait, grace_s=0.02, every_s=0.005))
    try:
        async with asyncio.timeout(60):
            answers[0] = False
            assert await told.get() is False
            answers[0] = True
            assert await told.get() is True
        assert told.empty()
    finally:
        watching.cancel()


@asynccontextmanager
async def health_server(port: int = 0) -> AsyncIterator[tuple[int, Health]]:
    """Serve nothing but the health of a toolrunner."""
    server, health = grpc.aio.server(options=[("grpc.so_reuseport", 0)]), Health()
    health.set("", States.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    async with started(server):
        yield port, health


async def test_health_is_not_serving_while_no_toolrunner_takes_runs() -> None:
    async with health_server() as (port, runner):
        address = f"127.0.0.1:{port}"
        async with (
            served(toolrunner=address, toolrunner_grace_s=0.2) as client,
            asyncio.timeout(60),
        ):
            watching = health_pb2_grpc.HealthStub(client.channel).Watch(
                health_pb2.HealthCheckRequest()
            )
            assert (await watching.read()).status == States.SERVING
            runner.set("", States.NOT_SERVING)
            assert (await watching.read()).status == States.NOT_SERVING
            runner.set("", States.SERVING)
            assert (await watching.read()).status == States.SERVING


class Runner(NoToolSession):
    """A runner that never begins a tool: its calls end in ``result``, or never."""

    def __init__(self, result: ToolResult | None) -> None:
        self.result = result
        self.called = asyncio.Event()

    @asynccontextmanager
    async def open(self, *given: object) -> AsyncIterator[ToolSession]:
        yield self

    async def opened(self) -> Sequence[ConsoleLine]:
        return ()

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        return {}

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        self.called.set()
        if self.result is None:
            await asyncio.Event().wait()
        assert self.result is not None
        return self.result


async def test_call_that_failed_before_its_tool_was_begun_is_told_as_not_started() -> None:
    failure = ToolFailure(FailureKind.OVERLOADED, "no room")
    runner = Runner(ToolResult(None, failure, ToolUsage(), begun=False))
    scene = stage(calls(("c1", "add", "{}")), says("ok"), tools=[tool("add")], runner=runner)
    events = await scene.run()
    assert of_kind(events, ToolOutputError)[0].failure == failure
    effects = of_kind(events, Finish)[0].effects
    assert [each.outcome for each in effects.tool_calls] == [ToolOutcome.NOT_STARTED]


@pytest.mark.parametrize("cause", [AbortCause.CLIENT_CANCELLED, AbortCause.SHUTDOWN])
async def test_run_that_is_stopped_before_its_tool_was_begun_tells_no_effect(
    cause: AbortCause,
) -> None:
    runner = Runner(None)
    scene = stage(calls(("c1", "add", "{}")), tools=[tool("add")], runner=runner)
    run = await scene.start()

    async def stop() -> None:
        await runner.called.wait()
        run.abort(cause)

    stopping = asyncio.create_task(stop())
    events = [event async for event in run.events()]
    await stopping
    effects = of_kind(events, Abort)[0].effects
    assert [each.outcome for each in effects.tool_calls] == [ToolOutcome.NOT_STARTED]
