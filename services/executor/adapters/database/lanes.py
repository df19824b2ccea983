"""Lanes: threads with a connection each, in which all SQL is executed, in transactions."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from services.executor.adapters.database.trouble import (
    DRIVERS,
    Trouble,
    database_error,
    is_conflict,
    trouble_of,
)
from services.executor.run_errors import DatabaseError

T = TypeVar("T")

logger = logging.getLogger(__name__)

TRIES: Final = 4
AGAIN_S: Final = 5.0
FIRST_WAIT_S: Final = 0.05
MOST_WAIT_S: Final = 2.0
SILENCE_S: Final = 20.0
"""How long a transaction may take; a server that is frozen answers never."""


class Connecting(Protocol):
    """Opens connections."""

    def connect(self, *, writes: bool) -> Connection:
        """Return a connection outside of a transaction; raises the driver's errors."""
        ...

    def tidy(self, connection: Connection) -> None:
        """Give room back to the disk, outside of a transaction; raises the driver's errors."""
        ...

    def cut(self, connection: Connection) -> None:
        """Let what waits for an answer on a connection fail; called by another thread."""
        ...


class Lane:
    """One thread with one connection, opened on first use and again once it is lost.

    While the database cannot be reached, what is asked for fails at once, until a wait is over that
    doubles with each failure.
    """

    def __init__(self, opens: Connecting, name: str, *, writes: bool) -> None:
        self._opens = opens
        self._writes = writes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connection: Connection | None = None
        self._wait_s = 0.0
        self._not_before = 0.0
        self._closed = False
        self._begun = 0.0  # when the transaction began that is under way; 0 for none
        self._guard = threading.Lock()  # of the connection, against being closed while it is cut

    def __repr__(self) -> str:
        return f"Lane(writes={self._writes}, open={self._connection is not None})"

    async def run(self, work: Callable[[Connection], T], *, tidy: bool = False) -> T:
        """Do ``work`` in a transaction; what was begun goes on when the caller is cancelled.

        ``work`` may be done again from the start, in another transaction: where others have
        written the same, or the connection was lost before the commit. ``tidy`` then gives room
        back to the disk.

        Raises:
            DatabaseError: the database refuses, or cannot be reached.
        """
        if self._closed:
            raise DatabaseError("The database of runs and sessions has been closed.")
        loop = asyncio.get_running_loop()
        found = loop.run_in_executor(self._thread, self._do, work)
        self._watch(loop, found)
        if tidy:
            loop.run_in_executor(self._thread, self._tidy)
        return await asyncio.shield(found)

    def _do(self, work: Callable[[Connection], T]) -> T:
        tries, until = TRIES, time.monotonic() + AGAIN_S
        while True:
            tries -= 1
            committing = False
            self._begun = time.monotonic()
            try:
                connection = self._connected()
                try:
                    connection.begin()
                    found = work(connection)
                    committing = True
                    connection.commit()
                except BaseException:
                    self._roll_back()
                    raise
            except DRIVERS as error:
                trouble = trouble_of(error)
                if trouble is Trouble.LOST:
                    self._drop()
                again = trouble is Trouble.AGAIN or is_conflict(error)
                again = again and time.monotonic() < until
                if tries and (again or (trouble is Trouble.LOST and not committing)):
                    if trouble is Trouble.LOST:
                        tries = 0  # once, on a new connection
                    continue
                raise database_error(error) from error
            else:
                return found
            finally:
                self._begun = 0.0

    def _watch(self, loop: asyncio.AbstractEventLoop, found: asyncio.Future[T]) -> None:
        """Give up transactions that take too long, until ``found`` is done behind them."""

        def check() -> None:
            with self._guard:
                silent = self._begun and time.monotonic() - self._begun >= SILENCE_S
                if silent and self._connection is not None:
                    self._opens.cut(self._connection)
            if not found.done():
                self._watch(loop, found)

        timer = loop.call_later(SILENCE_S, check)
        found.add_done_callback(lambda _: timer.cancel())

    async def close(self) -> None:
        """Close the connection once everything is done; idempotent."""
        if not self._closed:
            self._closed = True
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(self._thread, self._drop))
            self._thread.shutdown(wait=False)

    def _connected(self) -> Connection:
        if self._connection is not None:
            return self._connection
        if time.monotonic() < self._not_before:
            raise DatabaseError(f"The database of runs and sessions {Trouble.LOST.value}.")
        try:
            self._connection = self._opens.connect(writes=self._writes)
        except DRIVERS:
            self._wait_s = min(MOST_WAIT_S, 2 * self._wait_s or FIRST_WAIT_S)
            self._not_before = time.monotonic() + self._wait_s
            raise
        self._wait_s = 0.0
        return self._connection

    def _tidy(self) -> None:
        if self._connection is not None:
            try:
                self._opens.tidy(self._connection)
            except DRIVERS as error:
                logger.info("giving room back: %s", type(error).__name__)
                self._roll_back()

    def _roll_back(self) -> None:
        if self._connection is not None:
            try:
                self._connection.rollback()
            except (*DRIVERS, SQLAlchemyError):
                self._drop()

    def _drop(self) -> None:
        with self._guard:
            connection, self._connection = self._connection, None
            if connection is not None:
                try:
                    connection.close()
                except (*DRIVERS, SQLAlchemyError) as error:
                    logger.info("closing a connection: %s", type(error).__name__)


class Lanes:
    """The lanes of one database.

    ``writer`` is for runs, ``beside`` for what may take long, ``heart`` for beats and claims, which
    must not wait for either; the others read.

    Args:
        opens: opens their connections.
        beside: whether there may be another writer than the first.
        readers: the number of readers; 0: the writer reads.
    """

    def __init__(self, opens: Connecting, *, beside: bool, readers: int) -> None:
        self.writer = Lane(opens, "database", writes=True)
        self.beside = Lane(opens, "database-beside", writes=True) if beside else self.writer
        self.heart = Lane(opens, "database-heart", writes=True) if beside else self.writer
        self._readers = [
            Lane(opens, f"database-reader-{number}", writes=False) for number in range(readers)
        ] or [self.writer]
        self._turn = 0

    def __repr__(self) -> str:
        return f"Lanes(readers={len(self._readers)})"

    @property
    def reader(self) -> Lane:
        """A lane that only reads: each in turn."""
        self._turn = (self._turn + 1) % len(self._readers)
        return self._readers[self._turn]

    async def close(self) -> None:
        """Close all of them; idempotent."""
        for lane in (*self._readers, self.beside, self.writer, self.heart):
            await lane.close()
