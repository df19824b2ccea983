"""Rate, errors and duration of each RPC of a server, by an interceptor before all others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any, Final

import grpc
from google.rpc import error_details_pb2, status_pb2

from services.front.grpc_status import code_of
from services.front.method_handlers import (
    Context,
    Handler,
    MethodInterceptor,
    received_by,
    serving,
)
from services.telemetry.metrics.meters import LONG_S, Meters, exemplar

OURS: Final = "/caisson."
"""What our methods' names begin with; health and reflection are not measured."""
STATUS_DETAILS: Final = "grpc-status-details-bin"
NO_REASON: Final = "none"
MOST_REASONS: Final = 100
OTHER: Final = "other"


class RpcMeters(MethodInterceptor):
    """Measures RPCs. It has to stand before all that may refuse one, so that this is counted, too.

    What traces them stands before it: the trace of an RPC is the exemplar of its duration.

    A client's cancel, its deadline and its going away are all CANCELLED: gRPC does not tell them
    apart here.

    Args:
        meters: of the server.
        services: full names of those that are served here: no other method has a series.
    """

    def __init__(self, meters: Meters, services: Collection[str]) -> None:
        super().__init__()
        self._services = frozenset(services)
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

    def made(self, method: str, handler: Handler) -> Handler:
        """Return the handler of a method, measured if it is one of ours."""
        service, _, name = method.removeprefix("/").rpartition("/")
        if service not in self._services:
            return handler
        return self._measured(f"{service.rpartition('.')[2]}/{name}", handler)

    def _measured(self, method: str, handler: Handler) -> Handler:
        inner = received_by(handler)
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

        return serving(handler, serve)

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


def reason_of(trailers: Any) -> str:
    """Return the reason of the error that an RPC's trailers tell, ``none`` if there is none."""
    packed = next((value for key, value in trailers or () if key == STATUS_DETAILS), b"")
    info = error_details_pb2.ErrorInfo()
    for detail in status_pb2.Status.FromString(bytes(packed)).details:
        if detail.Unpack(info):
            return info.reason or NO_REASON
    return NO_REASON
