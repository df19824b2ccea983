"""The latest events of a run, bounded by their bytes, found by sequence."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

READ_BYTES: Final = 64 * 1024
"""About as much is taken at once, by a subscriber who may not read on for a while."""
EVENT_OVERHEAD: Final = 64


class LatestEvents:
    """The latest events of a run.

    Args:
        first: the sequence of the first event to come.
        most_bytes: about the most bytes of events that are kept.
    """

    def __init__(self, first: int, most_bytes: int) -> None:
        self._first = first
        self._events: deque[bytes] = deque()
        self._size = 0
        self._most_bytes = most_bytes

    def __repr__(self) -> str:
        return f"LatestEvents({len(self._events)} from {self._first})"

    def add(self, first: int, events: Sequence[bytes]) -> None:
        """Add events that are recorded; only the latest are kept."""
        following = self._first + len(self._events)
        if first > following:  # some were never published: they are read where they are recorded
            self._events.clear()
            self._first, self._size = first, 0
        for data in events[max(0, following - first) :]:
            self._events.append(data)
            self._size += len(data) + EVENT_OVERHEAD
        while self._size > self._most_bytes and len(self._events) > 1:
            self._size -= len(self._events.popleft()) + EVENT_OVERHEAD
            self._first += 1

    def after(self, sequence: int) -> list[bytes] | None:
        """Return events after a sequence, None if the next one is not kept."""
        skipped = sequence + 1 - self._first
        if skipped < 0:
            return None
        found, size = list[bytes](), 0
        for data in islice(self._events, skipped, None):
            size += len(data)
            found.append(data)
            if size >= READ_BYTES:
                break
        return found
