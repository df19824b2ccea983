"""What the command's channel sends again, by the service config that all clients get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from caisson.executor.v1 import session_service_pb2 as sessions_pb
from caisson.executor.v1.executor_service_pb2_grpc import (
    ExecutorServiceServicer,
    ExecutorServiceStub,
    add_ExecutorServiceServicer_to_server,
)
from caisson.executor.v1.session_service_pb2_grpc import (
    SessionServiceServicer,
    SessionServiceStub,
    add_SessionServiceServicer_to_server,
)
from services.cli.client.clients import open_channel, service_config
from services.cli.errors import CliError
from services.executor.errors import ClientGoneError, ExecutorError, OverloadedError
from services.executor.wire.status import to_status
from services.front.grpc_status import grpc_status
from tests.cli.command import Caisson

UNAVAILABLE, CANCELLED = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED
ATTEMPTS = 4
INSPECT = pb.InspectBundleRequest(bundle=run_pb2.BundleSource(inline=b"x" * 1_000_000))
INFO = pb.GetServerInfoRequest()
DELETE = sessions_pb.DeleteSessionRequest(session_id="s")
EXECUTE = pb.ExecuteAgentRequest()
EVENT = pb.ExecuteAgentResponse(event=run_event_pb2.RunEvent(run_id="r"))
SOON = (("grpc-retry-pushback-ms", "1"),)


@dataclass
class Scripted(ExecutorServiceServicer, SessionServiceServicer):
    """Ends its first ``failing`` RPCs with a status; ``times_s`` is when each came."""

    code: grpc.StatusCode
    failing: int = 2
    trailers: Any = ()
    events_first: int = 0
    times_s: list[float] = field(default_factory=list)

    async def come(self, context: Any) -> None:
        self.times_s.append(asyncio.get_running_loop().time())
        if len(self.times_s) <= self.failing:
            await context.abort(self.code, "Not now.", self.trailers)

    async def GetServerInfo(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's
        await self.come(context)
        return pb.GetServerInfoResponse(version="1")

    async def InspectBundle(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's
        await self.come(context)
        return pb.InspectBundleResponse()

    async def DeleteSession(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's
        await self.come(context)
        return sessions_pb.DeleteSessionResponse()

    async def ExecuteAgent(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's
        for _ in range(self.events_first):
            yield EVENT
        await self.come(context)
        yield EVENT


@dataclass
class Stubs:
    """Calls on the command's own channel."""

    executor: Any
    sessions: Any

    async def run(self) -> int:
        """Run an agent; return how many events came."""
        return len([each async for each in self.executor.ExecuteAgent(EXECUTE)])


@asynccontextmanager
async def served(service: Scripted) -> AsyncIterator[Stubs]:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
    add_ExecutorServiceServicer_to_server(service, server)
    add_SessionServiceServicer_to_server(service, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        async with open_channel(address) as channel:
            yield Stubs(ExecutorServiceStub(channel), SessionServiceStub(channel))
    finally:
        await server.stop(None)


def trailers_of(error: ExecutorError) -> Any:
    """The trailers with which an executor tells of an error."""
    return grpc_status(to_status(error)).trailing_metadata


@pytest.mark.parametrize("code", [UNAVAILABLE, CANCELLED])
async def test_reads_and_deletions_are_sent_again(code: grpc.StatusCode) -> None:
    service = Scripted(code, trailers=SOON)
    async with served(service) as stubs:
        calls = (
            (stubs.executor.GetServerInfo, INFO),
            (stubs.executor.InspectBundle, INSPECT),
            (stubs.sessions.DeleteSession, DELETE),
        )
        for number, (method, request) in enumerate(calls, start=1):
            await method(request)
            assert len(service.times_s) == 3 * number
            service.failing += 3


async def test_run_is_sent_again_only_where_grpc_itself_did_not_take_it() -> None:
    """Of a run that ends as UNAVAILABLE no client can know whether it had begun."""
    taken, left = Scripted(UNAVAILABLE, trailers=SOON), Scripted(CANCELLED, trailers=SOON)
    async with served(left) as stubs:
        assert await stubs.run() == 1
    assert len(left.times_s) == 3
    with pytest.raises(CliError):
        async with served(taken) as stubs:
            await stubs.run()
    assert len(taken.times_s) == 1


@pytest.mark.parametrize("code", [UNAVAILABLE, CANCELLED])
async def test_run_is_never_sent_again_after_an_event(code: grpc.StatusCode) -> None:
    service = Scripted(code, trailers=SOON, events_first=1)
    with pytest.raises(CliError):
        async with served(service) as stubs:
            await stubs.run()
    assert len(service.times_s) == 1


async def test_client_waits_as_long_as_retry_info_says() -> None:
    wait_s = 0.6  # the longest first wait of the config itself is 0.24 s
    trailers = trailers_of(OverloadedError("Full.", retry_after_s=wait_s))
    service = Scripted(UNAVAILABLE, 1, trailers)
    async with served(service) as stubs:
        await stubs.executor.GetServerInfo(INFO)
    first_s, second_s = service.times_s
    assert second_s - first_s >= wait_s - 0.1


async def test_status_that_forbids_it_is_not_sent_again() -> None:
    service = Scripted(CANCELLED, trailers=trailers_of(ClientGoneError("Gone.")))
    with pytest.raises(CliError):
        async with served(service) as stubs:
            await stubs.executor.GetServerInfo(INFO)
    assert len(service.times_s) == 1


async def test_server_that_always_fails_is_not_asked_many_times_more() -> None:
    service = Scripted(UNAVAILABLE, 10_000, SOON)
    came = []
    async with served(service) as stubs:
        for _ in range(20):
            before = len(service.times_s)
            with pytest.raises(grpc.aio.AioRpcError):
                await stubs.executor.GetServerInfo(INFO)
            came.append(len(service.times_s) - before)
    assert came[0] == ATTEMPTS
    assert came[-1] == 1


def test_service_config_retries_what_the_protos_call_idempotent() -> None:
    services = [
        one
        for file in (pb.DESCRIPTOR, sessions_pb.DESCRIPTOR)
        for one in file.services_by_name.values()
    ]
    idempotent = {
        (service.full_name, method.name)
        for service in services
        for method in service.methods
        if method.GetOptions().idempotency_level
    }
    by_name = {service.full_name: service for service in services}
    retried = set()
    for each in json.loads(service_config())["methodConfig"]:
        if "UNAVAILABLE" in each["retryPolicy"]["retryableStatusCodes"]:
            for name in each["name"]:
                methods = [method.name for method in by_name[name["service"]].methods]
                chosen = [name["method"]] if "method" in name else methods
                retried |= {(name["service"], method) for method in chosen}
    assert retried == idempotent


def test_doctor_prints_the_service_config(caisson: Caisson) -> None:
    result = caisson("doctor", "--service-config")
    assert result.status == 0
    assert result.out == service_config()
