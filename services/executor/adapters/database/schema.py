"""Brings a database to this version's tables. Revisions of older ones are in ``versions/``."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from sqlalchemy import Connection, Dialect, inspect, text

from services.executor.adapters.database.agent_tables import AGENTS
from services.executor.adapters.database.audit_tables import AUDIT
from services.executor.adapters.database.key_tables import API_KEYS
from services.executor.adapters.database.tables import METADATA
from services.executor.adapters.database.trouble import DRIVERS
from services.executor.errors import SetupError

HEAD: Final = "0005"
"""The newest revision, as Alembic names it."""
OTHERS: Final = (AGENTS, API_KEYS, AUDIT)
"""The tables that have modules of their own, which put them into ``METADATA``."""
REVISIONS: Final = "services.executor.adapters.database.revisions"
LOCK: Final = 0x0CA1_5504


def revision_of(connection: Connection) -> str:
    """Return the revision of a database; empty if it has no tables of ours."""
    if not inspect(connection).has_table("schema_version"):
        return ""
    found = connection.execute(text("SELECT version_num FROM schema_version")).scalar()
    return str(found or "")


def upgrade(connection: Connection) -> None:
    """Bring a database to the newest revision, within a transaction.

    A new database gets its tables at once, without Alembic, which takes long to import.

    Raises:
        SetupError: it is of a newer version.
    """
    _lock(connection)
    current = revision_of(connection)
    if current == HEAD:
        return
    if not current:
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(
            text("CREATE TABLE schema_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO schema_version VALUES (:head)"), {"head": HEAD})
        return
    revisions: Any = import_module(REVISIONS)
    if not revisions.upgrade(connection, current):
        raise SetupError(
            f"The database is of a newer version of Caisson (revision {current}; this one knows "
            f"{HEAD}). Use that version, or another database."
        )
    connection.execute(text("UPDATE schema_version SET version_num = :head"), {"head": HEAD})


def _lock(connection: Connection) -> None:
    """Let one executor at a time upgrade a PostgreSQL; what speaks its wire may have no such lock.

    Then the first to commit wins, and the others fail and find it done.
    """
    dialect: Dialect = connection.dialect
    if dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    except DRIVERS:
        return
