"""Receives the requests of every RPC under our own bounds, in place of grpc.aio.

For an RPC with one request, grpc.aio awaits the message before any code of ours runs, for as long
as the client likes. Here each RPC is served as one with a stream of requests, whose bytes are read
within ``Arrivals`` and then given to the RPC's own handler as the message that it expects.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from services.executor.adapters.arrivals import Arrivals
from services.executor.clients import client_of
from services.executor.errors import ExecutorError, RequestError
from services.executor.wire.status import to_status

Context = grpc.aio.ServicerContext[Any, Any]
Handler = Any  # grpc.RpcMethodHandler, whose types know no bytes
Behavior = Callable[[Any, Context], Awaitable[Any]]
SIDE_DOORS = ("/grpc.health.", "/grpc.reflection.")


class RequestReceiver(grpc.aio.ServerInterceptor):
    """Receives requests; those of health and reflection apart, so that they are always answered.

    Args:
        requests: takes in the requests of the service.
        side: takes in those of health and reflection.
    """

    def __init__(self, requests: Arrivals, side: Arrivals) -> None:
        self._requests = requests
        self._side = side
        self._handlers: dict[str, Handler] = {}

    def __repr__(self) -> str:
        return f"RequestReceiver({self._requests!r}, side={self._side!r})"

    @property
    def unfinished(self) -> int:
        """Requests that are not complete yet."""
        return self._requests.unfinished + self._side.unfinished

    def close(self) -> None:
        """End what is unfinished; health still answers."""
        self._requests.close()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return the handler of a method, with our receiving before it."""
        method = str(handler_call_details.method)
        if method not in self._handlers:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            arrivals = self._side if method.startswith(SIDE_DOORS) else self._requests
            self._handlers[method] = received(handler, arrivals)
        return self._handlers[method]


def received(handler: Handler, arrivals: Arrivals) -> Handler:
    """Return a handler that receives the messages for ``handler`` by way of ``arrivals``."""
    serve = handler.unary_unary or handler.unary_stream or handler.stream_stream
    if serve is None:
        raise TypeError("No RPC here has a stream of requests and one response.")
    parse = handler.request_deserializer

    async def respond(_: Any, context: Context) -> Any:
        try:
            message = await one_message(context, parse, arrivals)
        except ExecutorError as error:
            return await refuse(context, error)
        return await serve(message, context)

    async def stream(_: Any, context: Context) -> None:
        try:
            given = (
                messages(context, parse, arrivals)
                if handler.request_streaming
                else await one_message(context, parse, arrivals)
            )
            if not inspect.isasyncgenfunction(serve):
                await serve(given, context)
                return
            async for response in serve(given, context):
                await context.write(response)
        except ExecutorError as error:
            await refuse(context, error)

    if handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(stream, None, handler.response_serializer)
    return grpc.stream_unary_rpc_method_handler(respond, None, handler.response_serializer)


async def messages(
    context: Context, parse: Callable[[bytes], Any], arrivals: Arrivals
) -> AsyncIterator[Any]:
    """Yield the messages of a stream; raises what ``Arrivals.receive`` does, and RequestError."""
    client = client_of(context.peer())
    while True:
        data = await arrivals.receive(client, context.read)
        if data is grpc.aio.EOF:
            return
        yield parsed(data, parse)


async def one_message(context: Context, parse: Callable[[bytes], Any], arrivals: Arrivals) -> Any:
    """Return the one message of a request; raises what ``Arrivals.receive`` does, RequestError."""
    data = await arrivals.receive(client_of(context.peer()), context.read)
    if data is grpc.aio.EOF:
        raise RequestError("The request ended without a message. Send exactly one.")
    return parsed(data, parse)


def parsed(data: bytes, parse: Callable[[bytes], Any]) -> Any:
    """Return the message; raises RequestError."""
    try:
        return parse(data)
    except (DecodeError, RecursionError, ValueError):
        raise RequestError(
            "The request cannot be read as the protobuf message of this method. Make the client "
            "from the same .proto files."
        ) from None


async def refuse(context: Context, error: ExecutorError) -> None:
    """End an RPC with the status of an error."""
    await context.abort_with_status(rpc_status.to_status(to_status(error)))
