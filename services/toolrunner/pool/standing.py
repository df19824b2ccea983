"""How one worker stands beside the others: as usual, or giving way while its work runs long."""

from __future__ import annotations

import asyncio
from typing import Final

from services.toolrunner.pool.giving_way import Pace
from services.toolrunner.pool.process import WorkerProcess

# How long work may give way to all others: this part of its time, and this many seconds.
MAY_STARVE: Final = 0.25
MAY_STARVE_S: Final = 2.0


class Standing:
    """The pace of one worker's process; ``slow`` while it gives way."""

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._aging: asyncio.TimerHandle | None = None
        self.slow = False

    def __repr__(self) -> str:
        return f"<Standing slow={self.slow}>"

    def give_way(self, time_s: float) -> None:
        """Let all others go first; after a part of the work's time it gets a share of its own."""
        self.slow = True
        self._process.set_pace(Pace.LAST)
        age = min(time_s * MAY_STARVE, MAY_STARVE_S)
        loop = asyncio.get_running_loop()
        self._aging = loop.call_later(age, self._process.set_pace, Pace.LOW)

    def hurry(self) -> None:
        """Give what is to end soon a share of its own at once, if it gives way."""
        if self.slow:
            self.end()
            self._process.set_pace(Pace.LOW)

    def take_part(self) -> None:
        """Stand beside others as usual again, if it gave way."""
        if self.slow:
            self.slow = False
            self.end()
            self._process.set_pace(Pace.USUAL)

    def end(self) -> None:
        """Change nothing any more: the process is gone."""
        if self._aging is not None:
            self._aging.cancel()
