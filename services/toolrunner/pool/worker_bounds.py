"""The limits of one worker."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.toolrunner.domain import MIB, Limits
from services.toolrunner.pool.work import Stage, Work


@dataclass(frozen=True)
class WorkerBounds:
    """Limits of one worker: seconds of grace, counts, bytes.

    ``private_load_limits`` are those of a load for one stream alone. ``strict_loads``: a program
    whose top level fails cannot be used.
    """

    load_limits: Limits = field(default_factory=Limits)
    private_load_limits: Limits = field(default_factory=Limits)
    strict_loads: bool = False
    kill_grace_s: float = 2.0
    images: int = 32
    image_bytes: int = 512 * MIB
    memory_bytes: int = 2048 * MIB

    def limits_of(self, work: Work) -> Limits:
        """Return the limits of a work in its stage."""
        if work.stage is not Stage.LOADING:
            return work.limits
        return self.load_limits if work.own is None else self.private_load_limits


@dataclass(frozen=True)
class PoolBounds:
    """Limits of the pool: workers, queued work, and seconds for a worker to become ready.

    ``spares`` workers are added the first time work waits because others run long. Waiting work
    takes one of ``queued`` slots, or more if its input is large: all slots together are
    ``queued_bytes``.
    """

    workers: int = 1
    spares: int = 0
    queued: int = 1024
    queued_bytes: int = 256 * MIB
    start_timeout_s: float = 60.0
    worker: WorkerBounds = field(default_factory=WorkerBounds)
