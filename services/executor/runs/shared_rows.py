"""Reads what is recorded of other processes' runs, once for all who wait for it here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.executor.run_errors import EventsGoneError
from services.executor.runs.latest_events import READ_BYTES, LatestEvents
from services.executor.runs.ports import Journal
from services.executor.runs.rows import RunRow
from services.executor.runs.unknown_run import unknown_run


@dataclass(eq=False)
class _Look:
    """What was seen of a run, and whether there may be more: ``version`` counts its changes."""

    latest: LatestEvents
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    version: int = 0
    no_more: tuple[int, float] = (-1, 0.0)
    """The version of which all events were seen, and when."""
    row: RunRow | None = None
    row_read: tuple[int, float] = (-1, 0.0)
    """The version at which the row was read, and when."""


class SharedRows:
    """The recorded events of runs, read when they may have changed.

    Args:
        journal: where they are recorded.
        fresh_s: seconds for which what was read is current, unless a change is told.
        most_bytes: about the most bytes of events that are kept of a run.
    """

    def __init__(self, journal: Journal, fresh_s: float, most_bytes: int) -> None:
        self._journal = journal
        self._fresh_s = fresh_s
        self._most_bytes = most_bytes
        self._looks: dict[str, _Look] = {}

    def __repr__(self) -> str:
        return f"SharedRows({len(self._looks)} runs)"

    def changed(self, run_id: str) -> None:
        """Note that a run may have changed."""
        look = self._looks.get(run_id)
        if look is not None:
            look.version += 1

    def forget(self, run_id: str) -> None:
        """Forget what was seen of a run: nobody waits for it here."""
        self._looks.pop(run_id, None)

    async def events(self, run_id: str, position: int) -> Sequence[bytes]:
        """Return events after a position; none if there are none yet.

        Raises EventsGoneError, DatabaseError.
        """
        look = self._look(run_id, position)
        kept = look.latest.after(position)
        if kept is None:
            return await self.read(run_id, position)
        if kept:
            return kept
        async with look.lock:
            kept = look.latest.after(position)
            if kept is None:
                return await self.read(run_id, position)
            if kept or self._is_seen(look):
                return kept
            version, now_s = look.version, asyncio.get_running_loop().time()
            found = await self.read(run_id, position)
            if found:
                look.latest.add(position + 1, found)
            else:
                look.no_more = version, now_s
            return found

    async def row(self, run_id: str, tenant: str, position: int) -> RunRow:
        """Return a run as it was when all its events up to a position were seen, or later.

        Raises:
            UnknownRunError: there is no such run any more.
            EventsGoneError: its next event is not recorded any more.
            DatabaseError: the database cannot be used.
        """
        look = self._look(run_id, position)
        async with look.lock:
            version, now_s = look.version, asyncio.get_running_loop().time()
            is_current = look.row_read[0] == version and look.row_read[1] >= look.no_more[1]
            if look.row is None or not (is_current and self._is_seen(look)):
                look.row, look.row_read = await self._journal.run(run_id, tenant), (version, now_s)
            if look.row is None or look.row.new.tenant != tenant:
                raise unknown_run(run_id)
            if look.row.next_sequence > position + 1:
                look.no_more = (-1, 0.0)  # there are more by now
                if not await self.read(run_id, position):
                    raise EventsGoneError(
                        f"Event {position + 1} of the run {run_id} is not kept any more."
                    )
            return look.row

    async def read(self, run_id: str, position: int) -> Sequence[bytes]:
        """Return events after a position, for one subscriber alone; raises as ``events``."""
        found: list[bytes] = []
        for chunk in await self._journal.events(run_id, position, READ_BYTES):
            skipped = position + 1 + len(found) - chunk.first
            if skipped < 0:
                raise EventsGoneError(
                    f"Event {position + 1} of the run {run_id} is not kept any more; the next one "
                    f"that is has the sequence {chunk.first}."
                )
            found += chunk.events[skipped:]
        return found

    def _look(self, run_id: str, position: int) -> _Look:
        look = self._looks.get(run_id)
        if look is None:
            look = self._looks[run_id] = _Look(LatestEvents(position + 1, self._most_bytes))
        return look

    def _is_seen(self, look: _Look) -> bool:
        """Tell whether all events were seen, as far as can be known without reading."""
        version, seen_s = look.no_more
        age_s = asyncio.get_running_loop().time() - seen_s
        return version == look.version and age_s < self._fresh_s
