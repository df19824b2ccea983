"""What became of the spans of a service, as metrics."""

from __future__ import annotations

from services.telemetry.metrics.meters import Meters
from services.telemetry.traces.tracing import Traces


def show_traces(meters: Meters, traces: Traces) -> None:
    """Show how many spans a collector took, and how many it did not."""
    meters.count_each(
        "trace_spans",
        "Spans: exported to the collector, or dropped for want of room or of it.",
        "outcome",
        lambda: {outcome: float(count) for outcome, count in traces.counts.items()},
    )
