"""How long an event loop was held up, and by what: for tests and benches.

A task wakes up every millisecond and measures how late it is; a thread looks meanwhile at what the
loop's thread does, so that a failure says which code held it. Other load on the machine shows too,
so bounds on it must be generous.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections import Counter
from types import TracebackType
from typing import Self

EVERY_S = 0.001
LATE_S = 0.02


class LoopLag:
    """``async with LoopLag() as lag``: afterwards ``lag.worst_s`` is the longest that it waited."""

    def __init__(self) -> None:
        self.worst_s = 0.0
        self.held_by: Counter[str] = Counter()
        self._beat = time.perf_counter()
        self._done = threading.Event()
        self._loop_thread = threading.get_ident()
        self._task: asyncio.Task[None] | None = None
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __repr__(self) -> str:
        held = "".join(f"\n{count} x {where}" for where, count in self.held_by.most_common(5))
        return f"LoopLag({self.worst_s * 1000:.1f} ms{held})"

    async def __aenter__(self) -> Self:
        self._beat = time.perf_counter()
        self._task = asyncio.create_task(self._measure())
        self._sampler.start()
        await asyncio.sleep(2 * EVERY_S)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.sleep(2 * EVERY_S)  # what held the loop just now counts
        self._done.set()
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        self._sampler.join()

    async def _measure(self) -> None:
        while True:
            self._beat = time.perf_counter()
            await asyncio.sleep(EVERY_S)
            self.worst_s = max(self.worst_s, time.perf_counter() - self._beat - EVERY_S)

    def _sample(self) -> None:
        while not self._done.wait(LATE_S / 4):
            if time.perf_counter() - self._beat > LATE_S:
                frame = sys._current_frames().get(self._loop_thread)
                stack = traceback.extract_stack(frame)[-6:]
                self.held_by[" < ".join(f"{at.name}:{at.lineno}" for at in reversed(stack))] += 1
