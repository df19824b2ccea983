"""A received message belongs to its method alone, which may free it at any time."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import grpc
import pytest
from google.rpc import status_pb2

from services.front.receive_queue import NotReceivedError, ReceiveLimits, ReceiveQueue
from services.front.receiving import ReceivePolicy, RequestReceiver


class Message:
    """What a request is read as."""

    def __init__(self, data: bytes) -> None:
        self.data = data


class Service:
    """Frees its message, and reports whether anything else references it."""

    def __init__(self) -> None:
        self.held: list[bool] = []

    async def one(self, request: Message, context: Any) -> bytes:
        gone = weakref.ref(request)
        del request
        await asyncio.sleep(0)
        gc.collect()
        self.held.append(gone() is not None)
        return b"ok"

    async def many(self, request: Message, context: Any) -> None:
        work = self.one(request, context)
        del request
        await context.write(await work)

    async def generated(self, request: Message, context: Any) -> Any:
        gone = weakref.ref(request)
        del request
        await asyncio.sleep(0)
        gc.collect()
        self.held.append(gone() is not None)
        yield b"ok"


def status_of(error: NotReceivedError) -> status_pb2.Status:
    return status_pb2.Status(code=3, message=str(error))


@pytest.mark.parametrize("method", ["one", "many", "generated"])
async def test_message_is_freed_once_its_method_drops_it(method: str) -> None:
    service = Service()
    make: Any = grpc.unary_stream_rpc_method_handler
    if method == "one":
        make = grpc.unary_unary_rpc_method_handler
    handler = make(getattr(service, method), request_deserializer=Message)
    bounds = ReceiveLimits(requests=4, reading=4, timeout_s=60.0)
    policy = ReceivePolicy(
        ReceiveQueue(bounds), ReceiveQueue(bounds), ReceiveQueue(bounds), status_of
    )
    server = grpc.aio.server(interceptors=[RequestReceiver(policy)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as made:
            channel: Any = made  # its types know no bytes
            call = channel.unary_stream(f"/s/{method}")(b"x" * 1000)
            assert [bytes(each) async for each in call] == [b"ok"]
    finally:
        await server.stop(None)
    assert service.held == [False]
