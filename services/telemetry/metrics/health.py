"""Whether a service is ready, as metrics: what its health says."""

from __future__ import annotations

from services.telemetry.admin.readiness import NOT_YET, OK, Readiness
from services.telemetry.metrics.meters import Meters


def show_health(meters: Meters, readiness: Readiness) -> None:
    """Show whether a service is ready, and each of its checks."""
    meters.read("ready", "Whether it takes work: 1, or 0.", lambda: float(readiness.ready))
    meters.read_each(
        "check_passed",
        "Each check of its health, as `/readyz` names them: 1, or 0 while it fails.",
        "check",
        lambda: {name: float(found in (OK, NOT_YET)) for name, found in readiness.checks.items()},
    )
