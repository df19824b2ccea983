"""Interceptors that serve each method of a server by a handler of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import grpc

Handler = Any  # grpc.RpcMethodHandler, whose types do not cover bytes
Context = Any  # a grpc.aio.ServicerContext, whichever its messages
Serve = Callable[[Any, Context], Awaitable[Any]]


class MethodInterceptor(grpc.aio.ServerInterceptor):
    """Makes the handler of each method once, from the one behind it."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return the handler of a method; None for one that nobody serves."""
        method = str(handler_call_details.method)
        if method not in self._handlers:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._handlers[method] = self.made(method, handler)
        return self._handlers[method]

    def made(self, method: str, handler: Handler) -> Handler:
        """Return the handler of ``/package.Service/Method``, from the one behind this."""
        raise NotImplementedError


def received_by(handler: Handler) -> Serve:
    """Return what serves the RPCs of a handler that ``receiving`` made: requests are a stream."""
    serve: Serve = handler.stream_stream or handler.stream_unary
    return serve


def serving(handler: Handler, serve: Serve) -> Handler:
    """Return a handler like one that ``receiving`` made, whose RPCs ``serve`` serves."""
    if handler.response_streaming:
        make = grpc.stream_stream_rpc_method_handler
    else:
        make = grpc.stream_unary_rpc_method_handler
    return make(serve, None, handler.response_serializer)
