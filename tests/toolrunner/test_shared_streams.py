"""Streams are shared: no tenant takes all, and idle or unread streams are ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.e2e.cut_wire import wire_to
from tests.toolrunner.clients import WAIT_S, ToolStream
from tests.toolrunner.scripted_worker import ScriptedLauncher

SOURCE = b"export {}"


@asynccontextmanager
async def connection(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a connection that no other channel of this process shares."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield channel


def stream_on(channel: grpc.aio.Channel) -> ToolStream:
    return ToolStream(pb_grpc.ToolRunnerServiceStub(channel).RunTools())


def small(**settings: float) -> Settings:
    values = {"streams": 16, **settings}
    return Settings(address="127.0.0.1:0", workers=1, **values)  # type: ignore[arg-type] # each test names real fields


async def opened(channel: grpc.aio.Channel, tenant: str = "") -> ToolStream | None:
    """Open a stream; return None when it was refused."""
    stream = stream_on(channel)
    try:
        assert (await stream.open(SOURCE, tenant=tenant)).HasField("opened")
    except (AssertionError, grpc.aio.AioRpcError):
        assert await stream.status() is grpc.StatusCode.RESOURCE_EXHAUSTED
        return None
    return stream


async def count_opened(channel: grpc.aio.Channel, most: int, tenant: str = "") -> int:
    """Open streams until one is refused; return how many were opened."""
    for count in range(most):
        if await opened(channel, tenant) is None:
            return count
    return most


async def test_peer_without_tenant_cannot_take_all_streams() -> None:
    async with (
        running_server(small(), ScriptedLauncher()) as address,
        connection(address) as busy,
        connection(address) as quiet,
    ):
        assert 8 < await count_opened(busy, 20) < 16
        assert await opened(quiet)


async def test_tenant_of_a_peer_cannot_take_all_streams() -> None:
    async with (
        running_server(small(), ScriptedLauncher()) as address,
        connection(address) as peer,
    ):
        assert 8 < await count_opened(peer, 20, "a/busy") < 16
        assert await opened(peer, "b/quiet")


async def test_stream_without_program_counts_towards_its_peer() -> None:
    async with (
        running_server(small(), ScriptedLauncher()) as address,
        connection(address) as busy,
        connection(address) as quiet,
    ):
        silent = [stream_on(busy) for _ in range(20)]
        for each in silent:
            await each.call.wait_for_connection()
        await opened(busy)  # on their connection: when it is answered, the others have arrived
        assert await opened(quiet)
        for each in silent:
            each.call.cancel()


async def test_idle_stream_is_ended_and_can_be_reopened() -> None:
    settings = small(stream_idle_s=2.0)
    async with running_server(settings, ScriptedLauncher()) as address, connection(address) as peer:
        stream = await opened(peer, "a/a")
        assert stream is not None
        call_id = await stream.start("suspend")
        await asyncio.sleep(2.5)  # longer than a stream may be idle, and this one is not
        await stream.send(cancel=pb.Cancel(call_id=call_id))
        assert (await stream.end(call_id)).kind == "CANCELLED"
        assert await stream.status() is grpc.StatusCode.ABORTED
        assert "no call for 2 s" in await stream.call.details()
        assert await opened(peer, "a/a")


async def test_messages_that_start_no_call_do_not_keep_stream_alive() -> None:
    settings = small(stream_idle_s=0.3)
    async with running_server(settings, ScriptedLauncher()) as address, connection(address) as peer:
        status = await status_while_cancelling(peer)
        while status is grpc.StatusCode.INTERNAL:  # a write met the end, which hides its status
            status = await status_while_cancelling(peer)
        assert status is grpc.StatusCode.ABORTED


async def test_dead_peer_releases_its_slots() -> None:
    """Its machine is silent; gRPC's own timeout is a minute."""
    async with (
        running_server(small(keepalive_s=1.0), ScriptedLauncher()) as address,
        wire_to(address) as wire,
        connection(wire.address) as gone,
        connection(address) as peer,
    ):
        assert await count_opened(gone, 20, "a/a") > 8
        assert await opened(peer, "a/a") is None
        wire.fall_silent()
        async with asyncio.timeout(WAIT_S):
            while await opened(peer, "a/a") is None:  # noqa: ASYNC110 - no event tells of a place
                await asyncio.sleep(0.1)


async def status_while_cancelling(peer: grpc.aio.Channel) -> grpc.StatusCode:
    """Return the status of a stream that is sent cancels and nothing else."""
    stream = await opened(peer)
    assert stream is not None
    cancels = asyncio.ensure_future(send_cancels(stream))
    try:
        return await stream.status()
    finally:
        cancels.cancel()


async def send_cancels(stream: ToolStream) -> None:
    """Keep cancelling a call that never existed."""
    while True:
        await stream.send(cancel=pb.Cancel(call_id="none"))
        await asyncio.sleep(0.02)


async def test_stalled_peer_is_cut_off_and_others_are_served() -> None:
    settings = small(peer_stall_s=0.3, unread_bytes=4 * 1024 * 1024)
    async with (
        running_server(settings, ScriptedLauncher()) as address,
        connection(address) as busy,
        connection(address) as quiet,
    ):
        stalled = await opened(busy)
        assert stalled is not None
        large = json.dumps("x" * 1_000_000)
        # It is not read any more; a write that waits when it is cut off fails.
        with pytest.raises((TimeoutError, grpc.aio.AioRpcError)):
            await asyncio.wait_for(start_many(stalled, large), 2)
        stalled.call.cancel()  # its status waits behind what is unread
        other = await opened(quiet)
        assert other is not None
        assert (await other.run("echo", "1")).output == "1"


async def start_many(stream: ToolStream, input_json: str) -> None:
    """Start calls without reading their results."""
    while True:
        await stream.start("echo", input_json)
