"""The tasks of a process's event loop, for its debug page: where they stand, not what they hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

MOST_TASKS: Final = 200
MOST_KINDS: Final = 100


def tasks_page() -> dict[str, Any]:
    """Return how many tasks there are of which kind, and where ``MOST_TASKS`` of them stand."""
    tasks = sorted(asyncio.all_tasks(), key=lambda task: task.get_name())
    kinds = Counter(_kind(task) for task in tasks)
    return {
        "tasks": len(tasks),
        "kinds": [
            {"count": number, "kind": kind} for kind, number in kinds.most_common(MOST_KINDS)
        ],
        "stands": [
            {"kind": _kind(task), "at": place}
            for task in tasks[:MOST_TASKS]
            if (place := _place(task))
        ],
    }


def _kind(task: asyncio.Task[Any]) -> str:
    work: Any = task.get_coro()
    return str(getattr(work, "__qualname__", type(work).__name__))


def _place(task: asyncio.Task[Any]) -> str:
    """Return the module and line where a task stands; a file's path would tell of the machine.

    Those of gRPC, which is compiled, stand nowhere.
    """
    frames = task.get_stack(limit=1)
    if not frames or not frames[-1].f_lineno:
        return ""
    return f"{frames[-1].f_globals.get('__name__', '?')}:{frames[-1].f_lineno}"
