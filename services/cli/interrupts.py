"""Runs a command's coroutine so that Ctrl-C, SIGTERM and SIGHUP end it cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from services.cli.errors import StoppedError
from services.front.foreground import stop_signals

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T], again: Callable[[], None] | None = None) -> T:
    """Run ``work`` to its end; an interrupt cancels it once, and each later one calls ``again``.

    Raises:
        StoppedError: it was interrupted; everything that it had started has ended.
    """
    return asyncio.run(_guarded(work, again))


async def _guarded(work: Coroutine[Any, Any, T], again: Callable[[], None] | None) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
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
