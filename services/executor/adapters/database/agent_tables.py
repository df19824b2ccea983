"""The tables of deployed agents; see ``tables``.

A deleted version stays until no run is on it, and a deleted agent so that its numbers are not given
again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from services.executor.adapters.database.tables import METADATA


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **more)


def _number(name: str, **more: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **more)


AGENTS = Table(
    "agents",
    METADATA,
    _text("organisation", primary_key=True),
    _text("name", primary_key=True),
    _number("latest"),
    _number("created_ns"),
    _number("deleted_ns"),
    sqlite_with_rowid=False,
)
VERSIONS = Table(
    "agent_versions",
    METADATA,
    _text("organisation", primary_key=True),
    _text("name", primary_key=True),
    _number("version", primary_key=True),
    _text("digest"),
    _text("agents"),  # keys, a JSON list
    Column("reach", LargeBinary, nullable=False),
    _text("wider"),  # sentences, a JSON list
    _number("created_ns"),
    _text("created_by"),
    _number("approved_ns"),
    _text("approved_by"),
    _number("deleted_ns"),
    sqlite_with_rowid=False,
)
Index("agent_versions_by_digest", VERSIONS.c.digest)
LABELS = Table(
    "agent_labels",
    METADATA,
    _text("organisation", primary_key=True),
    _text("name", primary_key=True),
    _text("label", primary_key=True),
    _number("version"),
    _number("percent"),
    _number("changed_ns"),
    _text("changed_by"),
    sqlite_with_rowid=False,
)
# The version that a session began on, for each label that it was asked by. `seen_ns` is when it was
# last known that somebody may go on with it.
PINS = Table(
    "agent_sessions",
    METADATA,
    _text("organisation", primary_key=True),
    _text("name", primary_key=True),
    _text("label", primary_key=True),
    _text("resource_id", primary_key=True),
    _text("session_id", primary_key=True),
    _number("version"),
    _number("seen_ns"),
    sqlite_with_rowid=False,
)
Index("agent_sessions_by_time", PINS.c.seen_ns)
