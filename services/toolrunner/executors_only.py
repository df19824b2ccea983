"""Serves only the executors that the settings allow, by the names in their certificates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import grpc

from services.front.certificate_names import certificate_names, matching_name
from services.front.grpc_status import grpc_status
from services.toolrunner.errors import StrangerError
from services.toolrunner.wire import to_status

Context = grpc.aio.ServicerContext[Any, Any]
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]
HEALTH: Final = "/grpc.health."
REFUSED: Final = (
    "This toolrunner does not serve the holder of your certificate. Its operator allows executors "
    "by CAISSON_TOOLRUNNER_ALLOWED_EXECUTORS."
)


class ExecutorsOnly(grpc.aio.ServerInterceptor):
    """Refuses all others before a byte of their request is read; health answers every certificate.

    Args:
        allowed: patterns of names in certificates.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._handlers: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"ExecutorsOnly({' '.join(self._allowed)})"

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        """Return the handler of a method, behind the check of its caller."""
        method = str(handler_call_details.method)
        handler = await continuation(handler_call_details)
        if handler is None or method.startswith(HEALTH):
            return handler
        if method not in self._handlers:
            self._handlers[method] = self._guarded(handler)
        return self._handlers[method]

    def _guarded(self, handler: Any) -> Any:
        """Return a handler of ``RequestReceiver`` behind the check; both kinds take a stream."""

        async def respond(requests: Any, context: Context) -> Any:
            await self._check(context)
            return await handler.stream_unary(requests, context)

        async def stream(requests: Any, context: Context) -> None:
            await self._check(context)
            await handler.stream_stream(requests, context)

        serializer = handler.response_serializer
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(stream, None, serializer)
        return grpc.stream_unary_rpc_method_handler(respond, None, serializer)

    async def _check(self, context: Context) -> None:
        """End the RPC of a peer that is not allowed."""
        peer: Any = context.auth_context()
        names = certificate_names(peer)
        if names is None or not any(matching_name(each, names) for each in self._allowed):
            await context.abort_with_status(grpc_status(to_status(StrangerError(REFUSED))))
