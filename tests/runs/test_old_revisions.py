"""Databases of older revisions, with rows, are brought to this version's tables."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.executor.adapters.database.database import open_database
from services.executor.adapters.database.opening import PostgresServer, SqliteFile
from services.executor.adapters.database.schema import HEAD, revision_of
from services.executor.adapters.database.tables import METADATA
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import SessionKey, UserMessage

FIRST = Path(__file__).parent.parent / "databases" / "revision_0001"
SAID = json.dumps([{"role": "user", "text": "hi"}]).encode().hex()
NOTES = b"noted".hex()
ROWS = """
INSERT INTO session_runs
    (resource_id, session_id, bytes, message_count, messages, time_ns, title, agent)
    VALUES ('user', 's1', 30, 1, {said}, 7, 'hi', 'main');
INSERT INTO sessions (resource_id, session_id, host, bytes, last_id) VALUES
    ('user', 's1', 'h', 2048, 1), ('user', '', 'h', 2048, 1);
INSERT INTO hosts (host, bytes) VALUES ('h', 4096), ('*', 4096);
INSERT INTO notes (resource_id, session_id, text) VALUES ('user', '', {notes});
"""
KEY = SessionKey("user", "s1")


def old_database(place: Path | str) -> None:
    """Make a database of revision 0001 with a conversation and notes."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place / "caisson.db")) as file, file:
            file.executescript((FIRST / "sqlite.sql").read_text())
            file.executescript(ROWS.format(said=f"X'{SAID}'", notes=f"X'{NOTES}'"))
        return
    with psycopg.connect(place) as connection:
        connection.execute((FIRST / "postgresql.sql").read_text())
        of_hex = "decode('{}', 'hex')".format
        connection.execute(ROWS.format(said=of_hex(SAID), notes=of_hex(NOTES)).encode())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_conversations_of_the_first_revision_belong_to_no_organisation(
    kind: str, tmp_path: Path, postgres_url: str
) -> None:
    place = tmp_path if kind == "sqlite" else postgres_url
    old_database(place)
    database = open_database(place)
    sessions = database.sessions
    assert [item.text for item in await sessions.load(KEY)] == ["hi"]
    assert await sessions.notes(SessionKey("user", "")) == "noted"
    assert await sessions.speaker(KEY) == "main"
    theirs = SessionKey("user", "s1", "acme")
    assert await sessions.load(theirs) == ()
    await sessions.append(theirs, [UserMessage("ours")], OWN_PROCESS)
    assert [item.text for item in await sessions.load(KEY)] == ["hi"]
    assert await sessions.delete(KEY)
    assert await sessions.notes(SessionKey("user", "")) == ""
    assert [item.text for item in await sessions.load(theirs)] == ["ours"]
    await database.close()
    opens = PostgresServer(place) if isinstance(place, str) else SqliteFile(place / "caisson.db")
    with opens.connect(writes=False) as connection:
        assert revision_of(connection) == HEAD
        options = {"version_table": "schema_version", "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert list(compare_metadata(context, METADATA)) == []
