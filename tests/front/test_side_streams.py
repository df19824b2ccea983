"""Health and reflection streams take nothing from other clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.front.shares import PeerShares
from services.front.side_streams import Health, counted
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.executor.other_hosts import channel_from
from tests.executor.served import served
from tests.toolrunner.scripted_worker import ScriptedLauncher

SERVING = health_pb2.HealthCheckResponse.SERVING
NAME = "a.service"
ASKED = health_pb2.HealthCheckRequest(service=NAME)
EVERYTHING = health_pb2.HealthCheckRequest()


@asynccontextmanager
async def executor() -> AsyncIterator[str]:
    async with served() as client:
        yield client.address


@asynccontextmanager
async def toolrunner() -> AsyncIterator[str]:
    settings = Settings(address="127.0.0.1:0", workers=1)
    async with running_server(settings, ScriptedLauncher()) as address:
        yield address


Start = Callable[[], AbstractAsyncContextManager[str]]
both = pytest.mark.parametrize("start", [executor, toolrunner])


async def watch(channel: Any, count: int) -> list[Any]:
    """Watch the health ``count`` times; return the streams that are not refused."""
    stub = health_pb2_grpc.HealthStub(channel)
    held = []
    for _ in range(count):
        call: Any = stub.Watch(EVERYTHING)
        with suppress(grpc.aio.AioRpcError):
            await call.read()
            held.append(call)
            continue
        assert await call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "streams that watch its health" in await call.details()
    return held


@both
async def test_one_client_cannot_take_all_health_watches(start: Start) -> None:
    async with start() as address, channel_from("127.0.0.3", address) as crowd:
        held = await watch(crowd, 40)
        assert 16 <= len(held) < 32
        async with channel_from("127.0.0.2", address) as other:
            assert len(await watch(other, 1)) == 1
        for call in held:
            call.cancel()


@both
async def test_reflection_streams_are_shared(start: Start) -> None:
    async with start() as address, channel_from("127.0.0.3", address) as made:
        channel: Any = made  # the stub's types know no aio
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        held = []
        codes = []
        for _ in range(20):
            call = stub.ServerReflectionInfo()
            with suppress(grpc.aio.AioRpcError):
                await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
                assert (await call.read()).list_services_response.service
                held.append(call)
                continue
            codes.append(await call.code())
        assert 8 <= len(held) < 16
        assert set(codes) == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        for call in held:
            call.cancel()


@both
@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_answers_clients_that_ask_for_either_version(
    start: Start, version: str
) -> None:
    async with start() as address, grpc.aio.insecure_channel(address) as channel:
        reflect: Any = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        call = reflect()
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        names = {each.name for each in (await call.read()).list_services_response.service}
        assert "grpc.health.v1.Health" in names
        for name in names:
            await call.write(reflection_pb2.ServerReflectionRequest(file_containing_symbol=name))
            assert (await call.read()).file_descriptor_response.file_descriptor_proto
        call.cancel()


class StuckContext:
    """The context of an RPC whose client is connected but does not read."""

    def __init__(self) -> None:
        self.aborted: grpc.StatusCode | None = None

    def peer(self) -> str:
        return "ipv4:10.0.0.1:1"

    async def write(self, message: object) -> None:
        await asyncio.Event().wait()

    async def abort(self, code: grpc.StatusCode, details: str) -> None:
        self.aborted = code


async def test_stalled_watcher_does_not_block_others() -> None:
    health, context = Health(), StuckContext()
    watching = asyncio.create_task(health.Watch(ASKED, context))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    health.set(NAME, SERVING)  # with gRPC's own this waits for the watcher
    assert (await health.Check(ASKED, context)).status == SERVING  # type: ignore[arg-type]
    listed = await health.List(health_pb2.HealthListRequest(), context)  # type: ignore[arg-type]
    assert listed.statuses[NAME].status == SERVING
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert "watchers=0" in repr(health)


async def test_stream_ends_at_its_time_limit() -> None:
    shares, context = PeerShares(4), StuckContext()
    working = context.write(None)
    await counted(working, shares, context, "such streams", 0.01)  # type: ignore[arg-type]
    assert context.aborted is grpc.StatusCode.DEADLINE_EXCEEDED
    assert shares.held == 0
