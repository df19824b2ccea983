"""Watches whether a toolrunner answers, which keeps the connection to it alive as well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

EVERY_S: Final = 2.0


async def watch(
    answers: Callable[[], Awaitable[bool]],
    tell: Callable[[bool], None],
    grace_s: float,
    every_s: float = EVERY_S,
) -> None:
    """Call ``tell`` whenever it changes whether a toolrunner is there; runs until it is cancelled.

    At first one is taken to be there.

    Args:
        answers: asks once.
        tell: hears of each change.
        grace_s: seconds without an answer after which none is there; a restart takes less.
        every_s: seconds between two questions.
    """
    loop = asyncio.get_running_loop()
    there, heard_s = True, loop.time()
    while True:
        if await answers():
            heard_s = loop.time()
        now_there = loop.time() < heard_s + grace_s
        if now_there != there:
            there = now_there
            tell(there)
        await asyncio.sleep(min(every_s, grace_s / 2))
