"""Receives the requests of every RPC under our own bounds, in place of grpc.aio.

For an RPC with one request, grpc.aio awaits the message before any code of ours runs, for as long
as the client likes. Here each RPC is served as one with a stream of requests, whose bytes are read
within ``Arrivals`` and then given to the RPC's own handler as the message that it expects.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import status_pb2

from services.front.arrivals import Arrivals, NotReceivedError, Why
from services.front.grpc_status import grpc_status
from services.front.peers import peer_of

Context = grpc.aio.ServicerContext[Any, Any]
Handler = Any  # grpc.RpcMethodHandler, whose types know no bytes
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]
ARRIVE_S = 0.5
LEAVE_S = 2.0
SIDE_DOORS = ("/grpc.health.", "/grpc.reflection.")


@dataclass(frozen=True)
class Door:
    """How one service's requests come in.

    Attributes:
        requests: takes in the requests of the service.
        side: takes in those of health and reflection, so that they are always answered.
        side_later: takes in what comes on a stream of these after its first request; such a stream
            waits for it, mostly in vain, and keeps no new request from its turn.
        to_status: the status of an RPC whose request was not received.
        only_first: of a stream of the service's requests, only the first comes in by ``requests``;
            the others are bounded by their size and by the number of such streams.
    """

    requests: Arrivals
    side: Arrivals
    side_later: Arrivals
    to_status: Callable[[NotReceivedError], status_pb2.Status]
    only_first: bool = False


class RequestReceiver(grpc.aio.ServerInterceptor):
    """Receives the requests of a server."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._handlers: dict[str, Handler] = {}
        self._served = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __repr__(self) -> str:
        return f"RequestReceiver({self._door.requests!r}, side={self._door.side!r})"

    async def stop(self, server: grpc.aio.Server, grace_s: float) -> None:
        """Send clients elsewhere, let what is served end for ``grace_s`` seconds, stop the server.

        At once the server stops to listen, and GOAWAY tells clients to send nothing more on their
        connections. What they had sent by then may arrive for ``ARRIVE_S``, and is served. gRPC
        itself waits 20 s more for each peer that does not answer its leave-taking.
        """
        stopping = asyncio.create_task(server.stop(grace_s))
        await asyncio.wait([stopping], timeout=min(grace_s, ARRIVE_S))
        self._door.requests.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        await asyncio.wait([stopping], timeout=LEAVE_S)

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Return the handler of a method, with our receiving before it."""
        method = str(handler_call_details.method)
        if method not in self._handlers:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            reader = _Reader(method, handler, self._door)
            # Health and reflection keep no server from its stop.
            serving = nullcontext if method.startswith(SIDE_DOORS) else self._serving
            self._handlers[method] = received(handler, reader, serving)
        return self._handlers[method]

    @contextmanager
    def _serving(self) -> Iterator[None]:
        """Count a request that is being served in and out."""
        self._served += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._served -= 1
            if not self._served:
                self._idle.set()


class _Reader:
    """Reads the messages of one method."""

    def __init__(self, method: str, handler: Handler, door: Door) -> None:
        self._door = door
        self._parse = handler.request_deserializer or bytes  # some take the bytes themselves
        self._aside = method.startswith(SIDE_DOORS)
        self._arrivals = door.side if self._aside else door.requests

    async def one(self, context: Context) -> Any:
        """Return the one message of a request; raises NotReceivedError."""
        peer = peer_of(context.peer())
        data = await self._arrivals.receive(peer, context.read)
        if data is grpc.aio.EOF:
            raise NotReceivedError(Why.EMPTY)
        return self._parsed(data)

    async def all(self, context: Context) -> AsyncIterator[Any]:
        """Yield the messages of a stream; raises NotReceivedError."""
        peer = peer_of(context.peer())
        data = await self._arrivals.receive(peer, context.read)
        while data is not grpc.aio.EOF:
            yield self._parsed(data)
            if self._aside:
                data = await self._door.side_later.receive(peer, context.read)
            elif self._door.only_first:
                data = await context.read()
            else:
                data = await self._arrivals.receive(peer, context.read)

    async def refuse(self, context: Context, error: NotReceivedError) -> None:
        """End an RPC whose request was not received."""
        await context.abort_with_status(grpc_status(self._door.to_status(error)))

    def _parsed(self, data: bytes) -> Any:
        try:
            return self._parse(data)
        except (DecodeError, RecursionError, ValueError):
            raise NotReceivedError(Why.MALFORMED) from None


def received(
    handler: Handler, reader: _Reader, serving: Callable[[], AbstractContextManager[None]]
) -> Handler:
    """Return a handler whose messages ``reader`` receives, and which ``handler`` then serves."""
    serve = handler.unary_unary or handler.unary_stream or handler.stream_stream
    if serve is None:
        raise TypeError("No RPC here has a stream of requests and one response.")

    async def respond(_: Any, context: Context) -> Any:
        try:
            message = await reader.one(context)
        except NotReceivedError as error:
            return await reader.refuse(context, error)
        with serving():
            work = serve(message, context)
            del message  # it is the method's to let go
            return await work

    async def stream(_: Any, context: Context) -> None:
        try:
            if handler.request_streaming:
                given = await begun(reader.all(context))
            else:
                given = await reader.one(context)
            with serving():
                work = serve(given, context)
                del given  # it is the method's to let go
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


async def begun(messages: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Wait for the first message, so that its handler takes nothing up before; return them all."""
    first = await anext(messages, None)

    async def again() -> AsyncIterator[Any]:
        if first is None:
            return
        yield first
        async for message in messages:
            yield message

    return again()
