"""What the metrics of every service have: its RPCs, its event loop, its health, and their page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.telemetry.admin.readiness import Readiness
from services.telemetry.metrics.exposition import MetricsPage
from services.telemetry.metrics.health import show_health
from services.telemetry.metrics.loop_lag import LoopLag
from services.telemetry.metrics.meters import Meters
from services.telemetry.metrics.rpc_calls import RpcMeters
from services.telemetry.metrics.traces import show_traces
from services.telemetry.traces.tracing import Traces


class ServerMetrics:
    """The metrics of one server; ``start`` once, then ``stop``.

    Args:
        service: begins the names of its metrics.
        services: full names of the gRPC services that it serves.
        wanted: whether anybody can read them; otherwise nothing is measured.

    Attributes:
        meters: all metrics; None if nothing is measured.
        interceptors: measure RPCs.
    """

    def __init__(self, service: str, services: Sequence[str], *, wanted: bool) -> None:
        self.meters: Meters | None = None
        self.interceptors: Sequence[RpcMeters] = ()
        self._lag: LoopLag | None = None
        if wanted:
            self.meters = meters = Meters(service)
            self.interceptors = (RpcMeters(meters, services),)
            self._lag = LoopLag(meters)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.meters!r})"

    @property
    def mounts(self) -> dict[str, Any]:
        """The pages for the admin port, by path."""
        return {} if self.meters is None else {"/metrics": MetricsPage(self.meters.registry)}

    def start(self) -> None:
        """Begin to measure the event loop."""
        if self._lag is not None:
            self._lag.start()

    def stop(self) -> None:
        """End that; idempotent."""
        if self._lag is not None:
            self._lag.stop()


def show_server(meters: Meters, readiness: Readiness, traces: Traces) -> None:
    """Show a server's health, and what it sends to a collector."""
    show_health(meters, readiness)
    show_traces(meters, traces)
