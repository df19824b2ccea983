"""Storage limits for conversations: per run, session, resource, and in total.

What does not fit is refused, or evicts others: the longest idle sessions are deleted whole, from
the host that stores most, so that a flood from one host costs others nothing. Rows count by their
text plus ``RUN_BYTES``. Every change begins with ``hold``: they come one after the other, from all
executors.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, TextClause, text

from services.executor.conversation import SessionKey
from services.executor.errors import LimitError
from services.executor.runs.sealed_sessions import TextSealing

logger = logging.getLogger(__name__)

KIB = 1024
MIB = 1024 * KIB
RUN_BYTES = 2 * KIB
"""The overhead of a row besides its text: ids, title, indexes, and unused page space."""
KIND = "notes"
ALL = "*"
"""The row of the hosts table that sums all hosts."""

HOLD = text(
    "INSERT INTO hosts (host, bytes) VALUES (:host, :change) "
    "ON CONFLICT (host) DO UPDATE SET bytes = hosts.bytes + excluded.bytes"
)
FORGET_HOST = text("DELETE FROM hosts WHERE host = :host AND bytes <= 0")
HELD = text(
    "SELECT host, bytes FROM sessions "
    "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session"
)
FIRST_OF_RESOURCE = text(
    "SELECT MAX(session_id) FROM sessions "
    "WHERE organisation = :organisation AND resource_id = :resource"
)
NOTES = text(
    "SELECT text FROM notes "
    "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session"
)
KEEP_NOTES = text(
    "INSERT INTO notes (organisation, resource_id, session_id, text) "
    "VALUES (:organisation, :resource, :session, :text) "
    "ON CONFLICT (organisation, resource_id, session_id) DO UPDATE SET text = excluded.text"
)
LATEST = text("SELECT COALESCE(MAX(id), 0) FROM session_runs")
INSERT = text(
    "INSERT INTO session_runs "
    "(organisation, resource_id, session_id, bytes, message_count, messages, time_ns, title, agent)"
    " VALUES (:organisation, :resource, :session, :bytes, :count, :messages, :time_ns, :title, "
    ":agent) "
    "RETURNING id"
)
TOUCH = text(
    "UPDATE sessions SET last_id = :last "
    "WHERE organisation = :organisation AND resource_id = :resource AND session_id = ''"
)
GROW = text(
    "INSERT INTO sessions (organisation, resource_id, session_id, host, bytes, last_id) "
    "VALUES (:organisation, :resource, :session, :host, :size, :last) "
    "ON CONFLICT (organisation, resource_id, session_id) DO UPDATE "
    "SET bytes = sessions.bytes + excluded.bytes, last_id = excluded.last_id RETURNING host"
)
IN_RESOURCE = text(
    "SELECT COALESCE(SUM(bytes), 0), COUNT(*) FROM sessions "
    "WHERE organisation = :organisation AND resource_id = :resource"
)
IN_ALL = text("SELECT bytes FROM hosts WHERE host = :host")
HOSTS_BY_COUNT = text(
    "SELECT host FROM sessions "
    "WHERE organisation = :organisation AND resource_id = :resource "
    "GROUP BY host ORDER BY COUNT(*) DESC LIMIT 2"
)
HOSTS_BY_BYTES = text(
    "SELECT host FROM sessions "
    "WHERE organisation = :organisation AND resource_id = :resource "
    "GROUP BY host ORDER BY SUM(bytes) DESC LIMIT 2"
)
OLDEST_OF_RESOURCE = text(
    "SELECT resource_id, session_id, organisation FROM sessions "
    "WHERE organisation = :organisation AND resource_id = :resource "
    "AND host = :host AND session_id <> :session ORDER BY last_id LIMIT 1"
)
HOSTS = text("SELECT host, bytes FROM hosts WHERE host <> :host ORDER BY bytes DESC LIMIT 2")
COUNT_HOSTS = text("SELECT COUNT(*) FROM hosts WHERE host <> :host")
OLDEST = text(
    "SELECT resource_id, session_id, organisation FROM sessions WHERE host = :host AND "
    "(organisation <> :organisation OR resource_id <> :resource OR session_id <> :session) "
    "ORDER BY last_id LIMIT 1"
)
DROPS = (
    text(
        "DELETE FROM session_runs "
        "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session"
    ),
    text(
        "DELETE FROM sessions "
        "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session"
    ),
    text(
        "DELETE FROM notes "
        "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session"
    ),
)


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


def check_room(connection: Connection, key: SessionKey, bounds: StoreBounds) -> None:
    """Raise LimitError if a session is full."""
    if _held(connection, key) + RUN_BYTES >= bounds.session_bytes:
        raise _full(bounds)


def keep(
    connection: Connection, key: SessionKey, run: KeptRun, host: str, bounds: StoreBounds
) -> None:
    """Store a run in its session, and make room for it.

    Args:
        connection: within a transaction.
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
    hold(connection)
    if _held(connection, key) + run.size > bounds.session_bytes:
        raise _full(bounds)
    values = {
        **of_session(key),
        "bytes": len(run.text),
        "count": run.messages,
        "messages": run.text.encode(),
        "time_ns": run.time_ns,
        "title": run.title,
        "agent": run.agent,
    }
    last = connection.execute(INSERT, values).scalar_one()
    # The notes of its resource are as much in use as its latest session.
    connection.execute(TOUCH, {**of_resource(key), "last": last})
    _grow(connection, key, run.size, last, host)
    _make_room(connection, key, bounds)


def hold(connection: Connection) -> None:
    """Let no other transaction change conversations until this one has ended."""
    connection.execute(HOLD, {"host": ALL, "change": 0})


def drop(connection: Connection, key: SessionKey) -> bool:
    """Delete a session, while it is held; return whether it existed."""
    found = connection.execute(HELD, of_session(key)).first()
    if found is None:
        return False
    for statement in DROPS:
        connection.execute(statement, of_session(key))
    _count(connection, found.host, -found.bytes)
    # The notes of a resource that has no session any more.
    first = connection.execute(FIRST_OF_RESOURCE, of_resource(key)).scalar()
    if first == "":
        drop(connection, replace(key, session_id=""))
    return True


def revise(
    connection: Connection,
    owner: SessionKey,
    revised: Callable[[str], str | None],
    host: str,
    bounds: StoreBounds,
    sealing: TextSealing,
) -> None:
    """Replace notes; see ``NotesStore.revise_notes``, whose ``host`` is the client's."""
    hold(connection)
    old = _stored_notes(connection, owner)
    new = revised(sealing.opened(owner, KIND, old))
    if new is None:
        return
    new = sealing.seal(owner, KIND, new)
    change = _notes_size(new) - _notes_size(old)
    if _held(connection, owner) + change > bounds.session_bytes:
        raise _full(bounds)
    connection.execute(KEEP_NOTES, {**of_session(owner), "text": new.encode()})
    latest = connection.execute(LATEST).scalar_one()
    _grow(connection, owner, change, latest, host)
    _make_room(connection, owner, bounds)


def notes_of(connection: Connection, owner: SessionKey, sealing: TextSealing) -> str:
    """Return notes, empty when there are none."""
    return sealing.opened(owner, KIND, _stored_notes(connection, owner))


def _stored_notes(connection: Connection, owner: SessionKey) -> str:
    found = connection.execute(NOTES, of_session(owner)).scalar()
    return bytes(found).decode() if found is not None else ""


def of_session(key: SessionKey) -> dict[str, Any]:
    """Return the values of a session in a statement."""
    return {**of_resource(key), "session": key.session_id}


def of_resource(key: SessionKey) -> dict[str, Any]:
    """Return the values of a session's resource in a statement."""
    return {"organisation": key.organisation, "resource": key.resource_id}


def _notes_size(notes: str) -> int:
    return len(notes.encode()) + RUN_BYTES if notes else 0


def _full(bounds: StoreBounds) -> LimitError:
    return LimitError(
        f"This session is full: the limit is {bounds.session_bytes:,} bytes. Start a new one "
        "with another `session_id`, delete this one, or raise CAISSON_EXECUTOR_SESSION_BYTES."
    )


def _held(connection: Connection, key: SessionKey) -> int:
    found = connection.execute(HELD, of_session(key)).first()
    return found.bytes if found is not None else 0


def _grow(connection: Connection, key: SessionKey, size: int, last: int, host: str) -> None:
    """Let a session hold more bytes; ``host`` owns one that was not there."""
    values = {**of_session(key), "host": host, "size": size, "last": last}
    _count(connection, connection.execute(GROW, values).scalar_one(), size)


def _count(connection: Connection, host: str, change: int) -> None:
    for name in (host, ALL):
        connection.execute(HOLD, {"host": name, "change": change})
    connection.execute(FORGET_HOST, {"host": host})


def _make_room(connection: Connection, key: SessionKey, bounds: StoreBounds) -> None:
    """Delete sessions other than that of ``key`` until all limits hold."""
    while True:
        held, sessions = connection.execute(IN_RESOURCE, of_resource(key)).one()
        if held <= bounds.resource_bytes and sessions <= bounds.resource_sessions:
            break
        if not _drop_of_resource(connection, key, by_count=held <= bounds.resource_bytes):
            break
    while True:
        held = connection.execute(IN_ALL, {"host": ALL}).scalar_one()
        if held <= bounds.store_bytes or not _drop_of_all(connection, key, bounds):
            break


def _drop_of_resource(connection: Connection, key: SessionKey, *, by_count: bool) -> bool:
    """Delete the longest idle session of the host that stores most in a resource."""
    most = HOSTS_BY_COUNT if by_count else HOSTS_BY_BYTES
    hosts = connection.execute(most, of_resource(key)).scalars().all()
    return _drop_first(connection, OLDEST_OF_RESOURCE, key, hosts)


def _drop_of_all(connection: Connection, key: SessionKey, bounds: StoreBounds) -> bool:
    """Delete the longest idle session of the host that stores most.

    If that has but the session of ``key``, the next one loses what it has over its share.

    Raises:
        LimitError: nobody else has more than its share.
    """
    hosts = connection.execute(HOSTS, {"host": ALL}).all()
    if _drop_first(connection, OLDEST, key, [each.host for each in hosts[:1]]):
        return True
    share = bounds.store_bytes // max(
        1, connection.execute(COUNT_HOSTS, {"host": ALL}).scalar_one()
    )
    over = [each.host for each in hosts[1:] if each.bytes > share]
    if hosts[1:] and not over:
        raise LimitError(
            f"This session takes more than its share of the storage, {share:,} bytes, and no other "
            "client or organisation has more than its own. Start a new session, or raise "
            "CAISSON_EXECUTOR_SESSION_STORE_BYTES."
        )
    return _drop_first(connection, OLDEST, key, over)


def _drop_first(connection: Connection, oldest: TextClause, key: SessionKey, hosts: Any) -> bool:
    """Delete the first session that a query finds; return whether there was one."""
    for host in hosts:
        found = connection.execute(oldest, {**of_session(key), "host": host}).first()
        if found is not None:
            logger.info("a session was evicted to make room for another")
            return drop(connection, SessionKey(*found))
    return False
