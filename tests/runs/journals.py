"""Every journal, opened for the tests of what all of them keep; and what the tests write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.executor.adapters.database.database import open_database
from services.executor.adapters.database.session_room import KIB, StoreBounds
from services.executor.adapters.system import SystemClock
from services.executor.conversation import SessionKey, SessionPolicy
from services.executor.errors import LimitError
from services.executor.keys import NamedKey
from services.executor.lifecycle_events import InputKind
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.ports import Creation, Journal
from services.executor.runs.rows import (
    Entry,
    NewInput,
    NewRun,
    Record,
    RunRow,
    RunStatus,
    SessionAppend,
)
from services.executor.runs.sealed_journal import SealedJournal
from services.executor.runs.sealing import Sealer

ROOM = StoreBounds(run_bytes=64 * KIB)
FAR_NS = 2**62
KEY = SessionKey("res", "ses", "t")
NEW = NewRun(
    run_id="r1",
    tenant="t",
    host="h",
    connection="c",
    request_id="",
    spec=b"spec\0",
    spec_digest="d1",
    program="p1",
    agent="a",
    session=None,
    policy=SessionPolicy.QUEUE,
    continues=True,
)


def run(run_id: str, **more: Any) -> NewRun:
    return replace(NEW, run_id=run_id, **more)


def turn(run_id: str, policy: SessionPolicy = SessionPolicy.QUEUE, **more: Any) -> NewRun:
    return run(run_id, session=KEY, policy=policy, **more)


def asked(input_id: str, wait_ns: int = FAR_NS) -> NewInput:
    kind = InputKind.APPROVAL
    return NewInput(input_id, kind, "call", "tool", "p1", "hash", b"required", wait_ns)


def entry(run_id: str, first: int, *events: bytes, epoch: int = 1, **more: Any) -> Entry:
    return Entry(run_id, epoch, first, events, **more)


def record(number: int) -> Record:
    return Record("even" if number % 2 == 0 else "odd", b"%d" % number)


async def begun(journal: Journal, new: NewRun, owner: str = "me") -> RunRow:
    """Create a run, whose owner is alive."""
    await journal.beat(owner)
    created = await journal.create(new, owner)
    assert created.creation is Creation.NEW
    assert created.row is not None
    return created.row


async def status(journal: Journal, run_id: str) -> RunStatus:
    row = await journal.run(run_id, "t")
    assert row is not None
    return row.status


async def log(
    journal: Journal, run_id: str, after: int = 0, most_bytes: int = 10**6
) -> list[bytes]:
    """Return a run's events after a sequence, whose chunks must be without a gap."""
    found: list[bytes] = []
    for chunk in await journal.events(run_id, after, most_bytes):
        assert chunk.first == after + len(found) + 1
        found += chunk.events
    return found


@asynccontextmanager
async def memory(_: Path, __: Callable[[], str]) -> AsyncIterator[Journal]:
    def append(given: SessionAppend) -> None:
        if sum(len(each.text) for each in given.messages) > ROOM.run_bytes:
            raise LimitError("This run takes too many bytes of storage.")

    yield MemoryJournal(SystemClock(), append)


@asynccontextmanager
async def sqlite(folder: Path, _: Callable[[], str]) -> AsyncIterator[Journal]:
    database = open_database(folder / "state", room=ROOM)
    yield database.journal
    await database.close()


@asynccontextmanager
async def sqlite_in_memory(_: Path, __: Callable[[], str]) -> AsyncIterator[Journal]:
    database = open_database(None, room=ROOM)
    yield database.journal
    await database.close()


@asynccontextmanager
async def postgres(_: Path, url: Callable[[], str]) -> AsyncIterator[Journal]:
    database = await asyncio.to_thread(open_database, url(), room=ROOM)
    yield database.journal
    await database.close()


@asynccontextmanager
async def sealed(folder: Path, url: Callable[[], str]) -> AsyncIterator[Journal]:
    sealer = Sealer([NamedKey("a", bytes(32))])
    async with sqlite(folder, url) as journal:
        yield SealedJournal(journal, sealer)


JOURNALS = (memory, sealed, sqlite, sqlite_in_memory, postgres)
