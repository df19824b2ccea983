"""Receives the requests of every RPC under our own limits, in place of grpc.aio.

For a unary request, grpc.aio awaits the message before any of our code runs, for as long as the
client likes. Here every RPC is served as a stream of requests, whose bytes are read under
``ReceiveQueue`` and then passed to the RPC's own handler as the message it expects.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import status_pb2

from services.front.grpc_status import grpc_status
from services.front.method_handlers import Handler, MethodInterceptor
from services.front.peers import peer_of
from services.front.receive_queue import NotReceivedError, Reason, ReceiveQueue

Context = grpc.aio.ServicerContext[Any, Any]
ARRIVE_S = 0.5
LEAVE_S = 2.0
SIDE_DOORS = ("/grpc.health.", "/grpc.reflection.")


@dataclass(frozen=True)
class ReceivePolicy:
    """How the requests of one service are received.

    Attributes:
        requests: admits the requests of the service.
        side: admits requests of health and reflection, so that they are always answered.
        side_later: admits later requests on a health or reflection stream. Such a stream waits for
            one, mostly in vain, and must not delay new requests.
        to_status: returns the status of an RPC whose request was not received.
        only_first: whether ``requests`` admits only the first request of a stream; the others are
            bounded by their size and by the number of streams.
    """

    requests: ReceiveQueue
    side: ReceiveQueue
    side_later: ReceiveQueue
    to_status: Callable[[NotReceivedError], status_pb2.Status]
    only_first: bool = False


class RequestReceiver(MethodInterceptor):
    """An interceptor that receives the requests of a server."""

    def __init__(self, policy: ReceivePolicy) -> None:
        super().__init__()
        self._policy = policy
        self._served = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __repr__(self) -> str:
        return f"RequestReceiver({self._policy.requests!r}, side={self._policy.side!r})"

    async def stop(self, server: grpc.aio.Server, grace_s: float) -> None:
        """Send clients elsewhere, give active RPCs ``grace_s`` seconds to end, stop the server.

        The server stops listening at once, and GOAWAY tells clients to send nothing more on their
        connections. Requests already sent may arrive for ``ARRIVE_S``, and are served. gRPC itself
        waits 20 s more for each peer that does not acknowledge the GOAWAY.
        """
        stopping = asyncio.create_task(server.stop(grace_s))
        await asyncio.wait([stopping], timeout=min(grace_s, ARRIVE_S))
        self._policy.requests.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        await asyncio.wait([stopping], timeout=LEAVE_S)

    def made(self, method: str, handler: Handler) -> Handler:
        """Return the handler of a method, with its requests received by us."""
        reader = _Reader(method, handler, self._policy)
        # Health and reflection do not delay the server's stop.
        serving = nullcontext if method.startswith(SIDE_DOORS) else self._serving
        return received(handler, reader, serving)

    @contextmanager
    def _serving(self) -> Iterator[None]:
        """Count an RPC while it is served."""
        self._served += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._served -= 1
            if not self._served:
                self._idle.set()


class _Reader:
    """Reads the messages of one method; ``aside`` if it is of health or reflection."""

    def __init__(self, method: str, handler: Handler, policy: ReceivePolicy) -> None:
        self._policy = policy
        self._parse = handler.request_deserializer or bytes  # some handlers take raw bytes
        self.aside = method.startswith(SIDE_DOORS)
        self._queue = policy.side if self.aside else policy.requests

    async def one(self, context: Context) -> Any:
        """Return the one message of a request; raises NotReceivedError."""
        peer = peer_of(context.peer())
        data = await self._queue.receive(peer, context.read)
        if data is grpc.aio.EOF:
            raise NotReceivedError(Reason.EMPTY)
        return self._parsed(data)

    async def all(self, context: Context) -> AsyncIterator[Any]:
        """Yield the messages of a stream; raises NotReceivedError."""
        peer = peer_of(context.peer())
        data = await self._queue.receive(peer, context.read)
        while data is not grpc.aio.EOF:
            yield self._parsed(data)
            if self.aside:
                data = await self._policy.side_later.receive(peer, context.read)
            elif self._policy.only_first:
                data = await context.read()
            else:
                data = await self._queue.receive(peer, context.read)

    async def refuse(self, context: Context, error: NotReceivedError) -> None:
        """End an RPC whose request was not received."""
        await context.abort_with_status(grpc_status(self._policy.to_status(error)))

    def _parsed(self, data: bytes) -> Any:
        try:
            return self._parse(data)
        except (DecodeError, RecursionError, ValueError):
            raise NotReceivedError(Reason.MALFORMED) from None


def received(
    handler: Handler, reader: _Reader, serving: Callable[[], AbstractContextManager[None]]
) -> Handler:
    """Return a handler that receives messages with ``reader`` and serves them with ``handler``."""
    serve = handler.unary_unary or handler.unary_stream or handler.stream_stream
    if serve is None:
        raise TypeError("Client-streaming RPCs with one response are not supported.")

    async def respond(_: Any, context: Context) -> Any:
        try:
            message = await reader.one(context)
        except NotReceivedError as error:
            return await reader.refuse(context, error)
        with serving():
            work = serve(message, context)
            del message  # so that the method can free it
            return await work

    async def stream(_: Any, context: Context) -> None:
        try:
            if handler.request_streaming:
                given = await begun(reader.all(context), may_be_empty=reader.aside)
            else:
                given = await reader.one(context)
            with serving():
                work = serve(given, context)
                del given  # so that the method can free it
                if not inspect.isasyncgen(work):
                    await work
                    return
                async for response in work:
                    await context.write(response)
        except NotReceivedError as error:
            await reader.refuse(context, error)

    if handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(stream, None, handler.response_serializer)
    return grpc.stream_unary_rpc_method_handler(respond, None, handler.response_serializer)


async def begun(messages: AsyncIterator[Any], *, may_be_empty: bool) -> AsyncIterator[Any]:
    """Wait for the first message before the handler starts; return all messages.

    Raises:
        NotReceivedError: there is none, or why the first was not received.
    """
    first = await anext(messages, None)
    if first is None and not may_be_empty:
        raise NotReceivedError(Reason.EMPTY)  # before it costs a handler

    async def again() -> AsyncIterator[Any]:
        if first is None:
            return
        yield first
        async for message in messages:
            yield message

    return again()
