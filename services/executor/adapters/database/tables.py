"""The tables of runs and sessions, as they are in SQLite and in PostgreSQL.

Times are nanoseconds since 1970 on the database's clock, ``key_id`` names the key of bytes that are
encrypted at rest (empty: they are not). A change of a table needs a revision in ``versions/``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

METADATA = MetaData()
# SQLite counts rows only in a key of exactly this type.
COUNTED = BigInteger().with_variant(Integer, "sqlite")
GOES_ON = text("status IN ('ready', 'queued', 'running', 'waiting')")
HAS_TURN = text("status IN ('ready', 'running', 'waiting') AND session_id <> ''")


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **more)


def _number(name: str, **more: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **more)


def _bytes(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def _key_id() -> Column[str]:
    return _text("key_id", server_default="")


def _organisation(**more: Any) -> Column[str]:
    """Return the column of whom a row belongs to; empty where there are no organisations."""
    return _text("organisation", server_default="", **more)


RUNS = Table(
    "runs",
    METADATA,
    _text("run_id", primary_key=True),
    _text("tenant"),
    _text("host"),
    _text("connection"),
    _text("request_id"),
    _bytes("spec"),
    _text("spec_digest"),
    _text("program"),
    _text("agent"),
    _text("resource_id"),
    _text("session_id"),  # empty: none
    _text("policy"),
    Column("continues", Boolean, nullable=False),
    _text("deployed", server_default=""),
    _text("status"),
    _number("turn"),  # its place among the runs of its session that wait for their turn
    _number("next_sequence"),
    _number("next_record"),
    _text("owner"),
    _number("epoch"),
    _text("claimed_by"),  # the call that claimed it, see owners.py
    _text("cancel"),
    _number("created_ns"),
    _number("ended_ns"),
    _bytes("ended", nullable=True),
    _key_id(),
)
Index(
    "runs_by_request",
    RUNS.c.tenant,
    RUNS.c.host,
    RUNS.c.request_id,
    unique=True,
    sqlite_where=RUNS.c.request_id != "",
    postgresql_where=RUNS.c.request_id != "",
)
Index(
    "runs_with_turn",
    RUNS.c.tenant,
    RUNS.c.resource_id,
    RUNS.c.session_id,
    unique=True,
    sqlite_where=HAS_TURN,
    postgresql_where=HAS_TURN,
)
Index("runs_by_time", RUNS.c.tenant, RUNS.c.created_ns, RUNS.c.run_id)
Index("runs_by_session", RUNS.c.resource_id, RUNS.c.session_id, RUNS.c.tenant, RUNS.c.created_ns)
Index(
    "runs_going_on",
    RUNS.c.status,
    RUNS.c.owner,
    sqlite_where=GOES_ON,
    postgresql_where=GOES_ON,
)
Index(
    "runs_by_end",
    RUNS.c.ended_ns,
    sqlite_where=RUNS.c.ended_ns > 0,
    postgresql_where=RUNS.c.ended_ns > 0,
)
Index("runs_by_program", RUNS.c.program, RUNS.c.tenant)

# One row for what a run adds in one write: each event as its length in four bytes, then itself.
EVENTS = Table(
    "events",
    METADATA,
    _text("run_id", primary_key=True),
    _number("first", primary_key=True),
    _number("count"),
    _bytes("data"),
    _key_id(),
    sqlite_with_rowid=False,
)
RECORDS = Table(
    "records",
    METADATA,
    _text("run_id", primary_key=True),
    _number("number", primary_key=True),
    _text("kind"),
    _bytes("data"),
    _key_id(),
    sqlite_with_rowid=False,
)
INPUTS = Table(
    "inputs",
    METADATA,
    _text("run_id", primary_key=True),
    _text("input_id", primary_key=True),
    _text("tenant"),
    _text("resource_id"),
    _text("kind"),
    _text("call_id"),
    _text("tool"),
    _text("program"),
    _text("arguments"),
    _bytes("required"),
    _number("expires_ns"),
    _number("created_ns"),
    Column("waited_for", Boolean, nullable=False),
    _bytes("answer", nullable=True),
    _text("request_id"),
    _key_id(),
    sqlite_with_rowid=False,
)
Index("inputs_by_time", INPUTS.c.tenant, INPUTS.c.created_ns, INPUTS.c.input_id)
Index(
    "inputs_by_expiry",
    INPUTS.c.expires_ns,
    sqlite_where=INPUTS.c.waited_for,
    postgresql_where=INPUTS.c.waited_for,
)
PROGRAMS = Table(
    "programs", METADATA, _text("digest", primary_key=True), _bytes("source"), _number("kept_ns")
)
EXECUTORS = Table("executors", METADATA, _text("owner", primary_key=True), _number("beat_ns"))

# The messages of one run, JSON text in UTF-8. `bytes` counts its characters.
SESSION_RUNS = Table(
    "session_runs",
    METADATA,
    Column("id", COUNTED, primary_key=True),
    _organisation(),
    _text("resource_id"),
    _text("session_id"),
    _number("bytes"),
    _number("message_count"),
    _bytes("messages"),
    _number("time_ns"),
    _text("title"),
    _text("agent"),
    _key_id(),
)
Index(
    "session_runs_by_session",
    SESSION_RUNS.c.organisation,
    SESSION_RUNS.c.resource_id,
    SESSION_RUNS.c.session_id,
    SESSION_RUNS.c.id,
)
# The size and owner of each session, so that eviction need not read all runs.
SESSIONS = Table(
    "sessions",
    METADATA,
    _organisation(primary_key=True),
    _text("resource_id", primary_key=True),
    _text("session_id", primary_key=True),
    _text("host"),
    _number("bytes"),
    _number("last_id"),
    sqlite_with_rowid=False,
)
Index("sessions_by_host", SESSIONS.c.host, SESSIONS.c.last_id)
Index(
    "sessions_by_resource",
    SESSIONS.c.organisation,
    SESSIONS.c.resource_id,
    SESSIONS.c.host,
    SESSIONS.c.last_id,
    SESSIONS.c.bytes,
)
HOSTS = Table(
    "hosts", METADATA, _text("host", primary_key=True), _number("bytes"), sqlite_with_rowid=False
)
Index("hosts_by_bytes", HOSTS.c.bytes)
# The notes of models in UTF-8: of a session, or of a resource, whose session has an empty id.
NOTES = Table(
    "notes",
    METADATA,
    _organisation(primary_key=True),
    _text("resource_id", primary_key=True),
    _text("session_id", primary_key=True),
    _bytes("text"),
    _key_id(),
    sqlite_with_rowid=False,
)
