"""One thread beside the event loop, for Python code that takes long over what an outsider sent.

Python code gives up the interpreter's lock whenever another thread has waited for ``SWITCH_S``, so
the loop goes on beside it. Each further thread that computes would make it wait as long again (160
ms beside six of them, measured), hence one for the process, whose lock it is about. The shortest
work goes first: what is ordinary does not wait for what is as large as it may be.
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
    """Runs one piece of work at a time, the shortest first; its thread starts when it is needed."""

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
        """Return what ``work`` returns; raises what it raises.

        Work that has not begun when this is cancelled never does.

        Args:
            size: how much work it is, in any unit that grows with its time.
            work: Python code; C code that keeps the interpreter's lock holds up the loop.
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
            del future, work  # or what is large lives until the next work comes


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits is told
        future.set_exception(error)
    else:
        future.set_result(result)


SIDE: Final = SideThread()
"""The side thread of this process."""


async def loads_json(text: str) -> Json:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is none, or is long and holds too many values.
        RecursionError: it nests too deep.
    """
    if len(text) <= SHORT:
        value: Json = json.loads(text)
        return value
    return await SIDE.run(len(text), partial(read_long, text))


async def dumps_json(value: Json) -> str:
    """Return a value as JSON text, with what is not ASCII as it is.

    Raises:
        RecursionError: it nests too deep.
    """
    if is_small(value):
        return json.dumps(value, ensure_ascii=False)
    return await SIDE.run(SHORT, partial(write_long, value, ensure_ascii=False))
