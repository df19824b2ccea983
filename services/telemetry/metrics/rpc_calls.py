"""Rate, errors and duration of each RPC of a server, by an interceptor before all others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

import grpc
from google.rpc import error_details_pb2, status_pb2

from services.telemetry.metrics.meters import LONG_S, Meters, exemplar

Handler = Any  # grpc.RpcMethodHandler, whose types do not cover bytes
Context = Any  # a grpc.aio.ServicerContext, whichever its messages
Serve = Callable[[Any, Context], Awaitable[Any]]

OURS: Final = "/caisson."
"""What our methods' names begin with; health and reflection are not measured."""
STATUS_DETAILS: Final = "grpc-status-details-bin"
NO_REASON: Final = "none"
MOST_REASONS: Final = 100
OTHER: Final = "other"


class RpcMeters(grpc.aio.ServerInterceptor):
    """Measures RPCs. It has to stand before all that may refuse one, so that this is counted, too.

    What traces them stands before it: the trace of an RPC is the exemplar of its duration.

    A client's cancel, its deadline and its going away are all CANCELLED: gRPC does not tell them
    apart here.

    Args:
        meters: of the server.
        services: full names of those that are served here: no other method has a series.
    """

    def __init__(self, meters: Meters, services: Collection[str]) -> None:
        self._services = frozenset(services)
        self._handlers: dict[str, Handler] = {}
        self._reasons: set[str] = set()
        self._durations = meters.histogram(
            "rpc_duration_seconds",
            "Time from an RPC's arrival to its end, by status; a stream's whole time.",
            LONG_S,
            *("method", "code"),
        )
        self._refusals = meters.counter(
            "rpc_errors",
            "RPCs that ended with an error, by its reason.",
            "method",
            "code",
            "reason",
        )
        self._active = meters.gauge("rpc_active", "RPCs that are being served.", "method")

    def __repr__(self) -> str:
        return f"RpcMeters({len(self._handlers)} methods)"

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return the handler of a method, measured if it is one of ours."""
        method = str(handler_call_details.method)
        if method in self._handlers:
            return self._handlers[method]
        handler = await continuation(handler_call_details)
        service, _, name = method.removeprefix("/").rpartition("/")
        if handler is None or service not in self._services:
            return handler
        self._handlers[method] = self._measured(f"{service.rpartition('.')[2]}/{name}", handler)
        return self._handlers[method]

    def _measured(self, method: str, handler: Handler) -> Handler:
        inner: Serve = handler.stream_stream or handler.stream_unary
        active = self._active.labels(method)

        async def serve(messages: Any, context: Context) -> Any:
            began, code = time.monotonic(), grpc.StatusCode.UNKNOWN
            active.inc()
            try:
                answer = await inner(messages, context)
                code = code_of(context)
                return answer
            except asyncio.CancelledError:
                code = grpc.StatusCode.CANCELLED
                raise
            except grpc.aio.AbortError:
                code = code_of(context)
                raise
            finally:
                active.dec()
                self._ended(method, code, context, time.monotonic() - began)

        if handler.response_streaming:
            make = grpc.stream_stream_rpc_method_handler
        else:
            make = grpc.stream_unary_rpc_method_handler
        return make(serve, None, handler.response_serializer)

    def _ended(self, method: str, code: grpc.StatusCode, context: Context, seconds: float) -> None:
        self._durations.labels(method, code.name).observe(seconds, exemplar())
        if code not in (grpc.StatusCode.OK, grpc.StatusCode.CANCELLED):
            reason = self._bounded(reason_of(context.trailing_metadata()))
            self._refusals.labels(method, code.name, reason).inc()

    def _bounded(self, reason: str) -> str:
        """Return a reason as label value: these are our own words, and few."""
        if reason not in self._reasons:
            if len(self._reasons) >= MOST_REASONS:
                return OTHER
            self._reasons.add(reason)
        return reason


def code_of(context: Context) -> grpc.StatusCode:
    """Return the status with which an RPC ends, OK unless one was set."""
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return code
    known = {each.value[0]: each for each in grpc.StatusCode}
    return known.get(code, grpc.StatusCode.UNKNOWN) if code else grpc.StatusCode.OK


def reason_of(trailers: Any) -> str:
    """Return the reason of the error that an RPC's trailers tell, ``none`` if there is none."""
    packed = next((value for key, value in trailers or () if key == STATUS_DETAILS), b"")
    info = error_details_pb2.ErrorInfo()
    for detail in status_pb2.Status.FromString(bytes(packed)).details:
        if detail.Unpack(info):
            return info.reason or NO_REASON
    return NO_REASON
