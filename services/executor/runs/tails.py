"""Live tails: streams the events of runs to any number of subscribers, without gap or repeat.

The process that has a run publishes its events once they are recorded. A subscriber here takes them
from a bounded buffer; one that is too slow for it, or whose run another process has, reads what is
recorded, together with the others who are there. Both are found by sequence, so that it does not
matter where an event comes from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from services.executor.errors import ShuttingDownError
from services.executor.runs.latest_events import LatestEvents
from services.executor.runs.ports import Journal
from services.executor.runs.shared_rows import SharedRows
from services.executor.runs.wire import HEARTBEAT

BUFFER_BYTES: Final = 256 * 1024


class Tails:
    """The runs that this process has, and everybody who watches a run here.

    Args:
        journal: where events are recorded.
        heartbeat_s: seconds of silence after which a subscriber gets a heartbeat.
        poll_s: seconds after which a subscriber of another process's run looks for events of which
            no hint came.
        buffer_bytes: about the most bytes of events that are kept of a run.
    """

    def __init__(
        self,
        journal: Journal,
        heartbeat_s: float,
        poll_s: float = 2.0,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        self._journal = journal
        self._heartbeat_s = heartbeat_s
        self._poll_s = poll_s
        self._buffer_bytes = buffer_bytes
        self._live: dict[str, LatestEvents] = {}
        self._elsewhere = SharedRows(journal, poll_s / 2, buffer_bytes)
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._draining = False
        self._closed = False
        self._unwatch = journal.watch(self._hinted)

    def __repr__(self) -> str:
        watching = sum(map(len, self._waiting.values()))
        return f"Tails({len(self._live)} runs, {watching} subscribers)"

    def begin(self, run_id: str, next_sequence: int) -> None:
        """Begin the tail of a run that this process has now; its next event has this sequence."""
        self._elsewhere.forget(run_id)
        self._live[run_id] = LatestEvents(next_sequence, self._buffer_bytes)
        self._wake(run_id)

    def publish(self, run_id: str, first: int, events: Sequence[bytes]) -> None:
        """Show events that are recorded; ``first`` is the sequence of the first of them.

        Nothing happens to a run whose tail has not begun: its subscribers read what is recorded.
        """
        tail = self._live.get(run_id)
        if tail is not None:
            tail.add(first, events)
            self._wake(run_id)

    def end(self, run_id: str) -> None:
        """End the tail of a run that has ended, waits, or is another process's; idempotent."""
        if self._live.pop(run_id, None) is not None:
            self._wake(run_id)

    def drain(self) -> None:
        """End the subscriptions of runs that this process does not have, as ``close``."""
        self._draining = True
        for run_id in self._waiting:
            self._hinted(run_id)

    def close(self) -> None:
        """End every subscription with ShuttingDownError, and let none begin; idempotent."""
        self._closed = True
        self._unwatch()
        for run_id in self._waiting:
            self._wake(run_id)

    async def follow(self, run_id: str, tenant: str, after: int) -> AsyncGenerator[bytes, None]:
        """Yield the events of a run after a sequence, and heartbeats, until the run has ended.

        The caller knows that the run is of this tenant, and has such an event.

        Raises:
            UnknownRunError: the run was deleted meanwhile.
            EventsGoneError: the next event is not recorded any more.
            ShuttingDownError: this process is being stopped; another one may have the run.
            DatabaseError: the database cannot be used.
        """
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        self._waiting.setdefault(run_id, set()).add(changed)
        try:
            position, silent_s = after, loop.time()
            while True:
                changed.clear()  # first: what changes from here on is looked at again
                events = await self._next(run_id, position)
                for data in events:
                    yield data
                    position, silent_s = position + 1, loop.time()
                if events:
                    continue
                if await self._is_over(run_id, tenant, position, changed):
                    return
                if self._is_stopping(run_id) and not changed.is_set():
                    raise ShuttingDownError(
                        "The executor is being stopped. Subscribe again, after the last sequence "
                        "you have."
                    )
                beat_s = silent_s + self._heartbeat_s - loop.time()
                if beat_s <= 0:
                    yield HEARTBEAT
                    silent_s = loop.time()
                    continue
                await _wait(changed, beat_s if run_id in self._live else min(beat_s, self._poll_s))
        finally:
            self._leave(run_id, changed)

    def _is_stopping(self, run_id: str) -> bool:
        """Tell whether subscribers of a run are to look for another process."""
        return self._closed or (self._draining and run_id not in self._live)

    async def _is_over(
        self, run_id: str, tenant: str, position: int, changed: asyncio.Event
    ) -> bool:
        """Tell whether a run has ended, and has no event after a position."""
        if run_id in self._live:
            return False
        row = await self._elsewhere.row(run_id, tenant, position)
        if row.next_sequence > position + 1:
            changed.set()  # they were recorded since we have looked
            return False
        return row.status.has_ended

    async def _next(self, run_id: str, position: int) -> Sequence[bytes]:
        """Return events after a position; none if there are none yet."""
        tail = self._live.get(run_id)
        if tail is None:
            return await self._elsewhere.events(run_id, position)
        kept = tail.after(position)
        return kept if kept is not None else await self._elsewhere.read(run_id, position)

    def _hinted(self, run_id: str) -> None:
        """Look for what another process may have recorded."""
        if run_id not in self._live:
            self._elsewhere.changed(run_id)
            self._wake(run_id)

    def _wake(self, run_id: str) -> None:
        for changed in self._waiting.get(run_id, ()):
            changed.set()

    def _leave(self, run_id: str, changed: asyncio.Event) -> None:
        waiting = self._waiting[run_id]
        waiting.discard(changed)
        if not waiting:
            del self._waiting[run_id]
            self._elsewhere.forget(run_id)


async def _wait(changed: asyncio.Event, most_s: float) -> None:
    """Wait until a run may have changed, but not too long."""
    try:
        async with asyncio.timeout(most_s):
            await changed.wait()
    except TimeoutError:
        return
