"""Answers that clients do not read count in bytes until they are read or the client is gone."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from services.executor.domain import Bundle
from tests.e2e.traces import until
from tests.executor.builders import agent, bundle
from tests.executor.served import Client, finish, served
from tests.executor.test_slow_clients import SMALL_WINDOW

MIB = 1024 * 1024
HANG_S = 20.0
BY_DIGEST = pb.InspectBundleRequest(bundle=run_pb2.BundleSource(digest="sha256:" + "0" * 64))
INLINE = pb.InspectBundleRequest(bundle=run_pb2.BundleSource(inline=b"fixed"))


def long_page() -> Bundle:
    """A bundle whose manifest is one page of 1 MiB and a bit."""
    return bundle(agent(system="x" * MIB))


def unread(channel: grpc.aio.Channel, request: pb.InspectBundleRequest) -> Any:
    """Ask for a page, which is read only on request, and is more than the client's window."""
    ask = channel.unary_stream(
        "/caisson.executor.v1.ExecutorService/InspectBundle",
        pb.InspectBundleRequest.SerializeToString,
        pb.InspectBundleResponse.FromString,
    )
    return ask(request)


async def served_page(client: Client, request: pb.InspectBundleRequest) -> None:
    """Ask for a page until there is room for it, and read it."""
    async with asyncio.timeout(HANG_S):
        while True:
            with suppress(grpc.aio.AioRpcError):
                await client.stub.InspectBundle(request)
                return
            await asyncio.sleep(0.02)


async def test_unread_answers_are_bounded_in_bytes_even_after_they_stalled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "services.executor")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            served(long_page(), request_bytes=10 * MIB, client_stall_s=0.3)
        )
        lazy = await stack.enter_async_context(
            grpc.aio.insecure_channel(client.address, options=SMALL_WINDOW)
        )
        calls = [unread(lazy, BY_DIGEST) for _ in range(12)]
        ends = [asyncio.create_task(call.code()) for call in calls]
        async with asyncio.timeout(HANG_S):
            # A connection may hold four fifths, and a page is more than a tenth.
            await until(lambda: sum(end.done() for end in ends) == 5)
            await until(lambda: caplog.text.count("does not read the answer") == 7)
        assert {end.result() for end in ends if end.done()} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        again = await finish(unread(lazy, BY_DIGEST))
        assert again.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "bytes for unread answers" in again.message
        for call in calls:
            call.cancel()
        await asyncio.wait(ends)
        await served_page(client, BY_DIGEST)


async def test_unread_answer_gives_up_its_slot_and_ends_with_a_status() -> None:
    async with (
        served(long_page(), runs=1, client_stall_s=0.3) as client,
        grpc.aio.insecure_channel(client.address, options=SMALL_WINDOW) as lazy,
    ):
        call = unread(lazy, INLINE)
        await call.initial_metadata()
        await served_page(client, INLINE)
        assert await call.read()
        with pytest.raises(grpc.aio.AioRpcError, match="did not read the answer") as caught:
            await call.read()
        assert caught.value.code() is grpc.StatusCode.ABORTED
