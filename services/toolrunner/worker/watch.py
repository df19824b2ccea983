"""Stops the running guest when its deadline passes or its caller cancels it.

Runs in the worker's main thread while the wasm thread is inside a guest. Advancing wasmtime's epoch
stops the running store: its deadline is always one epoch ahead, and suspended stores reset theirs
when entered.
"""

from __future__ import annotations

import threading
import time
from typing import Final, Protocol

from services.toolrunner.domain import FailureKind
from services.toolrunner.worker.inbox import Inbox

TICK_S: Final = 0.005
IDLE_TICKS: Final = 200


class Interruptible(Protocol):
    """A guest that another thread can stop."""

    def interrupt(self, why: FailureKind) -> None:
        """Stop the running guest."""


class Watch:
    """Watches one guest at a time.

    Args:
        inbox: polled for cancels while a guest runs.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._lock = threading.Lock()
        self._running: tuple[int, float, Interruptible] | None = None
        self._asleep = False
        self._wake = threading.Event()
        self._stopped = False

    def __repr__(self) -> str:
        """Show what is watched."""
        return f"Watch(running={self._running!r}, asleep={self._asleep})"

    def begin(self, work_id: int, deadline: float, guest: Interruptible) -> None:
        """Watch ``guest``; ``deadline`` is on the monotonic clock."""
        self._running = (work_id, deadline, guest)
        if self._asleep:
            self._wake.set()

    def end(self) -> None:
        """Stop watching; no interrupt can come after this returns."""
        with self._lock:
            self._running = None

    def stop(self) -> None:
        """End ``run``."""
        self._stopped = True
        self._wake.set()

    def run(self) -> None:
        """Watch until ``stop``; raises InboxClosedError if the front closes while a guest runs."""
        idle = 0
        while not self._stopped:
            if self._running is None:
                idle += 1
            else:
                idle = 0
                self._look()
            if idle < IDLE_TICKS:
                time.sleep(TICK_S)
            else:
                self._sleep()
                idle = 0

    def _sleep(self) -> None:
        """Sleep until a guest runs, so that an idle worker uses no CPU."""
        self._wake.clear()
        self._asleep = True
        if self._running is None and not self._stopped:
            self._wake.wait()
        self._asleep = False

    def _look(self) -> None:
        self._inbox.poll()
        with self._lock:
            if self._running is None:
                return
            work_id, deadline, guest = self._running
            if self._inbox.is_cancelled(work_id):
                guest.interrupt(FailureKind.CANCELLED)
            elif time.monotonic() >= deadline:
                guest.interrupt(FailureKind.DEADLINE_EXCEEDED)
