"""CPU priority of workers: long-running work yields to work that has just started.

Set on the worker's threads that run wasm. ``SCHED_IDLE`` waits for all other processes and is
preempted at once: with hostile programs beside a neighbour on two busy cores, the neighbour's p99
was 4.0 ms with it, and 4.6 to 6.1 ms with a niceness of 10 or 19, since a normal thread may keep
its core for a slice of 3 ms, however nice it is. ``SCHED_IDLE`` may starve, so old work gets a low
priority instead.

An unprivileged process may leave ``SCHED_IDLE`` only if its resource limit NICE allows it
(sched(7)). Where it does not, priorities stay unchanged: the worker would stay slow for the next
tenant.
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


class Priority(Enum):
    """The priority of a worker's threads."""

    NORMAL = "normal"
    """The same as other processes."""
    IDLE = "idle"
    """Runs only when no other process wants the core."""
    LOW = "low"
    """Gets at least a tenth of what others get."""


def can_be_restored() -> bool:
    """Return whether this process can raise a priority that it has lowered, by trying it.

    False outside Linux, where a priority applies to all threads of a process.
    """
    if sys.platform != "linux":
        return False
    answers: list[bool] = []
    trial = threading.Thread(target=lambda: answers.append(_returns()))
    trial.start()
    trial.join()
    return answers == [True]


def _returns() -> bool:
    """Lower and raise the calling thread's priority; discard the thread afterwards."""
    try:
        for priority in (Priority.LOW, Priority.IDLE, Priority.NORMAL):
            _set_thread(0, priority, os.getpriority(os.PRIO_PROCESS, os.getpid()))
    except OSError:
        return False
    return True


def set_priority(pid: int, priority: Priority) -> None:
    """Set the priority of a worker's threads, except the first, which watches the others.

    Does nothing when the process is gone.
    """
    normal = os.getpriority(os.PRIO_PROCESS, os.getpid())
    try:
        threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
        for thread in threads:
            if thread != pid:
                _set_thread(thread, priority, normal)
    except OSError:
        return


def _set_thread(thread: int, priority: Priority, normal: int) -> None:
    policy = os.SCHED_IDLE if priority is Priority.IDLE else os.SCHED_OTHER
    os.sched_setscheduler(thread, policy, os.sched_param(0))
    nice = min(LOWEST, normal + LOWER_BY) if priority is Priority.LOW else normal
    os.setpriority(os.PRIO_PROCESS, thread, nice)
