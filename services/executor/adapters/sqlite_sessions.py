"""Conversations in SQLite: one file, one thread, one transaction for the messages of a run."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.executor.conversation import (
    AssistantMessage,
    Message,
    SessionKey,
    ToolCall,
    ToolMessage,
    UserMessage,
)

T = TypeVar("T")

BUSY_S = 10.0
SWITCH_WAIT_S = 0.02

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    resource_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    message_count INTEGER NOT NULL,
    messages TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_by_session ON runs (resource_id, session_id, id);
"""


@dataclass(frozen=True)
class HistoryBounds:
    """How much of a conversation is loaded: the latest runs whole, up to messages and bytes."""

    messages: int = 400
    text_bytes: int = 2 * 1024 * 1024


class SqliteSessions:
    """A session store in a SQLite file, which is made when it is first used; in memory without one.

    The messages of one run are one row: they are kept all or not at all, and a history that is cut
    is cut between runs, so that every tool call in it has its answer.
    """

    def __init__(self, path: Path | None, bounds: HistoryBounds) -> None:
        self._path = path
        self._bounds = bounds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sessions")
        self._database: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        return f"SqliteSessions({self._path and self._path.name}, {self._bounds!r})"

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """Return the latest messages, beginning with one of the user; none for a new key."""
        return await self._in_thread(lambda database: self._load(database, key))

    async def append(self, key: SessionKey, messages: Sequence[Message]) -> None:
        """Keep the messages of one run, all of them or none."""
        text = json.dumps([_to_json(message) for message in messages])
        row = (key.resource_id, key.session_id, len(text), len(messages), text)
        await self._in_thread(lambda database: _insert(database, row))

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
            self._database = _opened(self._path or ":memory:")
        return self._database

    def _load(self, database: sqlite3.Connection, key: SessionKey) -> tuple[Message, ...]:
        rows = database.execute(
            "SELECT bytes, message_count, messages FROM runs "
            "WHERE resource_id = ? AND session_id = ? ORDER BY id DESC",
            (key.resource_id, key.session_id),
        )
        runs: list[list[Any]] = []
        room_bytes, room_messages = self._bounds.text_bytes, self._bounds.messages
        for size, count, text in rows:
            room_bytes -= size
            room_messages -= count
            if room_bytes < 0 or room_messages < 0:
                break
            runs.append(json.loads(text))
        rows.close()
        return tuple(_from_json(item) for run in reversed(runs) for item in run)


def _opened(place: Path | str) -> sqlite3.Connection:
    """Open a file, made ready for use; raises sqlite3.OperationalError."""
    database = sqlite3.connect(place, timeout=BUSY_S, check_same_thread=False)
    try:
        _write_ahead(database)
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def _write_ahead(database: sqlite3.Connection) -> None:
    """Switch to a write-ahead log.

    SQLite does not wait by itself when another connection makes the same switch just then.
    """
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(SWITCH_WAIT_S)
        else:
            return


def _insert(database: sqlite3.Connection, row: tuple[str, str, int, int, str]) -> None:
    with database:
        database.execute(
            "INSERT INTO runs (resource_id, session_id, bytes, message_count, messages) "
            "VALUES (?, ?, ?, ?, ?)",
            row,
        )


def _to_json(message: Message) -> dict[str, Any]:
    if isinstance(message, UserMessage):
        return {"role": "user", "text": message.text}
    if isinstance(message, AssistantMessage):
        calls = [[call.id, call.tool, call.input_text] for call in message.calls]
        return {"role": "assistant", "text": message.text, "calls": calls}
    return {
        "role": "tool",
        "callId": message.call_id,
        "tool": message.tool,
        "text": message.text,
    }


def _from_json(item: dict[str, Any]) -> Message:
    if item["role"] == "user":
        return UserMessage(item["text"])
    if item["role"] == "assistant":
        return AssistantMessage(item["text"], tuple(ToolCall(*call) for call in item["calls"]))
    return ToolMessage(item["callId"], item["tool"], item["text"])
