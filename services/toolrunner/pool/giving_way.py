"""Making a worker that runs long give way to work that has just begun.

By the kernel's scheduler, for the worker's threads that run wasm: the class for idle processes,
which wait for all others and are interrupted at once. With hostile programs beside a neighbour on
two busy cores, the neighbour's p99 was 4.0 ms by that class and 4.6 to 6.1 ms by a priority lowered
by 10 or 19, since a thread of the usual class may keep its core for a slice of 3 ms, whatever its
priority. As that class may starve, work that grows old gets a low priority instead.

An unprivileged process may leave that class again only if its resource limit NICE allows it
(sched(7)); where it does not, nothing is done: the worker would stay slow for the next tenant.
"""

from __future__ import annotations

import os
import sys
import threading
from enum import Enum
from pathlib import Path
from typing import Final

LOWER_BY: Final = 10
LOWEST: Final = 19


class Pace(Enum):
    """How a worker stands beside others for a core."""

    USUAL = "usual"
    """Like all others."""
    LAST = "last"
    """Only when nobody else wants the core."""
    LOW = "low"
    """A tenth of what others get, at least."""


def may_return() -> bool:
    """Tell whether a pace that this process lowers can be raised again, by trying it.

    Elsewhere than on Linux a priority is that of all threads together, and nothing is tried.
    """
    if sys.platform != "linux":
        return False
    answers: list[bool] = []
    trial = threading.Thread(target=lambda: answers.append(_returns()))
    trial.start()
    trial.join()
    return answers == [True]


def _returns() -> bool:
    """Lower and raise the calling thread's pace; the thread is to be thrown away."""
    try:
        for pace in (Pace.LOW, Pace.LAST, Pace.USUAL):
            _set_thread(0, pace, os.getpriority(os.PRIO_PROCESS, os.getpid()))
    except OSError:
        return False
    return True


def set_pace(pid: int, pace: Pace) -> None:
    """Set the pace of all threads of a worker but the first, which keeps watch.

    Nothing happens when the process is gone.
    """
    usual = os.getpriority(os.PRIO_PROCESS, os.getpid())
    try:
        threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
        for thread in threads:
            if thread != pid:
                _set_thread(thread, pace, usual)
    except OSError:
        return


def _set_thread(thread: int, pace: Pace, usual: int) -> None:
    policy = os.SCHED_IDLE if pace is Pace.LAST else os.SCHED_OTHER
    os.sched_setscheduler(thread, policy, os.sched_param(0))
    priority = min(LOWEST, usual + LOWER_BY) if pace is Pace.LOW else usual
    os.setpriority(os.PRIO_PROCESS, thread, priority)
