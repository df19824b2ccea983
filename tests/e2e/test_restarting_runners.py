"""Runs that begin while their toolrunner is replaced lose nothing, and no call is made twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program
from services.executor.limits import ToolCallLimits
from tests.egress.brokers import asking

PROGRAM = Program("sha256:" + "0" * 64, True, b"1")
RESTARTS = 8
CLIENTS = 6
STOP_S = 20.0
PATIENCE_S = 60.0  # longer than a server may take to stop
MOST_S = 5 * PATIENCE_S


class Runner(pb_grpc.ToolRunnerServiceServicer):
    """Answers every call at once, and counts the calls of each run."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    async def RunTools(  # noqa: N802 - the name is the protocol's
        self, requests: AsyncIterator[pb.RunToolsRequest], context: Any
    ) -> AsyncIterator[pb.RunToolsResponse]:
        run_id = ""
        async for request in requests:
            if request.HasField("open"):
                run_id = request.open.run_id
                yield pb.RunToolsResponse(opened=pb.Opened())
            elif request.HasField("call"):
                self.calls[run_id] += 1
                ended = pb.Result(call_id=request.call.call_id, output_json="1", started=True)
                yield pb.RunToolsResponse(result=ended)


async def started(runner: Runner, address: str) -> tuple[grpc.aio.Server, str]:
    server = grpc.aio.server()
    pb_grpc.add_ToolRunnerServiceServicer_to_server(runner, server)
    port = server.add_insecure_port(address)
    await server.start()
    return server, f"127.0.0.1:{port}"


async def hear(_: ConsoleLine) -> None:
    """Hear nothing."""


async def test_runs_that_just_start_survive_a_restart() -> None:
    runner, begun, lost, over = Runner(), 0, [], False
    server, address = await started(runner, "127.0.0.1:0")
    client = ToolRunnerClient(address, connect_s=PATIENCE_S)

    async def run(run_id: str) -> None:
        opened = client.open(run_id, PROGRAM, ToolCallLimits(), tool.run, "")
        async with opened as session:
            await session.opened()
            invocation = ToolInvocation("a", "t", "{}", {}, run_id)
            result = await session.call(invocation, hear, lambda: None)
            assert result.failure is None, result.failure

    async def go_on() -> None:
        nonlocal begun
        while not over:
            begun += 1
            try:
                await run(f"run-{begun}")
            except Exception as error:  # noqa: BLE001 - all of them are counted
                lost.append(repr(error))

    try:
        async with asking("a.test") as tool, asyncio.timeout(MOST_S), asyncio.TaskGroup() as tasks:
            for _ in range(CLIENTS):
                tasks.create_task(go_on())
            for _ in range(RESTARTS):
                wanted = begun + 3 * CLIENTS
                while begun < wanted:  # noqa: ASYNC110 - a count has no event of its own
                    await asyncio.sleep(0.001)
                await server.stop(STOP_S)
                server, _ = await started(runner, address)
            over = True
    finally:
        await client.close()
        await server.stop(None)
    assert lost == []
    assert set(runner.calls.values()) == {1}
    assert len(runner.calls) == begun
