"""Waits for tasks despite cancellation, so that none is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


async def finish(work: Awaitable[None]) -> None:
    """Await short ``work`` to its end, even if this task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    task.result()


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel ``tasks`` and wait until they end, even if this task is cancelled again.

    Their exceptions are dropped. A cancellation meanwhile is raised at the end.
    """
    for task in tasks:
        task.cancel()
    interrupted: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            interrupted = error
    for task in tasks:
        if not task.cancelled():
            task.exception()
    if interrupted is not None:
        raise interrupted
