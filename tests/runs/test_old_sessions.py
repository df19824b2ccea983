"""The conversations of `sessions.db`, the file of versions before runs were kept."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services.executor.adapters.database.database import open_database
from services.executor.adapters.database.old_sessions import MIGRATIONS
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import SessionKey, UserMessage
from services.executor.run_errors import DatabaseError


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


KEY = SessionKey("user", "s1")
SAID = [{"role": "user", "text": "hi"}, {"role": "assistant", "text": "yes", "calls": []}]


def old_file(path: Path, version: int) -> None:
    """Make the file as the executor of that version did."""
    with closing(sqlite3.connect(path)) as old, old:
        for migration in MIGRATIONS[:1]:
            old.executescript(migration)
        old.execute(
            "INSERT INTO runs (resource_id, session_id, bytes, message_count, messages) "
            "VALUES ('user', 's1', 9, 2, ?)",
            (json.dumps(SAID),),
        )
        for migration in MIGRATIONS[1:version]:
            old.executescript(migration)
        if version >= 2:
            old.execute("UPDATE runs SET title = 'hi', time_ns = 7")
        if version >= 4:
            old.execute("UPDATE runs SET agent = 'main'")
        if version >= 5:
            old.execute("INSERT INTO notes VALUES ('user', 's1', 'noted')")
        # The first versions had no number yet.
        old.execute(f"PRAGMA user_version = {version if version > 1 else 0}")


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_old_file_is_taken_over_and_kept(tmp_path: Path, version: int) -> None:
    old_file(tmp_path / "sessions.db", version)
    for number in (1, 2):
        database = open_database(tmp_path)
        sessions = database.sessions
        await sessions.append(KEY, [UserMessage("more")], OWN_PROCESS)
        loaded = await sessions.load(KEY)
        page = await sessions.page("", "user", 10, 0)
        assert [item.text for item in loaded] == ["hi", "yes", *["more"] * number]
        assert page.sessions[0].runs == number + 1
        assert page.sessions[0].title == ("hi" if version >= 2 else "")
        assert await sessions.notes(KEY) == ("noted" if version >= 5 else "")
        assert await sessions.speaker(KEY) == ("main" if version >= 4 else "")
        await database.close()
    assert names_in(tmp_path) == ["caisson.db", "caisson.lock", "sessions.db.old"]


async def test_take_over_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    old_file(tmp_path / "sessions.db", 5)
    (tmp_path / "caisson.db.new").write_bytes(b"half" * 1000)
    database = open_database(tmp_path)
    assert [item.text for item in await database.sessions.load(KEY)] == ["hi", "yes"]
    await database.close()


async def test_second_old_file_is_renamed_beside_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        old_file(tmp_path / "sessions.db", 5)
        database = open_database(tmp_path)
        assert [item.text for item in await database.sessions.load(KEY)] == ["hi", "yes"]
        await database.close()
    assert (tmp_path / "sessions.db.old").exists()
    assert (tmp_path / "sessions.db.old2").exists()


async def test_damaged_old_file_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / "sessions.db").write_bytes(b"nothing of ours" * 1000)
    for _ in range(2):
        with pytest.raises(DatabaseError, match="damaged"):
            open_database(tmp_path)
    assert (tmp_path / "sessions.db").exists()
    assert not (tmp_path / "caisson.db").exists()
