"""Takes over the conversations of ``sessions.db``, the file of versions before runs were kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from services.executor.adapters.database.opening import BUSY_S

# The migration from each version to the next. A file's version is SQLite's user_version.
MIGRATIONS = (
    """
    CREATE TABLE IF NOT EXISTS runs (
        id INTEGER PRIMARY KEY, resource_id TEXT NOT NULL, session_id TEXT NOT NULL,
        bytes INTEGER NOT NULL, message_count INTEGER NOT NULL, messages TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE runs ADD COLUMN time_ns INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN title TEXT NOT NULL DEFAULT '';
    """,
    # Sessions of older files have no owner, which counts as one host.
    """
    CREATE TABLE sessions (
        resource_id TEXT NOT NULL, session_id TEXT NOT NULL, host TEXT NOT NULL,
        bytes INTEGER NOT NULL, last_id INTEGER NOT NULL, PRIMARY KEY (resource_id, session_id)
    ) WITHOUT ROWID;
    INSERT INTO sessions SELECT resource_id, session_id, '', SUM(bytes + 2048), MAX(id)
        FROM runs GROUP BY resource_id, session_id;
    CREATE TABLE hosts (host TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO hosts SELECT '', SUM(bytes) FROM sessions HAVING COUNT(*) > 0;
    INSERT INTO hosts SELECT '*', COALESCE(SUM(bytes), 0) FROM sessions;
    """,
    "ALTER TABLE runs ADD COLUMN agent TEXT NOT NULL DEFAULT '';",
    """
    CREATE TABLE notes (
        resource_id TEXT NOT NULL, session_id TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (resource_id, session_id)
    ) WITHOUT ROWID;
    """,
)
COPIES = (
    """
    INSERT INTO session_runs (
        id, resource_id, session_id, bytes, message_count, messages, time_ns, title, agent
    ) SELECT id, resource_id, session_id, bytes, message_count, CAST(messages AS BLOB), time_ns,
        title, agent FROM old.runs
    """,
    """
    INSERT INTO sessions (resource_id, session_id, host, bytes, last_id)
        SELECT resource_id, session_id, host, bytes, last_id FROM old.sessions
    """,
    "INSERT INTO hosts (host, bytes) SELECT host, bytes FROM old.hosts",
    """
    INSERT INTO notes (resource_id, session_id, text)
        SELECT resource_id, session_id, CAST(text AS BLOB) FROM old.notes
    """,
)


def take_over(old: Path, new: Path) -> None:
    """Copy an old file's conversations into a new file, which has its tables and nothing in them.

    The old file is brought to its last version before. Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(old, timeout=BUSY_S, isolation_level=None)) as database:
        _migrate(database)
    with closing(sqlite3.connect(new, timeout=BUSY_S, isolation_level=None)) as database:
        database.execute("ATTACH DATABASE ? AS old", (str(old),))
        database.execute("BEGIN IMMEDIATE")
        for statement in COPIES:
            database.execute(statement)
        database.execute("COMMIT")


def _migrate(database: sqlite3.Connection) -> None:
    """Migrate an old file, one version at a time, each in a transaction."""
    while True:
        database.execute("BEGIN IMMEDIATE")
        version: int = database.execute("PRAGMA user_version").fetchone()[0]
        if version >= len(MIGRATIONS):
            database.execute("ROLLBACK")
            return
        for statement in MIGRATIONS[version].split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {version + 1}")
        database.execute("COMMIT")
