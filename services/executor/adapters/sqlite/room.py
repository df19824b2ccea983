"""Storage limits for conversations in SQLite: per run, session, resource, and in total.

What does not fit is refused, or evicts others: the longest idle sessions are deleted whole, from
the host that stores most, so that a flood from one host costs others nothing. Rows count by their
text plus ``RUN_BYTES``.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from services.executor.conversation import SessionKey
from services.executor.errors import LimitError

logger = logging.getLogger(__name__)

KIB = 1024
MIB = 1024 * KIB
RUN_BYTES = 2 * KIB
"""The overhead of a row besides its text: ids, title, indexes, and unused page space."""
ALL = "*"
"""The row of the hosts table that sums all hosts."""
SPARE_PAGES = 1024
VACUUMED_PAGES = 4096


@dataclass(frozen=True)
class StoreBounds:
    """How much is stored: bytes per run, session, resource and in total; sessions per resource."""

    run_bytes: int = 32 * MIB
    session_bytes: int = 64 * MIB
    resource_bytes: int = 128 * MIB
    resource_sessions: int = 10_000
    store_bytes: int = 1024 * MIB


@dataclass(frozen=True)
class KeptRun:
    """The messages of one run as stored: their number, JSON text, and the agent that spoke last."""

    text: str
    messages: int
    time_ns: int
    title: str
    agent: str = ""

    @property
    def size(self) -> int:
        """Its size for the limits, in bytes."""
        return len(self.text.encode()) + len(self.agent) + RUN_BYTES


def check_room(database: sqlite3.Connection, key: SessionKey, bounds: StoreBounds) -> None:
    """Raise LimitError if a session is full."""
    if _held(database, key) + RUN_BYTES >= bounds.session_bytes:
        raise _full(bounds)


def keep(
    database: sqlite3.Connection, key: SessionKey, run: KeptRun, host: str, bounds: StoreBounds
) -> None:
    """Store a run in its session, and make room for it.

    Args:
        database: not within a transaction.
        key: the session.
        run: its messages.
        host: the owner of a session that starts with this run.
        bounds: the storage limits.

    Raises:
        LimitError: the run or its session is too large; nothing of it is stored.
    """
    if run.size > bounds.run_bytes:
        raise LimitError(
            f"This run takes {run.size:,} bytes of storage; the limit is {bounds.run_bytes:,}. "
            "Send less, make tools return less, or raise "
            "CAISSON_EXECUTOR_SESSION_RUN_BYTES."
        )
    with database:
        database.execute("BEGIN IMMEDIATE")
        if _held(database, key) + run.size > bounds.session_bytes:
            raise _full(bounds)
        _insert(database, key, run, host)
        _make_room(database, key, bounds)
    shrink(database)


def drop(database: sqlite3.Connection, key: SessionKey) -> bool:
    """Delete a session, within a transaction; return whether it existed."""
    found = database.execute(
        "SELECT host, bytes FROM sessions WHERE resource_id = ? AND session_id = ?", _values(key)
    ).fetchone()
    if found is None:
        return False
    for table in ("runs", "sessions", "notes"):
        rows = f"FROM {table} WHERE resource_id = ? AND session_id = ?"
        database.execute(f"DELETE {rows}", _values(key))
    _count(database, found[0], -found[1])
    _drop_notes_of_resource(database, key.resource_id)
    return True


def _drop_notes_of_resource(database: sqlite3.Connection, resource_id: str) -> None:
    """Delete the notes of a resource that has no session any more."""
    (first,) = database.execute(
        "SELECT MAX(session_id) FROM sessions WHERE resource_id = ?", (resource_id,)
    ).fetchone()
    if first == "":
        drop(database, SessionKey(resource_id, ""))


def revise(
    database: sqlite3.Connection,
    owner: SessionKey,
    revised: Callable[[str], str | None],
    host: str,
    bounds: StoreBounds,
) -> None:
    """Replace notes; see ``NotesStore.revise_notes``, whose ``host`` is the client's."""
    with database:
        database.execute("BEGIN IMMEDIATE")
        old = notes_of(database, owner)
        new = revised(old)
        if new is None:
            return
        change = _notes_size(new) - _notes_size(old)
        if _held(database, owner) + change > bounds.session_bytes:
            raise _full(bounds)
        database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (*_values(owner), new))
        (latest,) = database.execute("SELECT COALESCE(MAX(id), 0) FROM runs").fetchone()
        _grow(database, owner, change, latest, host)
        _make_room(database, owner, bounds)


def notes_of(database: sqlite3.Connection, owner: SessionKey) -> str:
    """Return notes, empty when there are none."""
    found = database.execute(
        "SELECT text FROM notes WHERE resource_id = ? AND session_id = ?", _values(owner)
    ).fetchone()
    return str(found[0]) if found is not None else ""


def _notes_size(text: str) -> int:
    return len(text.encode()) + RUN_BYTES if text else 0


def shrink(database: sqlite3.Connection) -> None:
    """Return pages to the file system when many are free; the others are reused."""
    free = database.execute("PRAGMA freelist_count").fetchone()[0]
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    if free > max(SPARE_PAGES, pages // 8):
        # A plain `execute` frees only one page.
        database.executescript(f"PRAGMA incremental_vacuum({VACUUMED_PAGES})")


def _values(key: SessionKey) -> tuple[str, str]:
    return (key.resource_id, key.session_id)


def _full(bounds: StoreBounds) -> LimitError:
    return LimitError(
        f"This session is full: the limit is {bounds.session_bytes:,} bytes. Start a new one "
        "with another `session_id`, delete this one, or raise CAISSON_EXECUTOR_SESSION_BYTES."
    )


def _held(database: sqlite3.Connection, key: SessionKey) -> int:
    found = database.execute(
        "SELECT bytes FROM sessions WHERE resource_id = ? AND session_id = ?", _values(key)
    ).fetchone()
    return int(found[0]) if found is not None else 0


def _insert(database: sqlite3.Connection, key: SessionKey, run: KeptRun, host: str) -> None:
    added = database.execute(
        "INSERT INTO runs "
        "(resource_id, session_id, bytes, message_count, messages, time_ns, title, agent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*_values(key), len(run.text), run.messages, run.text, run.time_ns, run.title, run.agent),
    )
    # The notes of its resource are as much in use as its latest session.
    database.execute(
        "UPDATE sessions SET last_id = ? WHERE resource_id = ? AND session_id = ''",
        (added.lastrowid, key.resource_id),
    )
    _grow(database, key, run.size, added.lastrowid or 0, host)


def _grow(
    database: sqlite3.Connection, key: SessionKey, size: int, last_id: int, host: str
) -> None:
    """Let a session hold more bytes; ``host`` owns one that was not there."""
    (owner,) = database.execute(
        "INSERT INTO sessions (resource_id, session_id, host, bytes, last_id) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (resource_id, session_id) "
        "DO UPDATE SET bytes = bytes + excluded.bytes, last_id = excluded.last_id RETURNING host",
        (*_values(key), host, size, last_id),
    ).fetchone()
    _count(database, owner, size)


def _count(database: sqlite3.Connection, host: str, change: int) -> None:
    for name in (host, ALL):
        database.execute(
            "INSERT INTO hosts (host, bytes) VALUES (?, ?) "
            "ON CONFLICT (host) DO UPDATE SET bytes = bytes + excluded.bytes",
            (name, change),
        )
    database.execute("DELETE FROM hosts WHERE host = ? AND bytes <= 0", (host,))


def _make_room(database: sqlite3.Connection, key: SessionKey, bounds: StoreBounds) -> None:
    """Delete sessions other than that of ``key`` until all limits hold."""
    while True:
        held, sessions = database.execute(
            "SELECT SUM(bytes), COUNT(*) FROM sessions WHERE resource_id = ?", (key.resource_id,)
        ).fetchone()
        if held <= bounds.resource_bytes and sessions <= bounds.resource_sessions:
            break
        if not _drop_of_resource(database, key, by_count=held <= bounds.resource_bytes):
            break
    while True:
        (held,) = database.execute("SELECT bytes FROM hosts WHERE host = ?", (ALL,)).fetchone()
        if held <= bounds.store_bytes or not _drop_of_all(database, key):
            break


def _drop_of_resource(database: sqlite3.Connection, key: SessionKey, *, by_count: bool) -> bool:
    """Delete the longest idle session of the host that stores most in a resource."""
    by_host = "SELECT host FROM sessions WHERE resource_id = ? GROUP BY host"
    most = " ORDER BY COUNT(*) DESC LIMIT 2" if by_count else " ORDER BY SUM(bytes) DESC LIMIT 2"
    hosts = database.execute(by_host + most, (key.resource_id,)).fetchall()
    oldest = (
        "SELECT resource_id, session_id FROM sessions WHERE host = ? AND resource_id = ? "
        "AND session_id != ? ORDER BY last_id LIMIT 1"
    )
    return _drop_first(database, oldest, [(host, *_values(key)) for (host,) in hosts])


def _drop_of_all(database: sqlite3.Connection, key: SessionKey) -> bool:
    """Delete the longest idle session of the host that stores most."""
    hosts = database.execute(
        "SELECT host FROM hosts WHERE host != ? ORDER BY bytes DESC LIMIT 2", (ALL,)
    ).fetchall()
    oldest = (
        "SELECT resource_id, session_id FROM sessions WHERE host = ? "
        "AND (resource_id != ? OR session_id != ?) ORDER BY last_id LIMIT 1"
    )
    return _drop_first(database, oldest, [(host, *_values(key)) for (host,) in hosts])


def _drop_first(
    database: sqlite3.Connection, oldest: str, asked: list[tuple[str, str, str]]
) -> bool:
    """Delete the first session that a query finds; return whether there was one."""
    for values in asked:
        found = database.execute(oldest, values).fetchone()
        if found is not None:
            logger.info("a session was evicted to make room for another")
            return drop(database, SessionKey(*found))
    return False
