"""How late the event loop is: everything that it serves waits at least as long."""

from __future__ import annotations

import asyncio
from typing import Final

from services.telemetry.metrics.meters import QUICK_S, Meters

EVERY_S: Final = 0.25


class LoopLag:
    """Measures the lag of the running loop a few times a second; ``start`` once, then ``stop``."""

    def __init__(self, meters: Meters) -> None:
        self._lags = meters.histogram(
            "event_loop_lag_seconds", "How late the event loop runs what is due.", QUICK_S
        )
        self._timer: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"LoopLag(measures={self._timer is not None})"

    def start(self) -> None:
        """Begin to measure."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(EVERY_S, self._look, loop, loop.time() + EVERY_S)

    def stop(self) -> None:
        """Measure no more; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._lags.observe(max(0.0, loop.time() - due))
        self.start()
