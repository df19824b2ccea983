"""What one worker runs now and next, by its numbers of the works, and since when."""

from __future__ import annotations


class Turns:
    """Works that were handed to a worker and not given back: the first runs, the rest are behind.

    ``since`` is when the worker last began to be busy, on the event loop's clock.
    """

    def __init__(self) -> None:
        self._owners: dict[int, object] = {}
        self.since = 0.0

    def __repr__(self) -> str:
        return f"<Turns {list(self._owners)}>"

    def __bool__(self) -> bool:
        return bool(self._owners)

    @property
    def running(self) -> list[int]:
        """Number of the work that runs, if one does."""
        return list(self._owners)[:1]

    @property
    def behind(self) -> list[int]:
        """Numbers of the works that have not begun, since another one runs."""
        return list(self._owners)[1:]

    def serve(self, owner: object) -> bool:
        """Return whether one of the works is this owner's."""
        return owner in self._owners.values()

    def add(self, work_id: int, owner: object, now: float) -> None:
        """Hand over a work; it comes last."""
        if not self._owners:
            self.since = now
        self._owners[work_id] = owner

    def put_first(self, work_id: int, owner: object, now: float) -> None:
        """Note that the worker took up a work by itself: all others are behind it."""
        others = {each: owner for each, owner in self._owners.items() if each != work_id}
        self._owners = {work_id: owner, **others}
        self.since = now

    def disown(self, work_id: int) -> None:
        """Note that nobody waits any more for a work that the worker still has to give back."""
        self._owners[work_id] = object()

    def remove(self, work_id: int) -> None:
        """Note that the worker gave a work back, if it had it."""
        self._owners.pop(work_id, None)
