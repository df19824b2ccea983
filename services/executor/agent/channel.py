"""From the tasks of a run to the one reader of its events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from services.executor.agent.ports import Clock
from services.executor.events import Abort, Error, Event, Finish, Heartbeat, RunEvent, Terminal

CAPACITY = 256


class RunChannel:
    """A bounded queue of events: any task of the run writes, one task reads.

    A reader that is slow makes the writers wait, and so the model and the tools. Sequence numbers
    are given on reading, so that they have no gaps whatever the writers do.

    Args:
        run_id: put on every event.
        clock: stamps the events, and times the silence.
        silence_s: seconds without an event after which a heartbeat is put in.
    """

    def __init__(self, run_id: str, clock: Clock, silence_s: float) -> None:
        self._run_id = run_id
        self._clock = clock
        self._silence_s = silence_s
        self._queue: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()
        self._room = asyncio.Semaphore(CAPACITY)
        self._sequence = 0
        self._closed = False
        self._last_event_s = clock.monotonic()

    def __repr__(self) -> str:
        return f"RunChannel({self._run_id}, read={self._sequence}, waiting={self._queue.qsize()})"

    async def emit(self, event: Event) -> None:
        """Hand ``event`` to the reader; waits while the queue is full."""
        if not self._closed:
            await self._room.acquire()
            self._put(event)

    def finish(self, terminal: Terminal) -> None:
        """Hand over the last event; never waits, so that nothing can come between."""
        self._put(terminal)

    def close(self) -> None:
        """Drop what is emitted from now on: the reader is gone."""
        self._closed = True

    async def beat(self) -> None:
        """Put in a heartbeat after each time of silence; runs until it is cancelled."""
        while True:
            quiet_s = self._clock.monotonic() - self._last_event_s
            if quiet_s < self._silence_s:
                await self._clock.sleep(self._silence_s - quiet_s)
            else:
                await self.emit(Heartbeat())

    async def read(self) -> AsyncGenerator[RunEvent, None]:
        """Yield what was emitted, up to the terminal event."""
        terminal = False
        while not terminal:
            time_ns, event = await self._queue.get()
            self._room.release()
            terminal = isinstance(event, Finish | Abort | Error)
            self._sequence += 1
            yield RunEvent(self._run_id, self._sequence, time_ns, event)

    def _put(self, event: Event) -> None:
        self._last_event_s = self._clock.monotonic()
        self._queue.put_nowait((self._clock.now_ns(), event))
