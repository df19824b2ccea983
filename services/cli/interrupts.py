"""Runs a command's coroutine so that Ctrl-C, SIGTERM and SIGHUP end it cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from services.cli.errors import StoppedError
from services.front.foreground import stop_signals

T = TypeVar("T")


def run(
    work: Coroutine[Any, Any, T],
    again: Callable[[], None] | None = None,
    first: Callable[[], None] | None = None,
) -> T:
    """Run ``work``; the first interrupt calls ``first`` and cancels it, later ones call ``again``.

    Raises:
        StoppedError: it was interrupted; everything that it started has ended.
    """
    return asyncio.run(_guarded(work, again, first))


async def _guarded(
    work: Coroutine[Any, Any, T],
    again: Callable[[], None] | None,
    first: Callable[[], None] | None,
) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            if first is not None:
                first()
            task.cancel()
        elif again is not None:
            again()

    for number in stop_signals():
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if interrupted:
            raise StoppedError("interrupted") from None
        raise
    finally:
        for number in stop_signals():
            loop.remove_signal_handler(number)
