"""The SQLite file of conversations: opens it and migrates old versions."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from pathlib import Path

BUSY_S = 10.0
SWITCH_WAIT_S = 0.02

# The migration from each version to the next. A file's version is SQLite's user_version.
MIGRATIONS = (
    """
    CREATE TABLE IF NOT EXISTS runs (
        id INTEGER PRIMARY KEY,
        resource_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        message_count INTEGER NOT NULL,
        messages TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS runs_by_session ON runs (resource_id, session_id, id);
    """,
    """
    ALTER TABLE runs ADD COLUMN time_ns INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN title TEXT NOT NULL DEFAULT '';
    """,
    # The size and owner of each session, so that eviction need not read all runs. Sessions of older
    # files have no owner, which counts as one host.
    """
    CREATE TABLE sessions (
        resource_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        host TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        last_id INTEGER NOT NULL,
        PRIMARY KEY (resource_id, session_id)
    ) WITHOUT ROWID;
    INSERT INTO sessions SELECT resource_id, session_id, '', SUM(bytes + 2048), MAX(id)
        FROM runs GROUP BY resource_id, session_id;
    CREATE INDEX sessions_by_host ON sessions (host, last_id);
    CREATE INDEX sessions_by_resource ON sessions (resource_id, host, last_id, bytes);
    CREATE TABLE hosts (host TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX hosts_by_bytes ON hosts (bytes);
    INSERT INTO hosts SELECT '', SUM(bytes) FROM sessions HAVING COUNT(*) > 0;
    INSERT INTO hosts SELECT '*', COALESCE(SUM(bytes), 0) FROM sessions;
    """,
    # The agent that spoke last in each run; empty in runs of older files.
    """
    ALTER TABLE runs ADD COLUMN agent TEXT NOT NULL DEFAULT '';
    """,
    # The notes of models: of a session, or of a resource, whose session has an empty id.
    """
    CREATE TABLE notes (
        resource_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (resource_id, session_id)
    ) WITHOUT ROWID;
    """,
)
LOG_BYTES = 16 * 1024 * 1024


def opened(place: Path | str) -> sqlite3.Connection:
    """Open a file, ready for use; raises sqlite3.OperationalError."""
    database = sqlite3.connect(place, timeout=BUSY_S, check_same_thread=False)
    try:
        _shrinkable(database)
        _write_ahead(database)
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: sqlite3.Connection) -> None:
    """Migrate the file, one version at a time, each in a transaction."""
    while True:
        database.execute("BEGIN IMMEDIATE")  # another process may be migrating too
        version: int = database.execute("PRAGMA user_version").fetchone()[0]
        if version >= len(MIGRATIONS):
            database.rollback()
            return
        try:
            for statement in MIGRATIONS[version].split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {version + 1}")
        except BaseException:
            database.rollback()
            raise
        database.commit()


def _shrinkable(database: sqlite3.Connection) -> None:
    """Allow free pages to be returned; an older file is rewritten once for it.

    While another process uses the file, this waits for the next start: free pages are reused.
    """
    if database.execute("PRAGMA auto_vacuum").fetchone()[0] == 0:
        database.execute("PRAGMA auto_vacuum=INCREMENTAL")
        with suppress(sqlite3.OperationalError):
            database.execute("VACUUM")


def _write_ahead(database: sqlite3.Connection) -> None:
    """Switch to a write-ahead log.

    SQLite does not wait by itself if another connection makes the same switch.
    """
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(SWITCH_WAIT_S)
        else:
            return
