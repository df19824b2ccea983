"""One thread beside the event loop, for slow Python code on untrusted input.

Python code releases the interpreter's lock whenever another thread has waited for ``SWITCH_S``, so
the loop keeps running. Each further busy thread would make it wait as long again (160 ms beside six
of them, measured), hence one thread for the process. Clients take turns by the time that they have
had of it, so that one client's tasks delay another's by the one that runs. Of a client's own tasks,
the shortest goes first.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from typing import Final, TypeVar

from services.executor.clients import CALLER
from services.executor.domain import Json
from services.executor.long_json import SHORT, is_small, read_long, write_long
from services.executor.side_turns import SideTurns

T = TypeVar("T")

SWITCH_S: Final = 0.001
STEP_S: Final = 0.02

Steps = Generator[None, None, T]


class SideThread:
    """Runs one task at a time, in turns of clients; its thread starts on demand."""

    def __init__(self) -> None:
        self._turns = SideTurns()
        self._changed = threading.Condition()
        self._started = False

    def __repr__(self) -> str:
        return f"SideThread(waiting={len(self._turns)})"

    async def run(self, size: int, work: Callable[[], T]) -> T:
        """Return the result of ``work``, or raise its exception.

        The task counts for the client of the current request, ``CALLER``. A task that has not
        started when this is cancelled never starts.

        Args:
            size: the size of the task, in bytes of what it works on.
            work: Python code; C code that holds the interpreter's lock blocks the loop.
        """
        future: Future[T] = Future()
        with self._changed:
            self._turns.add(CALLER.get(), size, (future, work))
            self._changed.notify()
            if not self._started:
                self._started = True
                sys.setswitchinterval(SWITCH_S)
                threading.Thread(target=self._serve, name="side", daemon=True).start()
        return await asyncio.wrap_future(future)

    async def run_steps(self, size: int, steps: Steps[T]) -> T:
        """Return what ``steps`` returns; other tasks get a turn about every ``STEP_S``."""
        while (ended := await self.run(size, partial(_stepped, steps))) is None:
            pass
        return ended[0]

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: len(self._turns))
                turn = self._turns.take()
            began_s = time.monotonic()
            if turn.task[0].set_running_or_notify_cancel():
                _settle(*turn.task)
            with self._changed:
                self._turns.ended(turn, time.monotonic() - began_s)
            del turn  # else large values live until the next task


def _stepped(steps: Steps[T]) -> tuple[T] | None:
    """Take steps for ``STEP_S``; return what they return, or None when there are more."""
    until_s = time.monotonic() + STEP_S
    while time.monotonic() < until_s:
        try:
            next(steps)
        except StopIteration as end:
            return (end.value,)
    return None


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - the waiter gets it
        future.set_exception(error)
    else:
        future.set_result(result)


SIDE: Final = SideThread()
"""The side thread of this process."""


async def loads_json(text: str) -> Json:
    """Parse a JSON text.

    Raises:
        ValueError: it is malformed, or is long and has too many values.
        RecursionError: it is nested too deeply.
    """
    if len(text) <= SHORT:
        value: Json = json.loads(text)
        return value
    return await SIDE.run(len(text), partial(read_long, text))


async def dumps_json(value: Json, *, compact: bool = False) -> str:
    """Return a value as JSON text, without escaping non-ASCII characters; ``compact``: no spaces.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if is_small(value):
        separators = (",", ":") if compact else None
        return json.dumps(value, ensure_ascii=False, separators=separators)
    write = partial(write_long, value, ensure_ascii=False, compact=compact)
    return await SIDE.run(SHORT, write)
