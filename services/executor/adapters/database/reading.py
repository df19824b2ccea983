"""Reads runs, events and records, and deletes runs that have ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

from sqlalchemy import Connection, delete, exists, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from services.executor.adapters.database.agent_rows import purge
from services.executor.adapters.database.agent_tables import VERSIONS
from services.executor.adapters.database.run_rows import OF_RUN, clock, run_row
from services.executor.adapters.database.tables import (
    EVENTS,
    EXECUTORS,
    INPUTS,
    PROGRAMS,
    RECORDS,
    RUNS,
)
from services.executor.runs.rows import EventChunk, Record, RunFilter, RunRow, RunStatus

LENGTH = Struct(">I")
ROWS_AT_ONCE = 16
ENDED = (RunStatus.COMPLETED.value, RunStatus.FAILED.value, RunStatus.ABORTED.value)
DAY_NS = 24 * 3600 * 1_000_000_000
"""How long a bundle stays without a run: one may be about to begin."""


def joined(events: Sequence[bytes]) -> bytes:
    """Return events as one value: each as its length in four bytes, then itself."""
    return b"".join(piece for event in events for piece in (LENGTH.pack(len(event)), event))


def parted(data: bytes) -> Iterator[bytes]:
    """Yield the events of a value."""
    at = 0
    while at < len(data):
        (size,) = LENGTH.unpack_from(data, at)
        at += LENGTH.size
        yield data[at : at + size]
        at += size


def run(connection: Connection, run_id: str, tenant: str) -> RunRow | None:
    """Return a run."""
    asked = select(*OF_RUN).where(RUNS.c.run_id == run_id, RUNS.c.tenant == tenant)
    row = connection.execute(asked).first()
    return None if row is None else run_row(row)


def runs(connection: Connection, wanted: RunFilter, most: int) -> list[RunRow]:
    """Return runs, the latest first; see ``Journal.runs``."""
    asked = select(*OF_RUN).where(RUNS.c.tenant == wanted.tenant)
    if wanted.session_id:
        asked = asked.where(RUNS.c.session_id == wanted.session_id)
    if wanted.resource_id is not None:
        asked = asked.where(RUNS.c.resource_id == wanted.resource_id)
    if wanted.statuses:
        asked = asked.where(RUNS.c.status.in_([status.value for status in wanted.statuses]))
    if wanted.from_ns is not None:
        asked = asked.where(RUNS.c.created_ns >= wanted.from_ns)
    if wanted.before_ns is not None:
        asked = asked.where(RUNS.c.created_ns < wanted.before_ns)
    if wanted.before is not None:
        created, run_id = wanted.before
        place = tuple_(RUNS.c.created_ns, RUNS.c.run_id)
        asked = asked.where(place < tuple_(literal(created), literal(run_id)))
    ordered = asked.order_by(RUNS.c.created_ns.desc(), RUNS.c.run_id.desc()).limit(most)
    return [run_row(row) for row in connection.execute(ordered)]


def events(connection: Connection, run_id: str, after: int, most_bytes: int) -> list[EventChunk]:
    """Return events after a sequence; see ``Journal.events``."""
    of_run = EVENTS.c.run_id == run_id
    holds = select(func.max(EVENTS.c.first)).where(of_run, EVENTS.c.first <= after + 1)
    start = connection.execute(holds).scalar() or 0
    chunks: list[EventChunk] = []
    size = 0
    while size < most_bytes:
        asked = select(EVENTS.c.first, EVENTS.c.data).where(of_run, EVENTS.c.first >= start)
        rows = connection.execute(asked.order_by(EVENTS.c.first).limit(ROWS_AT_ONCE)).all()
        for first, data in rows:
            known = max(0, after + 1 - first)
            found = tuple(parted(data))[known:]
            start = first + 1
            if found:
                chunks.append(EventChunk(first + known, found))
                size += len(data)
            if size >= most_bytes:
                return chunks
        if len(rows) < ROWS_AT_ONCE:
            break
    return chunks


def records(connection: Connection, run_id: str, kind: str) -> list[Record]:
    """Return records in their order, those of one kind if it is given."""
    asked = select(RECORDS.c.kind, RECORDS.c.data).where(RECORDS.c.run_id == run_id)
    if kind:
        asked = asked.where(RECORDS.c.kind == kind)
    found = connection.execute(asked.order_by(RECORDS.c.number))
    return [Record(row.kind, row.data) for row in found]


def remove(connection: Connection, run_id: str, tenant: str) -> bool:
    """Delete a run that has ended; see ``Journal.delete``."""
    asked = select(RUNS.c.run_id).where(
        RUNS.c.run_id == run_id, RUNS.c.tenant == tenant, RUNS.c.status.in_(ENDED)
    )
    found = connection.execute(asked.with_for_update()).scalars().all()
    _remove(connection, list(found))
    return bool(found)


def expire(connection: Connection, before_ns: int, most: int) -> int:
    """Delete runs that ended before a time, and what nobody needs then; see ``Journal.expire``."""
    old = (
        select(RUNS.c.run_id)
        .where(RUNS.c.ended_ns > 0, RUNS.c.ended_ns < before_ns)
        .order_by(RUNS.c.ended_ns)
        .limit(most)
    )
    found = list(connection.execute(old.with_for_update(skip_locked=True)).scalars())
    _remove(connection, found)
    day = clock(connection) - DAY_NS
    used = exists().where(RUNS.c.program == PROGRAMS.c.digest)
    purge(connection, day)
    deployed = exists().where(VERSIONS.c.digest == PROGRAMS.c.digest)
    connection.execute(delete(PROGRAMS).where(PROGRAMS.c.kept_ns < day, ~used, ~deployed))
    connection.execute(delete(EXECUTORS).where(EXECUTORS.c.beat_ns < day))
    return len(found)


def _remove(connection: Connection, run_ids: list[str]) -> None:
    if run_ids:
        for table in (EVENTS, RECORDS, INPUTS, RUNS):
            connection.execute(delete(table).where(table.c.run_id.in_(run_ids)))


def keep_program(connection: Connection, digest: str, source: bytes) -> None:
    """Keep a bundle."""
    now = clock(connection)
    known = PROGRAMS.update().where(PROGRAMS.c.digest == digest).values(kept_ns=now)
    if not connection.execute(known).rowcount:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        made = insert(PROGRAMS).values(digest=digest, source=source, kept_ns=now)
        connection.execute(made.on_conflict_do_nothing(index_elements=[PROGRAMS.c.digest]))


def program(connection: Connection, digest: str) -> bytes | None:
    """Return a bundle."""
    return connection.execute(select(PROGRAMS.c.source).where(PROGRAMS.c.digest == digest)).scalar()


def program_of(connection: Connection, tenant: str, digest: str) -> bytes | None:
    """Return a bundle if a run of a tenant has it, or it has deployed it.

    That is one look into each index, whoever else has it.
    """
    runs = exists().where(RUNS.c.program == digest, RUNS.c.tenant == tenant)
    deployed = exists().where(
        VERSIONS.c.digest == digest, VERSIONS.c.organisation == tenant, VERSIONS.c.deleted_ns == 0
    )
    own = runs | deployed
    asked = select(PROGRAMS.c.source).where(PROGRAMS.c.digest == digest, own)
    return connection.execute(asked).scalar()
