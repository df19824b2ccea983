"""Tells who watches that runs have changed: at once in this process, by NOTIFY in others.

Hints may be lost: whoever needs to know asks the database now and then, too.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import psycopg

from services.executor.adapters.database.opening import PostgresServer
from services.executor.adapters.database.trouble import DRIVERS

logger = logging.getLogger(__name__)

CHANNEL: Final = "caisson_runs"
GATHER_S: Final = 0.01
PAYLOAD_BYTES: Final = 7000  # PostgreSQL allows 8,000
FIRST_WAIT_S: Final = 0.5
MOST_WAIT_S: Final = 15.0
LISTEN_S: Final = 5.0
Changed = Callable[[str], None]


class Hints:
    """Who watches in this process; ``tell`` may be called by any thread."""

    def __init__(self) -> None:
        self._watchers: dict[object, tuple[asyncio.AbstractEventLoop, Changed]] = {}

    def __repr__(self) -> str:
        return f"Hints({len(self._watchers)} watchers)"

    def watch(self, changed: Changed) -> Callable[[], None]:
        """Call ``changed`` in this event loop; see ``Journal.watch``."""
        key = object()
        self._watchers[key] = (asyncio.get_running_loop(), changed)

        def end() -> None:
            self._watchers.pop(key, None)

        return end

    def tell(self, run_ids: Iterable[str]) -> None:
        """Tell that runs have changed."""
        ids = tuple(run_ids)
        for key, (loop, _) in tuple(self._watchers.items()):
            if ids and not loop.is_closed():
                loop.call_soon_threadsafe(self._call, key, ids)

    def close(self) -> None:
        """Tell nobody any more; idempotent."""
        self._watchers.clear()

    def _call(self, key: object, run_ids: tuple[str, ...]) -> None:
        for run_id in run_ids:
            watcher = self._watchers.get(key)
            if watcher is not None:
                watcher[1](run_id)


class NotifyHints(Hints):
    """Hints between the executors of one PostgreSQL, on connections of their own.

    NOTIFY is sent after the commit and not within it, where it would lock out all other commits.
    What does not know it, or cannot be reached, is asked again ever more seldom.
    """

    def __init__(self, server: PostgresServer) -> None:
        super().__init__()
        self._url = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._closing = threading.Event()
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._threads: list[threading.Thread] = []

    def watch(self, changed: Changed) -> Callable[[], None]:
        """Call ``changed`` in this event loop; see ``Journal.watch``."""
        end = super().watch(changed)
        self._start(self._listen)
        return end

    def tell(self, run_ids: Iterable[str]) -> None:
        """Tell that runs have changed, here and elsewhere."""
        ids = tuple(run_ids)
        super().tell(ids)
        with self._lock:
            self._changed.update(ids)
        self._start(self._notify)
        self._ready.set()

    def close(self) -> None:
        """Tell nobody any more; idempotent. Threads end within seconds."""
        super().close()
        self._closing.set()
        self._ready.set()

    def _start(self, work: Callable[[], None]) -> None:
        with self._lock:
            name = f"database{work.__name__}"
            if not self._closing.is_set() and all(each.name != name for each in self._threads):
                made = threading.Thread(target=self._again, args=(work,), name=name, daemon=True)
                self._threads.append(made)
                made.start()

    def _again(self, work: Callable[[], None]) -> None:
        """Do ``work``, which ends only by errors and when this is closed."""
        wait_s = FIRST_WAIT_S
        while not self._closing.is_set():
            begun = time.monotonic()
            try:
                work()
            except DRIVERS as error:
                logger.info("no hints by the database: %s", type(error).__name__)
            with self._lock:
                self._changed.clear()  # there are polls, too
            if time.monotonic() - begun > MOST_WAIT_S:
                wait_s = FIRST_WAIT_S
            self._closing.wait(wait_s)
            wait_s = min(MOST_WAIT_S, 2 * wait_s)

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, autocommit=True, connect_timeout=5)

    def _listen(self) -> None:
        with self._connected() as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            own = str(id(self))
            while not self._closing.is_set():
                for notice in connection.notifies(timeout=LISTEN_S, stop_after=1):
                    sender, _, run_ids = notice.payload.partition(" ")
                    if sender != own:
                        super().tell(run_ids.split())

    def _notify(self) -> None:
        with self._connected() as connection:
            while True:
                self._ready.wait()
                self._ready.clear()
                if self._closing.is_set():
                    return
                time.sleep(GATHER_S)
                with self._lock:
                    ids, self._changed = self._changed, set()
                for payload in _payloads(ids):
                    connection.execute(
                        "SELECT pg_notify(%s, %s)", (CHANNEL, f"{id(self)} {payload}")
                    )


def _payloads(run_ids: Iterable[str]) -> Iterable[str]:
    part: list[str] = []
    size = 0
    for run_id in run_ids:
        if size + len(run_id) + 1 > PAYLOAD_BYTES:
            yield " ".join(part)
            part, size = [], 0
        part.append(run_id)
        size += len(run_id) + 1
    if part:
        yield " ".join(part)
