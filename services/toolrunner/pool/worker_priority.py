"""The priority of one worker: lowered while its work runs long, restored when it is free."""

from __future__ import annotations

import asyncio
from typing import Final

from services.toolrunner.pool.priority import Priority
from services.toolrunner.pool.process import WorkerProcess

# How long work may have idle priority: this part of its time limit, and this many seconds.
MAY_STARVE: Final = 0.25
MAY_STARVE_S: Final = 2.0


class WorkerPriority:
    """The priority of one worker's process; ``lowered`` while it yields to others."""

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._aging: asyncio.TimerHandle | None = None
        self.lowered = False

    def __repr__(self) -> str:
        return f"<WorkerPriority lowered={self.lowered}>"

    def lower(self, time_s: float) -> None:
        """Yield to all others; after a part of the time limit ``time_s``, run at low priority."""
        self.lowered = True
        self._process.set_priority(Priority.IDLE)
        age = min(time_s * MAY_STARVE, MAY_STARVE_S)
        loop = asyncio.get_running_loop()
        self._aging = loop.call_later(age, self._process.set_priority, Priority.LOW)

    def raise_to_low(self) -> None:
        """If lowered, skip idle priority: the work is to end soon."""
        if self.lowered:
            self.close()
            self._process.set_priority(Priority.LOW)

    def restore(self) -> None:
        """Return to normal priority, if lowered."""
        if self.lowered:
            self.lowered = False
            self.close()
            self._process.set_priority(Priority.NORMAL)

    def close(self) -> None:
        """Cancel the pending change: the process is gone."""
        if self._aging is not None:
            self._aging.cancel()
