"""Measures how long an event loop was blocked, and by what, for tests and benches.

A task wakes up every millisecond and measures how late it is, and how much processor time this
process took meanwhile: the one is what others feel, and the other does not depend on what else the
machine does. A thread looks at what the loop's thread does, so that a failure says what held it.
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
    """``async with LoopLag() as lag``, and afterwards it tells what was the longest.

    Attributes:
        worst_s: seconds that the loop did not go on.
        worst_cpu_s: seconds of this process's own work while it did not.
        held_by: where it was found when it was late, and how often.
    """

    def __init__(self) -> None:
        self.worst_s = self.worst_cpu_s = 0.0
        self.held_by: Counter[str] = Counter()
        self._beat = time.perf_counter()
        self._done = threading.Event()
        self._loop_thread = threading.get_ident()
        self._task: asyncio.Task[None] | None = None
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __repr__(self) -> str:
        held = "".join(f"\n{count} x {where}" for where, count in self.held_by.most_common(5))
        times = f"{self.worst_s * 1000:.1f} ms, {self.worst_cpu_s * 1000:.1f} ms of work"
        return f"LoopLag({times}{held})"

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
            self._beat, worked = time.perf_counter(), time.process_time()
            await asyncio.sleep(EVERY_S)
            self.worst_s = max(self.worst_s, time.perf_counter() - self._beat - EVERY_S)
            self.worst_cpu_s = max(self.worst_cpu_s, time.process_time() - worked)

    def _sample(self) -> None:
        while not self._done.wait(LATE_S / 4):
            if time.perf_counter() - self._beat > LATE_S:
                frame = sys._current_frames().get(self._loop_thread)
                stack = traceback.extract_stack(frame)[-6:]
                self.held_by[" < ".join(f"{at.name}:{at.lineno}" for at in reversed(stack))] += 1
