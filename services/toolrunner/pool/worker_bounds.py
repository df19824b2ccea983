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
