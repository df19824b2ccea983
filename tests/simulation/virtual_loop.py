"""An event loop whose time jumps: waiting costs nothing, and a wait without an end is found.

It runs one callback after another and counts them. Between two of them every task stands at one of
its await points, so whatever is done there is done to each task at an await point.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

T = TypeVar("T")
Args = TypeVarTuple("Args")

Ready: TypeAlias = tuple[asyncio.Handle, Callable[..., object], tuple[Any, ...], Context]


class DeadlockError(Exception):
    """Every task waits, and nothing will ever wake one of them."""


class EndlessError(Exception):
    """The loop has run more callbacks than a schedule can need."""


# More callbacks than any schedule needs, and than ending what it has left needs.
MOST_STEPS = 500_000
MOST_SWEPT = 10_000
MOST_CANCELLED = 10


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop on virtual time, in seconds from ``start_s``.

    Args:
        callback_s: how long each callback takes.
        owner: whom a task belongs to, asked in the context that makes it.
        before_step: is called before each callback with its number, from 1.
        most_steps: how many callbacks may be run.
        start_s: the time at which it begins.

    ``tasks`` holds every task with its owner, ``faults`` what no loop should have to be told:
    errors that nobody took, generators that were left to the garbage collector.
    """

    def __init__(
        self,
        callback_s: float = 0.0,
        owner: Callable[[], object] = lambda: None,
        before_step: Callable[[int], None] = lambda _: None,
        most_steps: int = MOST_STEPS,
        start_s: float = 0.0,
    ) -> None:
        super().__init__()
        self.steps = 0
        self.tasks: list[tuple[object, asyncio.Task[Any]]] = []
        self.faults: list[str] = []
        self._now = start_s
        self._callback_s = callback_s
        self._owner = owner
        self._before_step = before_step
        self._most_steps = most_steps
        self._queue: deque[Ready] = deque()
        self._timers: list[tuple[float, int, Ready]] = []
        self._order = itertools.count()
        self._dead: set[object] = set()
        self._withheld: list[Ready] = []  # callbacks of the dead, without which no task ends

    def __repr__(self) -> str:
        return f"VirtualLoop({self._now:g} s, steps={self.steps})"

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.Handle:
        context = copy_context() if context is None else context  # an empty one is false
        handle = asyncio.Handle(callback, args, self, context)
        self._queue.append((handle, callback, args, context))
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        context = copy_context() if context is None else context  # an empty one is false
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        item = (timer, callback, args, context)
        heapq.heappush(self._timers, (when, next(self._order), item))
        return timer

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task: asyncio.Task[T] = super().create_task(coro, name=name, context=context)
        self.tasks.append((self._owner(), task))
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")

    def going(self, owner: object) -> list[asyncio.Task[Any]]:
        """Return the tasks of ``owner`` that are not done."""
        return [task for whose, task in self.tasks if whose == owner and not task.done()]

    def kill(self, owner: object) -> None:
        """Run no more callbacks of ``owner``, as of a process that is killed."""
        self._dead.add(owner)

    def play(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return its result.

        Raises:
            DeadlockError: it would wait for ever.
            EndlessError: it goes on and on.
        """
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=self._left_behind)
        asyncio._set_running_loop(self)
        try:
            main = asyncio.Task(work, loop=self)
            while not main.done():
                self._step()
            return main.result()
        finally:
            self._sweep()
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)
            self.close()

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._most_steps:
            raise EndlessError(f"{self._most_steps} callbacks were run")
        self._before_step(self.steps)
        item = handle, callback, args, context = self._next()
        if self._dead and context.run(self._owner) in self._dead:
            self._withheld.append(item)
        elif not handle.cancelled():
            context.run(callback, *args)
        self._now += self._callback_s

    def _next(self) -> Ready:
        """Return the next callback; where there is none, time jumps to the next timer."""
        timers = self._timers
        while timers and (timers[0][0] <= self._now or timers[0][2][0].cancelled()):
            self._queue.append(heapq.heappop(timers)[2])
        if self._queue:
            return self._queue.popleft()
        if not timers:
            raise DeadlockError("every task waits, and there is no timer")
        self._now, _, item = heapq.heappop(timers)
        return item

    def _left_behind(self, generator: AsyncGenerator[Any, Any]) -> None:
        self.faults.append(f"{generator!r} was left to the garbage collector")

    def _sweep(self) -> None:
        """End what a failed schedule has left, and let go of it: what nobody took is told now."""
        self._queue.extend(self._withheld)
        for _ in range(MOST_CANCELLED):  # some wait again while they end
            living = [task for _, task in self.tasks if not task.done()]
            for task in living:
                task.cancel()
            self._drain()
            if not living:
                break
        for _, task in self.tasks:
            # asyncio tells this when it frees the task: since Python 3.13, when there is garbage
            # to collect. To ask for the error is to take it, so that it is told once.
            if task.done() and task._log_traceback:
                self.faults.append(f"Task exception was never retrieved: {task.exception()!r}")
        self.tasks.clear()
        self._timers.clear()

    def _drain(self) -> None:
        for _ in range(MOST_SWEPT):
            if not self._queue:
                break
            handle, callback, args, context = self._queue.popleft()
            if not handle.cancelled():
                context.run(callback, *args)


class VirtualClock:
    """The clock of the loop that runs."""

    def __repr__(self) -> str:
        return "VirtualClock()"

    def now_ns(self) -> int:
        return int(self.monotonic() * 1e9)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
