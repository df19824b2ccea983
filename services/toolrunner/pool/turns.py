"""What one worker runs now and next, by its numbers of the works, and since when."""

from __future__ import annotations

from services.toolrunner.tenants import NOBODY, Tenant


class Turns:
    """Works that were handed to a worker and not given back: the first runs, the rest are behind.

    ``since`` is when the worker last began to be busy, on the event loop's clock.
    """

    def __init__(self) -> None:
        self._tenants: dict[int, Tenant] = {}
        self.since = 0.0

    def __repr__(self) -> str:
        return f"<Turns {list(self._tenants)}>"

    def __bool__(self) -> bool:
        return bool(self._tenants)

    @property
    def running(self) -> list[int]:
        """Number of the work that runs, if one does."""
        return list(self._tenants)[:1]

    @property
    def behind(self) -> list[int]:
        """Numbers of the works that have not begun, since another one runs."""
        return list(self._tenants)[1:]

    @property
    def tenant(self) -> Tenant:
        """Whose work runs; nobody's when nothing runs, or nobody waits for it any more."""
        return next(iter(self._tenants.values()), NOBODY)

    def add(self, work_id: int, tenant: Tenant, now: float) -> None:
        """Hand over a work; it comes last."""
        if not self._tenants:
            self.since = now
        self._tenants[work_id] = tenant

    def put_first(self, work_id: int, tenant: Tenant, now: float) -> None:
        """Note that the worker took up a work by itself: all others are behind it."""
        others = {each: whose for each, whose in self._tenants.items() if each != work_id}
        self._tenants = {work_id: tenant, **others}
        self.since = now

    def disown(self, work_id: int) -> None:
        """Note that nobody waits any more for a work that the worker still has to give back."""
        if work_id in self._tenants:
            self._tenants[work_id] = NOBODY

    def remove(self, work_id: int) -> None:
        """Note that the worker gave a work back, if it had it."""
        self._tenants.pop(work_id, None)
