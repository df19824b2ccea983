"""The fenced write: entries of many runs in one transaction, each by its owner or not at all.

Most entries only add events and records. These are written by the drivers themselves, with as few
statements as can be: this is what every token of an answer waits for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Connection, select, update

from services.executor.adapters.database import inputs
from services.executor.adapters.database.reading import joined
from services.executor.adapters.database.run_rows import OWNED, clock, settle
from services.executor.adapters.database.sessions import Append
from services.executor.adapters.database.tables import RUNS
from services.executor.errors import LimitError
from services.executor.runs.rows import Entry, RunStatus, Written

ADVANCE = """
UPDATE runs SET next_sequence = ?, next_record = ?
WHERE run_id = ? AND owner = ? AND epoch = ? AND next_sequence = ? AND next_record = ?
"""
ADD_EVENTS = "INSERT INTO events (run_id, first, count, data) VALUES (?, ?, ?, ?)"
ADD_RECORDS = "INSERT INTO records (run_id, number, kind, data) VALUES (?, ?, ?, ?)"
# The same in one statement, whose parameters are arrays: its text is one for any number of runs. It
# is sent in binary form, which takes half the time.
ADVANCE_ALL = """
WITH advanced AS (
    UPDATE runs SET next_sequence = entry.next_sequence, next_record = entry.next_record
    FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
        AS entry (run_id, epoch, first, first_record, next_sequence, next_record)
    WHERE runs.run_id = entry.run_id AND runs.owner = %b AND runs.epoch = entry.epoch
        AND runs.next_sequence = entry.first AND runs.next_record = entry.first_record
    RETURNING runs.run_id
), added_events AS (
    INSERT INTO events (run_id, first, count, data)
    SELECT event.run_id, event.first, event.count, event.data
    FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::bytea[])
        AS event (run_id, first, count, data) JOIN advanced ON advanced.run_id = event.run_id
), added_records AS (
    INSERT INTO records (run_id, number, kind, data)
    SELECT record.run_id, record.number, record.kind, record.data
    FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])
        AS record (run_id, number, kind, data) JOIN advanced ON advanced.run_id = record.run_id
)
SELECT run_id FROM advanced
"""


@dataclass
class _Outcome:
    lost: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


def write(connection: Connection, owner: str, entries: Sequence[Entry], append: Append) -> Written:
    """Write entries, within a transaction; see ``Journal.write``."""
    outcome = _Outcome()
    for part in _parts(entries):
        still = [entry for entry in part if entry.run_id not in outcome.refused]
        plain = [entry for entry in still if _is_plain(entry)]
        advanced = _advance(connection, owner, plain, alone=len(plain) == len(entries))
        outcome.lost.update(entry.run_id for entry in plain if entry.run_id not in advanced)
        for entry in still:
            if not _is_plain(entry):
                _write_one(connection, owner, entry, append, outcome)
    outcome.lost.difference_update(_written_before(connection, owner, entries, outcome.lost))
    return Written(frozenset(outcome.lost), outcome.refused)


def _parts(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries in parts with at most one of each run, which are in their order."""
    part: dict[str, Entry] = {}
    for entry in entries:
        if entry.run_id in part:
            yield list(part.values())
            part = {}
        part[entry.run_id] = entry
    if part:
        yield list(part.values())


def _is_plain(entry: Entry) -> bool:
    return entry.status is None and entry.end is None and not entry.inputs and not entry.closed


def _after(entry: Entry) -> tuple[int, int]:
    """Return a run's next sequence and next record after an entry."""
    return entry.first + len(entry.events), entry.first_record + len(entry.records)


def _events(entries: Sequence[Entry]) -> list[tuple[str, int, int, bytes]]:
    return [
        (entry.run_id, entry.first, len(entry.events), joined(entry.events))
        for entry in entries
        if entry.events
    ]


def _records(entries: Sequence[Entry]) -> list[tuple[str, int, str, bytes]]:
    return [
        (entry.run_id, number, record.kind, record.data)
        for entry in entries
        for number, record in enumerate(entry.records, entry.first_record)
    ]


def _advance(
    connection: Connection, owner: str, entries: Sequence[Entry], *, alone: bool
) -> set[str]:
    """Add events and records of runs that ``owner`` owns, and return which those are.

    ``alone`` tells that the transaction has nothing before it and nothing after it.
    """
    driver = connection.connection.driver_connection
    if not entries:
        return set()
    if isinstance(driver, sqlite3.Connection):
        return _advance_in_file(driver, owner, entries)
    assert isinstance(driver, psycopg.Connection)
    return _advance_on_server(driver, owner, entries, alone=alone)


def _advance_in_file(driver: sqlite3.Connection, owner: str, entries: Sequence[Entry]) -> set[str]:
    owned = []
    for entry in entries:
        expected = (entry.run_id, owner, entry.epoch, entry.first, entry.first_record)
        if driver.execute(ADVANCE, (*_after(entry), *expected)).rowcount:
            owned.append(entry)
    driver.executemany(ADD_EVENTS, _events(owned))
    driver.executemany(ADD_RECORDS, _records(owned))
    return {entry.run_id for entry in owned}


def _advance_on_server(
    driver: psycopg.Connection[Any], owner: str, entries: Sequence[Entry], *, alone: bool
) -> set[str]:
    rows = [
        (entry.run_id, entry.epoch, entry.first, entry.first_record, *_after(entry))
        for entry in entries
    ]
    values = (
        *_columns(rows, 6),
        owner,
        *_columns(_events(entries), 4),
        *_columns(_records(entries), 4),
    )
    if not alone:
        return {row[0] for row in driver.execute(ADVANCE_ALL, values)}
    driver.autocommit = True  # the statement is a transaction by itself, in one round trip
    try:
        return {row[0] for row in driver.execute(ADVANCE_ALL, values)}
    finally:
        if not driver.closed:
            driver.autocommit = False


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> Sequence[list[Any]]:
    return [[row[column] for row in rows] for column in range(count)]


def _write_one(
    connection: Connection, owner: str, entry: Entry, append: Append, outcome: _Outcome
) -> None:
    """Write an entry that changes more of its run than its events and records."""
    if entry.end is None or entry.end.append is None:
        if not _change(connection, owner, entry):
            outcome.lost.add(entry.run_id)
        return
    before = connection.begin_nested()
    try:
        if _change(connection, owner, entry):
            append(connection, entry.end.append)
        else:
            outcome.lost.add(entry.run_id)
    except LimitError as error:
        before.rollback()
        outcome.refused[entry.run_id] = str(error)
    else:
        before.commit()


def _change(connection: Connection, owner: str, entry: Entry) -> bool:
    """Write an entry; False if ``owner`` does not own its run."""
    sequence, record = _after(entry)
    values: dict[str, Any] = {"next_sequence": sequence, "next_record": record}
    status = entry.end.status if entry.end is not None else entry.status
    if status is not None:
        values |= {"status": status.value}
        if status not in OWNED:
            values |= {"owner": ""}
    if entry.end is not None:
        values |= {"ended": entry.end.ended, "ended_ns": clock(connection)}
    changed = (
        update(RUNS)
        .where(RUNS.c.run_id == entry.run_id, RUNS.c.owner == owner, RUNS.c.epoch == entry.epoch)
        .where(RUNS.c.next_sequence == entry.first, RUNS.c.next_record == entry.first_record)
        .values(**values)
        .returning(RUNS.c.tenant, RUNS.c.resource_id)
    )
    row = connection.execute(changed).first()
    if row is None:
        return False
    for statement, rows in ((ADD_EVENTS, _events([entry])), (ADD_RECORDS, _records([entry]))):
        if rows:
            connection.exec_driver_sql(_in_style(connection, statement), rows)
    inputs.add(connection, (entry.run_id, row.tenant, row.resource_id), entry.inputs)
    if entry.end is not None:
        inputs.close(connection, entry.run_id, None)
    elif entry.closed:
        inputs.close(connection, entry.run_id, entry.closed)
    if status is RunStatus.WAITING:
        settle(connection, entry.run_id)
    return True


def _in_style(connection: Connection, statement: str) -> str:
    return statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")


def _written_before(
    connection: Connection, owner: str, entries: Sequence[Entry], lost: set[str]
) -> set[str]:
    """Return the runs that stand where these entries leave them, by this owner's own hand.

    An earlier try has written them then, whose commit's outcome was not known.
    """
    last = {entry.run_id: entry for entry in entries if entry.run_id in lost}
    if not last:
        return set()
    asked = select(
        RUNS.c.run_id, RUNS.c.owner, RUNS.c.epoch, RUNS.c.next_sequence, RUNS.c.next_record
    ).where(RUNS.c.run_id.in_(list(last)))
    return {
        row.run_id
        for row in connection.execute(asked)
        if row.owner in {owner, ""}
        and row.epoch == last[row.run_id].epoch
        and (row.next_sequence, row.next_record) == _after(last[row.run_id])
    }
