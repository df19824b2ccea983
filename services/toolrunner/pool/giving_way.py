"""Making a worker that runs long give way to work that has just begun.

By a lower priority for its threads that run wasm. An unprivileged process may lower a priority and
not raise it again unless its resource limit NICE allows that (setpriority(2)); where it does not,
nothing is lowered, since the worker would stay slow for the next tenant.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Final

LOWER_BY: Final = 10
LOWEST: Final = 19


def may_return() -> bool:
    """Tell whether a priority that this process lowers can be raised again, by trying it.

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
    """Lower and raise the calling thread's priority; the thread is to be thrown away."""
    try:
        usual = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, min(LOWEST, usual + LOWER_BY))
        os.setpriority(os.PRIO_PROCESS, 0, usual)
    except OSError:
        return False
    return True


def set_pace(pid: int, *, slow: bool) -> None:
    """Lower or restore the priority of all threads of a worker but the first, which keeps watch.

    Nothing happens when the process is gone.
    """
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    priority = min(LOWEST, usual + LOWER_BY) if slow else usual
    try:
        threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
        for thread in threads:
            if thread != pid:
                os.setpriority(os.PRIO_PROCESS, thread, priority)
    except OSError:
        return
