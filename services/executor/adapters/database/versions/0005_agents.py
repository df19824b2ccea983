"""Deployed agents, and the version that a run is on."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, and let the runs that there are be on no version."""
    op.add_column("runs", sa.Column("deployed", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "agents",
        _text("organisation", primary_key=True),
        _text("name", primary_key=True),
        _number("latest"),
        _number("created_ns"),
        _number("deleted_ns"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agent_versions",
        _text("organisation", primary_key=True),
        _text("name", primary_key=True),
        _number("version", primary_key=True),
        _text("digest"),
        _text("agents"),
        sa.Column("reach", sa.LargeBinary, nullable=False),
        _text("wider"),
        _number("created_ns"),
        _text("created_by"),
        _number("approved_ns"),
        _text("approved_by"),
        _number("deleted_ns"),
        sqlite_with_rowid=False,
    )
    op.create_index("agent_versions_by_digest", "agent_versions", ["digest"])
    op.create_table(
        "agent_labels",
        _text("organisation", primary_key=True),
        _text("name", primary_key=True),
        _text("label", primary_key=True),
        _number("version"),
        _number("percent"),
        _number("changed_ns"),
        _text("changed_by"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agent_sessions",
        _text("organisation", primary_key=True),
        _text("name", primary_key=True),
        _text("label", primary_key=True),
        _text("resource_id", primary_key=True),
        _text("session_id", primary_key=True),
        _number("version"),
        _number("seen_ns"),
        sqlite_with_rowid=False,
    )
    op.create_index("agent_sessions_by_time", "agent_sessions", ["seen_ns"])


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, **more)


def _number(name: str, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, **more)
