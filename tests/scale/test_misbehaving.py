"""A toolrunner that is alive and misbehaves gets no calls until it is tried again; runs go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.executor.adapters.toolrunner.balancing import FAILURES
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.fleet import RunnerFleet
from services.executor.runner_settings import parse_addresses
from tests.loopback import started
from tests.scale.runners import RunnerProcess, toolrunners
from tests.scale.test_toolrunners import call, opened, program, until, until_both_are_known

SERVING = health_pb2.HealthCheckResponse.SERVING
PING_S = 0.6
HANGS, HANGS_LATER = "hangs", "hangs once it is opened"


class Misbehaving(pb_grpc.ToolRunnerServiceServicer):
    """It says that it is well, idle, and has room; but no stream to it comes to anything."""

    def __init__(self, how: grpc.StatusCode | str) -> None:
        self.how = how
        self.streams = 0
        self.address = ""

    async def RunTools(self, requests: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        """Misbehave."""
        self.streams += 1
        if isinstance(self.how, grpc.StatusCode):
            await context.abort(self.how, "no")
        if self.how == HANGS_LATER:
            yield pb.RunToolsResponse(opened=pb.Opened())
        await asyncio.Event().wait()

    async def WatchLoad(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        """Say that it has nothing to do."""
        yield pb.WatchLoadResponse(workers=8)
        await asyncio.Event().wait()


@asynccontextmanager
async def misbehaving(how: grpc.StatusCode | str) -> AsyncIterator[Misbehaving]:
    """Serve one, with the health of one that is well."""
    servicer = Misbehaving(how)
    server = grpc.aio.server()
    pb_grpc.add_ToolRunnerServiceServicer_to_server(servicer, server)
    well = health.aio.HealthServicer()
    await well.set("", SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(well, server)
    servicer.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    async with started(server):
        yield servicer


async def serve(client: ToolRunnerClient, number: int) -> None:
    """Make a call of a program of its own, which must be answered."""
    async with opened(client, program(number), "run") as session:
        for attempt in range(1, FAILURES + 2):
            called = await call(session, attempt)
            if called.failure is None or called.begun:
                break  # else it was lost before the tool was begun, and may be called again
        assert called.failure is None, called.failure


@pytest.mark.parametrize(
    "how", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, HANGS, HANGS_LATER]
)
async def test_one_that_misbehaves_is_ejected_until_it_is_tried_again(
    how: grpc.StatusCode | str,
) -> None:
    good = RunnerProcess()
    async with misbehaving(how) as bad, toolrunners(good), asyncio.timeout(60):
        fleet = RunnerFleet(parse_addresses(f"{bad.address},{good.address}"), 20.0)
        client = ToolRunnerClient("", runners=fleet, ping_s=PING_S)
        try:
            await until_both_are_known(fleet)
            clock, number = asyncio.get_running_loop().time, 0
            while not fleet.balancer.is_ejected(bad.address, clock()):
                await serve(client, number)
                number += 1
            tried, served = bad.streams, 0
            assert tried >= FAILURES
            while fleet.balancer.is_ejected(bad.address, clock()):
                before = bad.streams
                await serve(client, number)
                if fleet.balancer.is_ejected(bad.address, clock()):
                    assert bad.streams == before == tried
                    served += 1
                number += 1
            assert served
            await until(lambda: fleet.balancer.others(clock(), [good.address]))
            while bad.streams == tried:
                await serve(client, number)
                number += 1
        finally:
            await client.close()
