"""Failure messages for work that ends without a report of the guest."""

from __future__ import annotations

from services.toolrunner.domain import FailureKind
from services.toolrunner.pool.work import Stage, Work

CANCELLED = "The caller ended the call."


def told(work: Work, kind: FailureKind, limit_s: float, end: str) -> str:
    """Return the message of a failure.

    Args:
        work: what ended.
        kind: CANCELLED, RUNNER_LOST or DEADLINE_EXCEEDED.
        limit_s: its limit of time.
        end: how its process ended.
    """
    loading = work.stage is Stage.LOADING
    what = "The program's top level" if loading else "The tool"
    if kind is FailureKind.CANCELLED:
        return CANCELLED
    if kind is FailureKind.RUNNER_LOST:
        return f"{what} was cut off: its process {end}. Try again."
    knob = f"CAISSON_TOOLRUNNER_{'LOAD' if loading else 'CALL'}_TIMEOUT_S"
    return f"{what} did not end within its limit of {limit_s:g} s; {knob} is the highest."
