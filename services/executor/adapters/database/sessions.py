"""Conversations: one row for the messages of a run, in the database of the runs themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, text

from services.executor.adapters.database.lanes import Lanes
from services.executor.adapters.database.session_room import (
    KeptRun,
    StoreBounds,
    check_room,
    drop,
    hold,
    keep,
    notes_of,
    of_session,
    revise,
)
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
from services.executor.runs.rows import SessionAppend
from services.executor.runs.sealed_sessions import TextSealing

Append: TypeAlias = Callable[[Connection, SessionAppend], None]
"""Adds to a session, within a transaction; raises LimitError."""

MESSAGES, TITLE = "messages", "title"
TITLE_CHARACTERS = 120
PAGE_BYTES = 8 * 1024 * 1024
RUNS_AT_ONCE = 16

SUMMARIES = """
SELECT session_id, COUNT(*) AS runs, SUM(message_count) AS messages, MIN(time_ns) AS created_ns,
    MAX(time_ns) AS updated_ns, MAX(id) AS last, MIN(id) AS first
FROM session_runs WHERE organisation = :organisation AND resource_id = :resource
"""
TITLED = "SELECT of_all.*, of_first.title FROM ({}) AS of_all JOIN session_runs AS of_first "
TITLED += "ON of_first.id = of_all.first ORDER BY of_all.last DESC"
PAGE = text(
    TITLED.format(
        f"{SUMMARIES} GROUP BY session_id HAVING CAST(:start AS BIGINT) = 0 OR MAX(id) <= :start "
        "ORDER BY MAX(id) DESC LIMIT :size"
    )
)
SUMMARY = text(TITLED.format(f"{SUMMARIES} AND session_id = :session GROUP BY session_id"))
SPEAKER = text(
    "SELECT agent FROM session_runs WHERE organisation = :organisation "
    "AND resource_id = :resource AND session_id = :session AND agent <> '' ORDER BY id DESC LIMIT 1"
)
LATEST = text(
    "SELECT id, bytes, message_count, messages FROM session_runs "
    "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session "
    "AND (CAST(:before AS BIGINT) = 0 OR id < :before) ORDER BY id DESC LIMIT :size"
)
FROM_PLACE = text(
    "SELECT id, time_ns, messages FROM session_runs "
    "WHERE organisation = :organisation AND resource_id = :resource AND session_id = :session "
    "AND id >= :start ORDER BY id LIMIT :size"
)


@dataclass(frozen=True)
class LoadBounds:
    """How much of a conversation is loaded: the latest whole runs, up to messages and bytes."""

    messages: int = 1600
    text_bytes: int = 8 * 1024 * 1024


class DatabaseSessions:
    """Conversations, see ``SessionStore`` and ``SessionArchive``.

    The messages of one run are one row: they are stored all or not at all, and a history is cut
    only between runs, so that every tool call in it has its answer.

    Args:
        lanes: of the database.
        bounds: how much of a conversation is loaded.
        room: how much is stored.
        sealing: of what is stored.
    """

    def __init__(
        self, lanes: Lanes, bounds: LoadBounds, room: StoreBounds, sealing: TextSealing
    ) -> None:
        self._lanes = lanes
        self._room = room
        self._bounds = bounds
        self._sealing = sealing

    def __repr__(self) -> str:
        return f"DatabaseSessions({self._bounds!r})"

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """Return the latest messages; see ``SessionStore.load``."""
        return await self._lanes.reader.run(lambda connection: self._load(connection, key))

    async def speaker(self, key: SessionKey) -> str:
        """Return the agent that spoke last; see ``SessionStore.speaker``."""
        return await self._lanes.reader.run(
            lambda connection: str(connection.execute(SPEAKER, of_session(key)).scalar() or "")
        )

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        """Store the messages of one run, all or none; see ``SessionStore.append``."""
        append = SessionAppend(key, tuple(messages), client.host_digest, agent)
        await self._lanes.beside.run(
            lambda connection: append_to(connection, append, self._room, self._sealing), tidy=True
        )

    async def notes(self, owner: SessionKey) -> str:
        """Return the notes of models; see ``NotesStore.notes``."""
        return await self._lanes.reader.run(
            lambda connection: notes_of(connection, owner, self._sealing)
        )

    async def revise_notes(
        self, owner: SessionKey, revised: Callable[[str], str | None], client: Client
    ) -> None:
        """Replace the notes of models; see ``NotesStore.revise_notes``."""
        host, room, sealing = client.host_digest, self._room, self._sealing
        await self._lanes.beside.run(
            lambda connection: revise(connection, owner, revised, host, room, sealing)
        )

    async def page(self, organisation: str, resource_id: str, size: int, start: int) -> SessionPage:
        """Return conversations; see ``SessionArchive.page``."""
        owner = SessionKey(resource_id, "", organisation)
        return await self._lanes.reader.run(
            lambda connection: _page(connection, owner, size, start, self._sealing)
        )

    async def summary(self, key: SessionKey) -> SessionSummary | None:
        """Return a conversation without its messages; see ``SessionArchive.summary``."""
        return await self._lanes.reader.run(
            lambda connection: _found(connection, key, self._sealing)
        )

    async def transcript(self, key: SessionKey, size: int, start: Place) -> TranscriptPage | None:
        """Return the messages of a conversation; see ``SessionArchive.transcript``."""
        return await self._lanes.reader.run(
            lambda connection: _transcript(connection, key, size, start, self._sealing)
        )

    async def delete(self, key: SessionKey) -> bool:
        """Delete a conversation; return whether it existed."""

        def work(connection: Connection) -> bool:
            hold(connection)
            return drop(connection, key)

        return await self._lanes.beside.run(work, tidy=True)

    async def close(self) -> None:
        """Close the database, which is the journal's, too; idempotent."""
        await self._lanes.close()

    def _load(self, connection: Connection, key: SessionKey) -> tuple[Message, ...]:
        check_room(connection, key, self._room)
        runs: list[list[Message]] = []
        room_bytes, room_messages = self._bounds.text_bytes, self._bounds.messages
        before = 0
        while True:
            values = {**of_session(key), "before": before, "size": RUNS_AT_ONCE}
            rows = connection.execute(LATEST, values).all()
            for at, size, count, said in rows:
                before = at
                room_bytes -= size
                room_messages -= count
                if room_bytes < 0 or room_messages < 0:
                    rows = []
                    break
                text_of_run = self._sealing.opened(key, MESSAGES, bytes(said).decode())
                runs.append(from_text(text_of_run))
            if len(rows) < RUNS_AT_ONCE:
                return tuple(message for run in reversed(runs) for message in run)


def append_to(
    connection: Connection, append: SessionAppend, room: StoreBounds, sealing: TextSealing
) -> None:
    """Store the messages of one run, within a transaction; raises LimitError."""
    written = sealing.seal(append.key, MESSAGES, to_text(append.messages))
    title = sealing.seal(append.key, TITLE, _title(append.messages))
    kept = KeptRun(written, len(append.messages), time.time_ns(), title, append.agent)
    keep(connection, append.key, kept, append.host_digest, room)


def _title(messages: Sequence[Message]) -> str:
    said = next((item.text for item in messages if isinstance(item, UserMessage)), "")
    # PostgreSQL has no text with a NUL.
    return " ".join(said.replace("\0", " ").split())[:TITLE_CHARACTERS]


def _page(
    connection: Connection, owner: SessionKey, size: int, start: int, sealing: TextSealing
) -> SessionPage:
    values = {**of_session(owner), "start": start, "size": size + 1}
    rows = connection.execute(PAGE, values).all()
    summaries = tuple(_summary(owner, row, sealing) for row in rows[:size])
    return SessionPage(summaries, rows[size].last if len(rows) > size else 0)


def _found(connection: Connection, key: SessionKey, sealing: TextSealing) -> SessionSummary | None:
    row = connection.execute(SUMMARY, of_session(key)).first()
    return None if row is None else _summary(key, row, sealing)


def _summary(owner: SessionKey, row: Row[*tuple[Any, ...]], sealing: TextSealing) -> SessionSummary:
    key = replace(owner, session_id=row.session_id)
    return SessionSummary(
        key,
        sealing.opened(key, TITLE, row.title),
        row.runs,
        int(row.messages),
        row.created_ns,
        row.updated_ns,
    )


def _transcript(
    connection: Connection, key: SessionKey, size: int, start: Place, sealing: TextSealing
) -> TranscriptPage | None:
    if _found(connection, key, sealing) is None:
        return None
    said: list[KeptMessage] = []
    room, run = PAGE_BYTES, start.run
    while True:
        values = {**of_session(key), "start": run, "size": RUNS_AT_ONCE}
        rows = connection.execute(FROM_PLACE, values).all()
        for run, time_ns, messages in rows:
            if len(said) > size:
                return TranscriptPage(tuple(said[:size]), said[size].place)
            if room <= 0:
                return TranscriptPage(tuple(said), Place(run))
            written = sealing.opened(key, MESSAGES, bytes(messages).decode())
            room -= len(written)
            kept = (
                KeptMessage(Place(run, at), time_ns, message)
                for at, message in enumerate(from_text(written))
            )
            said += (each for each in kept if each.place >= start)
        if len(rows) < RUNS_AT_ONCE:
            break
        run += 1
    if len(said) > size:
        return TranscriptPage(tuple(said[:size]), said[size].place)
    return TranscriptPage(tuple(said), None)
