"""What is encrypted is in no file of the database, and is read with its key alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.executor.adapters.database.database import open_database
from services.executor.agent.ports import SessionArchive, SessionStore
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import (
    AssistantMessage,
    Message,
    Place,
    SessionKey,
    SessionPolicy,
    UserMessage,
)
from services.executor.keys import NamedKey
from services.executor.run_errors import SealedError
from services.executor.runs.ports import Journal
from services.executor.runs.rows import End, Entry, NewRun, Record, RunStatus, SessionAppend
from services.executor.runs.sealed_journal import SealedJournal
from services.executor.runs.sealed_sessions import SealedTexts
from services.executor.runs.sealing import Sealer

CANARY = "said-in-private"
OWNER, SESSION, NOTES = "boot_1", SessionKey("user", "s1"), SessionKey("user", "")
FIRST, SECOND = NamedKey("first", bytes(32)), NamedKey("second", bytes(range(32)))
SAID: tuple[Message, ...] = (UserMessage(f"{CANARY} 1"), AssistantMessage(f"{CANARY} 2", ()))


class Opened:
    """An open database: its journal, and its conversations."""

    def __init__(self, journal: Journal, sessions: SessionStore, archive: SessionArchive) -> None:
        self.journal = journal
        self.sessions = sessions
        self.archive = archive


@asynccontextmanager
async def opened(folder: Path, keys: Sequence[NamedKey]) -> AsyncIterator[Opened]:
    if keys:
        sealer = Sealer(keys)
        database = open_database(folder, sealing=SealedTexts(sealer))
        journal: Journal = SealedJournal(database.journal, sealer)
    else:
        database = open_database(folder)
        journal = database.journal
    try:
        yield Opened(journal, database.sessions, database.sessions)
    finally:
        await database.close()


async def record(database: Opened, run_id: str) -> None:
    """Record a whole run, which adds to a session, and to the notes of its resource."""
    text = CANARY.encode()
    new = NewRun(
        *(run_id, "", "host", "1", "", text, "aa", "sha256:" + "0" * 64, "weather", SESSION),
        SessionPolicy.REJECT,
        continues=True,
    )
    await database.journal.keep_program(new.program, b"export {}")
    await database.journal.create(new, OWNER)
    append = SessionAppend(SESSION, SAID, OWN_PROCESS.host_digest, "weather")
    end = End(RunStatus.COMPLETED, text, append)
    entry = Entry(run_id, 1, 1, [text, text], 0, [Record("state", text)], end=end)
    written = await database.journal.write(OWNER, [entry])
    assert (written.lost, written.refused) == (frozenset(), {})
    await database.sessions.revise_notes(NOTES, lambda old: f"{old}{CANARY} ", OWN_PROCESS)


async def read(database: Opened, run_id: str) -> None:
    """Read all of it."""
    row = await database.journal.run(run_id, "")
    assert row is not None
    assert row.new.spec == row.ended == CANARY.encode()
    chunks = await database.journal.events(run_id, 0, 10**6)
    assert [each for chunk in chunks for each in chunk.events] == [CANARY.encode()] * 2
    assert [each.data for each in await database.journal.records(run_id)] == [CANARY.encode()]


def stored(folder: Path) -> bytes:
    """Return the bytes of all files in a folder."""
    return b"".join(each.read_bytes() for each in folder.iterdir())


async def test_files_hold_nothing_that_was_said(tmp_path: Path) -> None:
    async with opened(tmp_path, [FIRST]) as database:
        await record(database, "run_1")
        await read(database, "run_1")
        assert await database.sessions.load(SESSION) == SAID
        assert await database.sessions.notes(NOTES) == f"{CANARY} "
        (page,) = (await database.archive.page("", "user", 10, 0)).sessions
        assert page.title == f"{CANARY} 1"
        transcript = await database.archive.transcript(SESSION, 10, Place())
        assert transcript is not None
        assert tuple(each.message for each in transcript.messages) == SAID
        assert len(stored(tmp_path)) > 10_000
        assert CANARY.encode() not in stored(tmp_path)
    assert CANARY.encode() not in stored(tmp_path)


async def test_keys_rotate_over_what_was_plain(tmp_path: Path) -> None:
    """Plain rows, then those of one key, then those of the next: all are read."""
    for number, keys in enumerate([(), (FIRST,), (SECOND, FIRST)]):
        async with opened(tmp_path, keys) as database:
            await record(database, f"run_{number}")
            for known in range(number + 1):
                await read(database, f"run_{known}")
            assert await database.sessions.load(SESSION) == SAID * (number + 1)
            assert await database.sessions.notes(NOTES) == f"{CANARY} " * (number + 1)
    async with opened(tmp_path, [SECOND]) as database:
        await read(database, "run_2")
        with pytest.raises(SealedError, match="key 'first', which is not set"):
            await database.journal.run("run_1", "")
        with pytest.raises(SealedError, match="key 'first', which is not set"):
            await database.sessions.load(SESSION)
        assert await database.sessions.notes(NOTES) == f"{CANARY} " * 3
