"""One thread beside the event loop, for slow Python code on untrusted input.

Python code releases the interpreter's lock whenever another thread has waited for ``SWITCH_S``, so
the loop keeps running. Each further busy thread would make it wait as long again (160 ms beside six
of them, measured), hence one thread for the process. The shortest task goes first, so that ordinary
tasks do not wait for the largest ones.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Final, TypeVar

from services.executor.domain import Json
from services.executor.long_json import SHORT, is_small, read_long, write_long

T = TypeVar("T")

SWITCH_S: Final = 0.001


class SideThread:
    """Runs one task at a time, the shortest first; its thread starts on demand."""

    def __init__(self) -> None:
        self._waiting: queue.PriorityQueue[tuple[int, int, Future[Any], Callable[[], Any]]] = (
            queue.PriorityQueue()
        )
        self._order = itertools.count()
        self._start = threading.Lock()
        self._started = False

    def __repr__(self) -> str:
        return f"SideThread(waiting={self._waiting.qsize()})"

    async def run(self, size: int, work: Callable[[], T]) -> T:
        """Return the result of ``work``, or raise its exception.

        A task that has not started when this is cancelled never starts.

        Args:
            size: the size of the task, in any unit that grows with its time.
            work: Python code; C code that holds the interpreter's lock blocks the loop.
        """
        with self._start:
            if not self._started:
                self._started = True
                sys.setswitchinterval(SWITCH_S)
                threading.Thread(target=self._serve, name="side", daemon=True).start()
        future: Future[T] = Future()
        self._waiting.put((size, next(self._order), future, work))
        return await asyncio.wrap_future(future)

    def _serve(self) -> None:
        while True:
            _, _, future, work = self._waiting.get()
            if future.set_running_or_notify_cancel():
                _settle(future, work)
            del future, work  # else large values live until the next task


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


async def dumps_json(value: Json) -> str:
    """Return a value as JSON text, without escaping non-ASCII characters.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if is_small(value):
        return json.dumps(value, ensure_ascii=False)
    return await SIDE.run(SHORT, partial(write_long, value, ensure_ascii=False))
