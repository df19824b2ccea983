"""The tables of the audit trail; see ``tables`` for the others."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from services.executor.adapters.database.tables import METADATA

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", Text, nullable=False, unique=True),
    Column("time_ns", BigInteger, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("audit_by_organisation", AUDIT.c.organisation, AUDIT.c.number)
# One row: both ends of the chain.
AUDIT_ENDS = Table(
    "audit_ends",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("anchor_number", BigInteger, nullable=False),
    Column("anchor_hash", Text, nullable=False),
    Column("head_number", BigInteger, nullable=False),
    Column("head_hash", Text, nullable=False),
)
