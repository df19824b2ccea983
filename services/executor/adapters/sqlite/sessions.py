"""Conversations in SQLite: one file, one thread, one transaction for the messages of a run."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.executor.adapters.sqlite.room import (
    KeptRun,
    StoreBounds,
    check_room,
    drop,
    keep,
    notes_of,
    revise,
    shrink,
)
from services.executor.adapters.sqlite.schema import opened
from services.executor.clients import Client
from services.executor.conversation import (
    KeptMessage,
    Message,
    Place,
    SessionKey,
    SessionPage,
    SessionSummary,
    TranscriptPage,
    UserMessage,
)
from services.executor.conversation_json import from_text, to_text

T = TypeVar("T")

TITLE_CHARACTERS = 120
PAGE_BYTES = 8 * 1024 * 1024

SUMMARIES = """
SELECT session_id, COUNT(*), SUM(message_count), MIN(time_ns), MAX(time_ns), MAX(id), (
    SELECT title FROM runs AS first
    WHERE first.resource_id = runs.resource_id AND first.session_id = runs.session_id
    ORDER BY id LIMIT 1
)
FROM runs WHERE resource_id = ?
"""


@dataclass(frozen=True)
class LoadBounds:
    """How much of a conversation is loaded: the latest whole runs, up to messages and bytes."""

    messages: int = 1600
    text_bytes: int = 8 * 1024 * 1024


class SqliteSessions:
    """Conversations in a SQLite file, created on first use; in memory without a path.

    The messages of one run are one row: they are stored all or not at all, and a history is cut
    only between runs, so that every tool call in it has its answer.

    Args:
        path: the file.
        bounds: how much of a conversation is loaded.
        room: how much is stored.
    """

    def __init__(
        self, path: Path | None, bounds: LoadBounds, room: StoreBounds | None = None
    ) -> None:
        self._room = room or StoreBounds()
        self._path = path
        self._bounds = bounds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sessions")
        self._database: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        return f"SqliteSessions({self._path and self._path.name}, {self._bounds!r})"

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """Return the latest messages; see ``SessionStore.load``."""
        return await self._in_thread(lambda database: self._load(database, key))

    async def speaker(self, key: SessionKey) -> str:
        """Return the agent that spoke last; see ``SessionStore.speaker``."""
        return await self._in_thread(lambda database: _speaker(database, key))

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        """Store the messages of one run, all or none; see ``SessionStore.append``."""
        host, room = client.host_digest, self._room
        await self._in_thread(
            lambda database: keep(database, key, _kept(messages, agent), host, room)
        )

    async def notes(self, owner: SessionKey) -> str:
        """Return the notes of models; see ``NotesStore.notes``."""
        return await self._in_thread(lambda database: notes_of(database, owner))

    async def revise_notes(
        self, owner: SessionKey, revised: Callable[[str], str | None], client: Client
    ) -> None:
        """Replace the notes of models; see ``NotesStore.revise_notes``."""
        host, room = client.host_digest, self._room
        await self._in_thread(lambda database: revise(database, owner, revised, host, room))

    async def page(self, resource_id: str, size: int, start: int) -> SessionPage:
        """Return conversations; see ``SessionArchive.page``."""
        return await self._in_thread(lambda database: _page(database, resource_id, size, start))

    async def summary(self, key: SessionKey) -> SessionSummary | None:
        """Return a conversation without its messages; see ``SessionArchive.summary``."""
        return await self._in_thread(lambda database: _found(database, key))

    async def transcript(self, key: SessionKey, size: int, start: Place) -> TranscriptPage | None:
        """Return the messages of a conversation; see ``SessionArchive.transcript``."""
        return await self._in_thread(lambda database: _transcript(database, key, size, start))

    async def delete(self, key: SessionKey) -> bool:
        """Delete a conversation; return whether it existed."""
        return await self._in_thread(lambda database: _delete(database, key))

    async def close(self) -> None:
        """Close the file; idempotent."""
        database, self._database = self._database, None
        if database is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, database.close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(self._connection()))

    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            if self._path is not None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._path.touch(mode=0o600)
            self._database = opened(self._path or ":memory:")
        return self._database

    def _load(self, database: sqlite3.Connection, key: SessionKey) -> tuple[Message, ...]:
        check_room(database, key, self._room)
        rows = database.execute(
            "SELECT bytes, message_count, messages FROM runs "
            "WHERE resource_id = ? AND session_id = ? ORDER BY id DESC",
            _values(key),
        )
        runs: list[list[Message]] = []
        room_bytes, room_messages = self._bounds.text_bytes, self._bounds.messages
        for size, count, text in rows:
            room_bytes -= size
            room_messages -= count
            if room_bytes < 0 or room_messages < 0:
                break
            runs.append(from_text(text))
        rows.close()
        return tuple(message for run in reversed(runs) for message in run)


def _values(key: SessionKey) -> tuple[str, str]:
    return (key.resource_id, key.session_id)


def _kept(messages: Sequence[Message], agent: str) -> KeptRun:
    text = to_text(messages)
    return KeptRun(text, len(messages), time.time_ns(), _title(messages), agent)


def _speaker(database: sqlite3.Connection, key: SessionKey) -> str:
    found = database.execute(
        "SELECT agent FROM runs WHERE resource_id = ? AND session_id = ? AND agent != '' "
        "ORDER BY id DESC LIMIT 1",
        _values(key),
    ).fetchone()
    return "" if found is None else str(found[0])


def _title(messages: Sequence[Message]) -> str:
    said = next((item.text for item in messages if isinstance(item, UserMessage)), "")
    return " ".join(said.split())[:TITLE_CHARACTERS]


def _page(database: sqlite3.Connection, resource_id: str, size: int, start: int) -> SessionPage:
    rows = database.execute(
        f"{SUMMARIES} GROUP BY session_id HAVING ? = 0 OR MAX(id) <= ? "
        "ORDER BY MAX(id) DESC LIMIT ?",
        (resource_id, start, start, size + 1),
    ).fetchall()
    summaries = tuple(_summary(resource_id, row) for row in rows[:size])
    return SessionPage(summaries, rows[size][5] if len(rows) > size else 0)


def _found(database: sqlite3.Connection, key: SessionKey) -> SessionSummary | None:
    row = database.execute(
        f"{SUMMARIES} AND session_id = ? GROUP BY session_id", _values(key)
    ).fetchone()
    return None if row is None else _summary(key.resource_id, row)


def _transcript(
    database: sqlite3.Connection, key: SessionKey, size: int, start: Place
) -> TranscriptPage | None:
    if _found(database, key) is None:
        return None
    rows = database.execute(
        "SELECT id, time_ns, messages FROM runs "
        "WHERE resource_id = ? AND session_id = ? AND id >= ? ORDER BY id",
        (*_values(key), start.run),
    )
    said: list[KeptMessage] = []
    room = PAGE_BYTES
    for run, time_ns, text in rows:
        if len(said) > size or room <= 0:
            break
        room -= len(text)
        kept = (
            KeptMessage(Place(run, at), time_ns, message)
            for at, message in enumerate(from_text(text))
        )
        said += (each for each in kept if each.place >= start)
    else:
        run = 0
    rows.close()
    if len(said) > size:
        return TranscriptPage(tuple(said[:size]), said[size].place)
    return TranscriptPage(tuple(said), Place(run) if run else None)


def _summary(resource_id: str, row: tuple[Any, ...]) -> SessionSummary:
    session_id, runs, messages, created_ns, updated_ns, _, title = row
    key = SessionKey(resource_id, session_id)
    return SessionSummary(key, title, runs, messages, created_ns, updated_ns)


def _delete(database: sqlite3.Connection, key: SessionKey) -> bool:
    with database:
        database.execute("BEGIN IMMEDIATE")
        found = drop(database, key)
    shrink(database)
    return found
