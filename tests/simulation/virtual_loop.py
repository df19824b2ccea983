"""An event loop whose time jumps: a wait takes no time, and what would wait for ever is found."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class DeadlockError(Exception):
    """Every task waits, and nothing will wake one of them."""


class JumpingSelector(selectors.SelectSelector):
    """Moves the time on instead of waiting; ``turn`` counts how often the loop has come here.

    ``interfere`` is called at the turn ``interfere_at``: between two of the loop's rounds, when
    every task stands at one of its await points.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.turn = 0
        self.interfere_at = 0
        self.interfere: Callable[[], None] = lambda: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.turn += 1
        if self.turn == self.interfere_at:
            self.interfere()
        elif timeout is None:
            raise DeadlockError("nothing is ready, and nobody has set a timer")
        elif timeout > 0:
            self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time, in seconds from 0."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


class VirtualClock:
    """The clock of the loop that runs."""

    def now_ns(self) -> int:
        return int(self.monotonic() * 1e9)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_virtually(
    work: Callable[[VirtualLoop], Coroutine[Any, Any, T]], setup: Callable[[VirtualLoop], None]
) -> tuple[T, int]:
    """Run a coroutine on a loop of its own; return its result and the loop's number of turns.

    Raises:
        DeadlockError: it would wait for ever.
        AssertionError: it left a task behind.
    """
    loop = VirtualLoop()
    try:
        setup(loop)
        result = loop.run_until_complete(work(loop))
        left = asyncio.all_tasks(loop)
        assert not left, f"tasks left behind: {sorted(map(repr, left))}"
        loop.run_until_complete(loop.shutdown_asyncgens())
        return result, loop.jumping.turn
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.close()
