"""Work that waits for a worker: streams take turns, so that one cannot starve the others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from services.toolrunner.pool.work import Work


class FairQueue:
    """First in, first out for each owner; owners take turns."""

    def __init__(self) -> None:
        self._turns: OrderedDict[object, OrderedDict[int, Work]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<FairQueue {self._size} works of {len(self._turns)} owners>"

    def put(self, work: Work) -> None:
        """Add work at the end of its owner's line."""
        self._turns.setdefault(work.owner, OrderedDict())[id(work)] = work
        self._size += 1

    def take(self, may_begin: Callable[[object], bool] = lambda owner: True) -> Work | None:
        """Remove and return the next work, of the first owner who may begin one; None: no such."""
        for owner in self._turns:
            if may_begin(owner):
                return self._take_of(owner)
        return None

    def _take_of(self, owner: object) -> Work:
        line = self._turns.pop(owner)
        _, work = line.popitem(last=False)
        if line:
            self._turns[owner] = line
        self._size -= 1
        return work

    def give_up_for(self, owner: object) -> Work | None:
        """Remove and return the last work of who has most of them, if this owner has far fewer.

        None when it would be no fairer: nobody has at least two more than this owner.
        """
        most = max(self._turns, key=lambda each: len(self._turns[each]), default=owner)
        own = len(self._turns.get(owner, ()))
        if most == owner or len(self._turns[most]) < own + 2:
            return None
        work = next(reversed(self._turns[most].values()))
        self.remove(work)
        return work

    def remove(self, work: Work) -> None:
        """Remove work that is in the queue."""
        line = self._turns[work.owner]
        del line[id(work)]
        if not line:
            del self._turns[work.owner]
        self._size -= 1
