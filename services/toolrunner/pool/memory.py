"""The memory of one worker: which calls fit, and which to end when it is full."""

from __future__ import annotations

from collections.abc import Iterable

from services.toolrunner.domain import MIB
from services.toolrunner.pool.work import Work
from services.toolrunner.tenants import Holdings, Tenant, TenantShares

OVERRUN, LEAST_OVERRUN_BYTES = 0.25, 512 * MIB
"""A worker that exceeds its limit by this much is killed, even while calls are being ended."""

KEPT_FOR_A_CALL = 1 / 8
"""A call may start when this part of a worker's memory is free, or the call's whole limit."""


class WorkerMemory:
    """Memory held by the calls in one worker, at most ``most_bytes`` in total.

    A call reports how much it holds when it starts to wait. ``idle_bytes`` is what the process held
    before its first work.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._shares = TenantShares(most_bytes)
        self._being_freed: dict[int, int] = {}
        self.idle_bytes = 0

    def __repr__(self) -> str:
        return f"<WorkerMemory {self._shares!r}>"

    def note(self, work: Work, memory_bytes: int) -> None:
        """Record what a call holds now; nothing once it has ended."""
        if memory_bytes != work.memory_bytes:
            self._shares.add(work.tenant, memory_bytes - work.memory_bytes)
            work.memory_bytes = memory_bytes

    def has_room(self, work: Work) -> bool:
        """Return whether the worker has room for a work beside the calls waiting in it.

        The work may need its whole limit, so part of the worker's memory is kept free for it. No
        tenant's calls take all of that memory.
        """
        kept = min(work.limits.memory_bytes, int(self._most * KEPT_FOR_A_CALL))
        return not self._shares.held or self._shares.may_take(work.tenant, kept)

    def excess(self, used: int) -> int:
        """Return the bytes over the limit at ``used`` bytes, once calls have ended."""
        return max(0, used - sum(self._being_freed.values()) - self._most)

    def to_end(self, used: int, works: Iterable[Work], running: Work | None) -> list[Work]:
        """Return the calls to end so that the process, now using ``used`` bytes, meets its limit.

        They are the largest of the tenant that holds most, then of the next. Memory that no waiting
        call holds is attributed to the running call. Returns none if that would not be enough, or
        not in time.
        """
        if running is not None:
            unknown = used - self._shares.held - self.idle_bytes
            self.note(running, max(running.memory_bytes, unknown))
        if used > self._most + max(int(OVERRUN * self._most), LEAST_OVERRUN_BYTES):
            return []
        return largest(works, self.excess(used))

    def end(self, work: Work) -> str:
        """Record that a call is being ended; return the message for its caller."""
        self._being_freed[work.work_id] = work.memory_bytes
        self.note(work, 0)
        return (
            f"The deployment's memory for calls ran out ({self._most // MIB} MiB a worker, "
            "CAISSON_TOOLRUNNER_WORKER_MEMORY_BYTES), and "
            "this caller's calls held the most of it. Try again with fewer calls at once, or with "
            "tools that hold less while they wait."
        )

    def freed(self, work_id: int) -> None:
        """Record that the worker has ended a call."""
        self._being_freed.pop(work_id, None)


def largest(works: Iterable[Work], excess: int) -> list[Work]:
    """Return calls that together hold ``excess`` bytes, the largest tenant's largest first.

    Returns none if all calls together hold less.
    """
    held = Holdings()
    own: dict[Tenant, list[Work]] = {}
    for work in sorted(works, key=lambda each: each.memory_bytes):
        held.add(work.tenant, work.memory_bytes)
        own.setdefault(work.tenant, []).append(work)
    found: list[Work] = []
    while excess > 0 and (tenant := held.largest()) is not None:
        work = own[tenant].pop()
        held.add(tenant, -work.memory_bytes)
        excess -= work.memory_bytes
        found.append(work)
    return found if excess <= 0 else []
