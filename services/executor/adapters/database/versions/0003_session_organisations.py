"""Conversations belong to an organisation; those from before belong to none.

Whether a run of an organisation has a bundle can be told from an index.

SQLite cannot change a primary key, so that such a table is made again there.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

ADD = "ALTER TABLE {} ADD COLUMN organisation TEXT NOT NULL DEFAULT ''"
SQLITE = (
    "ALTER TABLE sessions RENAME TO sessions_before",
    """
    CREATE TABLE sessions (
        organisation TEXT NOT NULL DEFAULT '', resource_id TEXT NOT NULL,
        session_id TEXT NOT NULL, host TEXT NOT NULL, bytes BIGINT NOT NULL,
        last_id BIGINT NOT NULL, PRIMARY KEY (organisation, resource_id, session_id)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO sessions (resource_id, session_id, host, bytes, last_id)
        SELECT resource_id, session_id, host, bytes, last_id FROM sessions_before
    """,
    "DROP TABLE sessions_before",
    "CREATE INDEX sessions_by_host ON sessions (host, last_id)",
    "ALTER TABLE notes RENAME TO notes_before",
    """
    CREATE TABLE notes (
        organisation TEXT NOT NULL DEFAULT '', resource_id TEXT NOT NULL,
        session_id TEXT NOT NULL, text BLOB NOT NULL, key_id TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (organisation, resource_id, session_id)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO notes (resource_id, session_id, text, key_id)
        SELECT resource_id, session_id, text, key_id FROM notes_before
    """,
    "DROP TABLE notes_before",
)
POSTGRESQL = (
    *(ADD.format(table) for table in ("sessions", "notes")),
    "ALTER TABLE sessions DROP CONSTRAINT sessions_pkey",
    "ALTER TABLE sessions ADD PRIMARY KEY (organisation, resource_id, session_id)",
    "ALTER TABLE notes DROP CONSTRAINT notes_pkey",
    "ALTER TABLE notes ADD PRIMARY KEY (organisation, resource_id, session_id)",
)
INDEXES = (
    """
    CREATE INDEX sessions_by_resource
        ON sessions (organisation, resource_id, host, last_id, bytes)
    """,
    """
    CREATE INDEX session_runs_by_session
        ON session_runs (organisation, resource_id, session_id, id)
    """,
    "CREATE INDEX runs_by_program ON runs (program, tenant)",
)


def upgrade() -> None:
    """Add the column to what is kept of conversations, and to its keys."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(ADD.format("session_runs"))
    for index in ("session_runs_by_session", "sessions_by_resource", "runs_by_program"):
        op.execute(f"DROP INDEX {index}")
    for statement in (*(SQLITE if is_sqlite else POSTGRESQL), *INDEXES):
        op.execute(statement)
