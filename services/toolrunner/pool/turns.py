"""What one worker runs now and next, by work id, and since when."""

from __future__ import annotations

from services.toolrunner.tenants import NOBODY, Tenant


class Turns:
    """Works given to a worker and not finished: the first runs, the rest queue behind it.

    ``since`` is when the worker last became busy, on the event loop's clock.
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
        """Id of the running work, if any."""
        return list(self._tenants)[:1]

    @property
    def behind(self) -> list[int]:
        """Ids of the works queued behind the running one."""
        return list(self._tenants)[1:]

    @property
    def tenant(self) -> Tenant:
        """The tenant whose work runs; NOBODY when idle, or when no one waits for the work."""
        return next(iter(self._tenants.values()), NOBODY)

    def add(self, work_id: int, tenant: Tenant, now: float) -> None:
        """Append a work."""
        if not self._tenants:
            self.since = now
        self._tenants[work_id] = tenant

    def put_first(self, work_id: int, tenant: Tenant, now: float) -> None:
        """Record that the worker resumed a work by itself: all others queue behind it."""
        others = {each: whose for each, whose in self._tenants.items() if each != work_id}
        self._tenants = {work_id: tenant, **others}
        self.since = now

    def disown(self, work_id: int) -> None:
        """Record that no one waits any more for a work that the worker still holds."""
        if work_id in self._tenants:
            self._tenants[work_id] = NOBODY

    def remove(self, work_id: int) -> None:
        """Record that the worker finished a work, if it had it."""
        self._tenants.pop(work_id, None)
