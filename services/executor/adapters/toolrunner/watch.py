"""Watches whether a toolrunner, or the database, answers; asking keeps the connection alive."""

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
    heard: Callable[[], None] = lambda: None,
) -> None:
    """Call ``tell`` whenever what is watched appears or disappears; runs until cancelled.

    At first it is assumed to be there.

    Args:
        answers: checks once.
        tell: called on each change.
        grace_s: seconds without an answer before it counts as gone; a restart takes less.
        every_s: seconds between checks.
        heard: called on each answer.
    """
    loop = asyncio.get_running_loop()
    there, heard_s = True, loop.time()
    while True:
        if await answers():
            heard_s = loop.time()
            heard()
        now_there = loop.time() < heard_s + grace_s
        if now_there != there:
            there = now_there
            tell(there)
        await asyncio.sleep(min(every_s, grace_s / 2))
