"""Opens the database of runs and sessions: a file, one in memory, or a PostgreSQL."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from services.executor.adapters.database.agents import DatabaseAgents
from services.executor.adapters.database.audit import DatabaseAudit
from services.executor.adapters.database.file_lock import LOCK, FileLock
from services.executor.adapters.database.hints import Hints, NotifyHints
from services.executor.adapters.database.journal import DatabaseJournal
from services.executor.adapters.database.keys import DatabaseKeys
from services.executor.adapters.database.lanes import Lanes
from services.executor.adapters.database.old_sessions import take_over
from services.executor.adapters.database.opening import PostgresServer, SqliteFile
from services.executor.adapters.database.owners import forget_all
from services.executor.adapters.database.schema import HEAD, revision_of, upgrade
from services.executor.adapters.database.session_room import StoreBounds
from services.executor.adapters.database.sessions import DatabaseSessions, LoadBounds, append_to
from services.executor.adapters.database.trouble import (
    DRIVERS,
    connection_error,
    database_error,
)
from services.executor.errors import SetupError
from services.executor.runs.sealed_sessions import PlainTexts, TextSealing

logger = logging.getLogger(__name__)

FILE: Final = "caisson.db"
OLD_FILE: Final = "sessions.db"
READERS: Final = 2
TRIES: Final = 3


@dataclass(frozen=True)
class State:
    """Which revision a database has, empty for none yet, and the newest one."""

    current: str
    head: str = HEAD


class Database:
    """An open database; ``close`` closes both of its parts.

    Args:
        opens: opens its connections.
        bounds: how much of a conversation is loaded.
        room: how much is stored of conversations.
        lock: held while this is open.
        sealing: of conversations.
    """

    def __init__(
        self,
        opens: SqliteFile | PostgresServer,
        bounds: LoadBounds,
        room: StoreBounds,
        lock: FileLock | None = None,
        sealing: TextSealing | None = None,
    ) -> None:
        is_server = isinstance(opens, PostgresServer)
        self._opens = opens
        self._lock = lock
        readers = READERS if is_server or lock is not None else 0
        lanes = Lanes(opens, beside=is_server, readers=readers)
        hints = NotifyHints(opens) if isinstance(opens, PostgresServer) else Hints()
        texts = sealing or PlainTexts()
        self.journal = DatabaseJournal(lanes, hints, partial(append_to, room=room, sealing=texts))
        self.agents = DatabaseAgents(lanes)
        self.keys = DatabaseKeys(lanes)
        self.audit = DatabaseAudit(lanes)
        self.sessions = DatabaseSessions(lanes, bounds, room, texts)

    def __repr__(self) -> str:
        return f"Database({self._opens!r})"

    async def close(self) -> None:
        """Close everything; idempotent."""
        await self.journal.close()
        if self._lock is not None:
            self._lock.release()


def open_database(
    place: Path | str | None,
    bounds: LoadBounds | None = None,
    room: StoreBounds | None = None,
    sealing: TextSealing | None = None,
) -> Database:
    """Open the database, with this version's tables.

    Args:
        place: the state directory, the URL of a PostgreSQL, or None for one in memory.
        bounds: how much of a conversation is loaded.
        room: how much is stored of conversations.
        sealing: encrypts conversations; they are stored as they are without. What else is recorded
            of runs is sealed by ``SealedJournal``, around the journal.

    Raises:
        SetupError: another process uses the directory, or the database is of a newer version.
        DatabaseError: it cannot be reached or used.
    """
    bounds, room = bounds or LoadBounds(), room or StoreBounds()
    if isinstance(place, str):
        server = PostgresServer(place)
        _upgrade(server)
        return Database(server, bounds, room, sealing=sealing)
    if place is None:
        return Database(SqliteFile(None), bounds, room, sealing=sealing)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The state directory cannot be made: {error.strerror}. Set "
            "CAISSON_EXECUTOR_STATE_DIR to another."
        ) from None
    lock = FileLock(place / LOCK)
    try:
        opens = SqliteFile(place / FILE)
        if (place / OLD_FILE).exists():
            _take_over(place)
        _upgrade(opens)
    except BaseException:
        lock.release()
        raise
    return Database(opens, bounds, room, lock, sealing)


def migrate(url: str) -> State:
    """Bring a PostgreSQL to this version's tables; return its revision before.

    Raises what ``open_database`` raises.
    """
    server = PostgresServer(url)
    before = _state(server)
    _upgrade(server)
    return before


def state(url: str) -> State:
    """Return which revision a PostgreSQL has; raises SetupError and DatabaseError."""
    return _state(PostgresServer(url))


def _state(opens: PostgresServer) -> State:
    try:
        with opens.connect(writes=False) as connection:
            return State(revision_of(connection))
    except DRIVERS as error:
        raise connection_error(error, opens.place) from error


def _upgrade(opens: SqliteFile | PostgresServer) -> None:
    """Bring a database to this version's tables, if it has others."""
    for left in reversed(range(TRIES)):
        try:
            with opens.connect(writes=True) as connection, connection.begin():
                if revision_of(connection) != HEAD:
                    upgrade(connection)
                if isinstance(opens, SqliteFile):
                    forget_all(connection)
            return
        except DRIVERS as error:
            if not left:  # another executor may have done the same meanwhile
                raise connection_error(error, opens.place) from error


def _take_over(place: Path) -> None:
    """Make the file with the conversations of an older version's, which is renamed then."""
    old, new = place / OLD_FILE, place / FILE
    if new.exists():
        logger.warning(
            "%s is not taken over: there is a newer %s already; it is renamed", OLD_FILE, FILE
        )
    else:
        made = place / f"{FILE}.new"
        for name in (made, *_beside(made)):
            name.unlink(missing_ok=True)
        _upgrade(SqliteFile(made))
        try:
            take_over(old, made)
        except sqlite3.Error as error:
            raise database_error(error) from error
        made.rename(new)
    for name in (old, *_beside(old)):
        with suppress(FileNotFoundError):
            name.rename(_free(name))
    _sync(place)


def _beside(path: Path) -> tuple[Path, Path]:
    """Return the files of SQLite's beside a file."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _free(path: Path) -> Path:
    """Return the first name for an old file that is free."""
    name, number = path.with_name(f"{path.name}.old"), 1
    while name.exists():
        number += 1
        name = path.with_name(f"{path.name}.old{number}")
    return name


def _sync(folder: Path) -> None:
    """Let renames reach the disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
