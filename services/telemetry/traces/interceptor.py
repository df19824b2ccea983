"""A span for each RPC that a server of grpc.aio serves.

OpenTelemetry's own interceptor fails where a method writes its answers itself, and says status OK
of RPCs that were cancelled or aborted.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, Final

import grpc

from services.front.grpc_status import code_of
from services.front.method_handlers import Context, Handler, MethodInterceptor
from services.telemetry.traces.names import GRPC, RPC_METHOD, RPC_STATUS, RPC_SYSTEM
from services.telemetry.traces.port import Kind, Span
from services.telemetry.traces.recorded import Tracer
from services.telemetry.traces.tracing import Traces
from services.telemetry.traces.w3c import from_metadata

NOT_TRACED: Final = ("/grpc.health.", "/grpc.reflection.", "/grpc.channelz.")
SERVERS_FAULT: Final = frozenset(
    {"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
)
"""The statuses that are errors of a server, by the conventions; others are the caller's affair."""
STREAMS: Final = (
    *((False, False, "unary_unary"), (False, True, "unary_stream")),
    *((True, False, "stream_unary"), (True, True, "stream_stream")),
)


class TracingInterceptor(MethodInterceptor):
    """Serves every RPC inside a span, which goes on with the caller's trace.

    It stands before all others, so that what they refuse is seen. Health, reflection and channelz
    are not traced.
    """

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self._tracer = tracer

    def __repr__(self) -> str:
        return f"TracingInterceptor({self._tracer!r})"

    def made(self, method: str, handler: Handler) -> Handler:
        """Return the handler of a method, whose RPCs have spans."""
        if method.startswith(NOT_TRACED):
            return handler
        return self._traced(method.removeprefix("/"), handler)

    def _traced(self, method: str, handler: Handler) -> Handler:
        streams = handler.request_streaming, handler.response_streaming
        kind = next(name for *each, name in STREAMS if tuple(each) == streams)
        inner = getattr(handler, kind)

        async def serve(given: Any, context: Context) -> Any:
            remote = from_metadata(context.invocation_metadata() or ())
            span = self._tracer.begin(method, Kind.SERVER, remote)
            span.set(RPC_SYSTEM, GRPC)
            span.set(RPC_METHOD, method)
            answer, ended = None, None
            with span:
                try:
                    work = inner(given, context)
                    del given  # so that the method can free it
                    if inspect.isasyncgen(work):
                        async for response in work:
                            await context.write(response)
                    else:
                        answer = await work
                except BaseException as error:  # noqa: BLE001 - raised once it is noted
                    ended = error
                note_status(span, context, ended)
            if ended is not None:
                raise ended
            return answer

        make = getattr(grpc, f"{kind}_rpc_method_handler")
        return make(serve, handler.request_deserializer, handler.response_serializer)


def traced(traces: Traces) -> list[TracingInterceptor]:
    """Return the interceptor of a server, if anything is traced."""
    return [] if traces.tracer is None else [TracingInterceptor(traces.tracer)]


def note_status(span: Span, context: Context, error: BaseException | None) -> None:
    """Note with which status an RPC ended, with ``error`` if one ended it."""
    name = code_of(context).name
    if error is not None and name == "OK":
        name = "CANCELLED" if isinstance(error, asyncio.CancelledError) else "UNKNOWN"
    span.set(RPC_STATUS, name)
    if name in SERVERS_FAULT:
        span.fail(name)
