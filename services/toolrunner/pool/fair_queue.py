"""The queue of work that waits for a worker: tenants take turns, so none starves the others.

Peers take turns, then the hosts of a peer, then the tenants of a host; each tenant's own work is
first in, first out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from services.toolrunner.pool.work import Work


class _Line:
    """The works of one tenant, or the lines of one group of tenants, in order of their turns.

    ``slots`` counts the slots of the queue that they take together.
    """

    __slots__ = ("lines", "slots", "works")

    def __init__(self) -> None:
        self.lines: OrderedDict[str, _Line] = OrderedDict()
        self.works: OrderedDict[int, Work] = OrderedDict()
        self.slots = 0

    @property
    def empty(self) -> bool:
        return not self.lines and not self.works

    def next(self, may_begin: Callable[[Work], bool]) -> Work | None:
        """Return the next work: the first one of the first tenant that may start it."""
        if self.works:
            first = next(iter(self.works.values()))
            return first if may_begin(first) else None
        found = (line.next(may_begin) for line in self.lines.values())
        return next((work for work in found if work is not None), None)

    def last_of_largest(self) -> Work:
        """Return the last work of the largest tenant of the largest group, by slots."""
        if self.works:
            return next(reversed(self.works.values()))
        return max(self.lines.values(), key=lambda line: line.slots).last_of_largest()


class FairQueue:
    """Works by tenant. Each takes one slot, and one more for each ``slot_bytes`` of its input."""

    def __init__(self, slot_bytes: int = 256 * 1024) -> None:
        self._slot_bytes = max(1, slot_bytes)
        self._root = _Line()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<FairQueue {self._size} works in {self.slots} slots>"

    @property
    def slots(self) -> int:
        """Slots taken."""
        return self._root.slots

    def slots_of(self, work: Work) -> int:
        """Return the slots that a work takes."""
        return 1 + work.input_bytes // self._slot_bytes

    def put(self, work: Work) -> None:
        """Add work at the end of its tenant's line."""
        slots = self.slots_of(work)
        line = self._root
        line.slots += slots
        for key in work.tenant:
            line = line.lines.setdefault(key, _Line())
            line.slots += slots
        line.works[id(work)] = work
        self._size += 1

    def take(self, may_begin: Callable[[Work], bool] = lambda work: True) -> Work | None:
        """Remove and return the next work that may start; its tenant and groups go to the end."""
        work = self._root.next(may_begin)
        if work is not None:
            self.remove(work)
            line: _Line | None = self._root
            for key in work.tenant:
                if line is None or key not in line.lines:
                    break
                line.lines.move_to_end(key)
                line = line.lines[key]
        return work

    def give_up_for(self, work: Work) -> Work | None:
        """Remove and return the last work of the largest tenant, if that is fairer to ``work``.

        Otherwise, None.
        """
        slots = self.slots_of(work)
        own: _Line | None = self._root
        for key in work.tenant:
            if own is None or not own.lines:
                return None
            most = max(own.lines.values(), key=lambda line: line.slots)
            own = own.lines.get(key)
            if most is own:
                continue
            given_up = most.last_of_largest()
            mine = (own.slots if own else 0) + slots
            if most.slots - self.slots_of(given_up) < mine:
                return None
            self.remove(given_up)
            return given_up
        return None

    def remove(self, work: Work) -> None:
        """Remove queued work."""
        slots = self.slots_of(work)
        path = [self._root]
        for key in work.tenant:
            path.append(path[-1].lines[key])
        del path[-1].works[id(work)]
        for line in path:
            line.slots -= slots
        for depth in range(len(path) - 1, 0, -1):
            if not path[depth].empty:
                break
            del path[depth - 1].lines[work.tenant[depth - 1]]
        self._size -= 1
