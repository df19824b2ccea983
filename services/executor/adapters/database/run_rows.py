"""Reads and changes single rows of runs; what several parts of the journal need."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    exists,
    literal,
    literal_column,
    select,
    update,
)

from services.executor.adapters.database.tables import INPUTS, RUNS
from services.executor.conversation import SessionKey, SessionPolicy
from services.executor.runs.rows import NewRun, RunRow, RunStatus

OF_RUN = (
    *(RUNS.c.run_id, RUNS.c.tenant, RUNS.c.host, RUNS.c.connection, RUNS.c.request_id),
    *(RUNS.c.spec, RUNS.c.spec_digest, RUNS.c.program, RUNS.c.agent),
    *(RUNS.c.resource_id, RUNS.c.session_id, RUNS.c.policy, RUNS.c.continues, RUNS.c.deployed),
    *(RUNS.c.status, RUNS.c.next_sequence, RUNS.c.next_record, RUNS.c.owner, RUNS.c.epoch),
    *(RUNS.c.cancel, RUNS.c.created_ns, RUNS.c.ended_ns, RUNS.c.ended),
)
OWNED = (RunStatus.QUEUED, RunStatus.RUNNING)
WITH_TURN = (RunStatus.READY.value, RunStatus.RUNNING.value, RunStatus.WAITING.value)
GOING_ON = (*WITH_TURN, RunStatus.QUEUED.value)
POSTGRES_NOW: ColumnElement[int] = literal_column(
    "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000000 AS BIGINT)"
)
# What a run waits for: `answer` is empty only while it is.
OPEN = INPUTS.c.waited_for & INPUTS.c.answer.is_(None)


def clock(connection: Connection) -> ColumnElement[int]:
    """Return the database's time, which is this machine's where the database is a file."""
    if connection.dialect.name == "sqlite":
        return literal(time.time_ns())
    return POSTGRES_NOW


def run_row(row: Row[*tuple[Any, ...]]) -> RunRow:
    """Return a row of ``OF_RUN``."""
    session = SessionKey(row.resource_id, row.session_id, row.tenant) if row.session_id else None
    new = NewRun(
        run_id=row.run_id,
        tenant=row.tenant,
        host=row.host,
        connection=row.connection,
        request_id=row.request_id,
        spec=row.spec,
        spec_digest=row.spec_digest,
        program=row.program,
        agent=row.agent,
        session=session,
        policy=SessionPolicy(row.policy),
        continues=bool(row.continues),
        deployed=row.deployed,
        resource_id="" if row.session_id else row.resource_id,
    )
    return RunRow(
        new=new,
        status=RunStatus(row.status),
        next_sequence=row.next_sequence,
        next_record=row.next_record,
        owner=row.owner,
        epoch=row.epoch,
        cancel=row.cancel,
        created_ns=row.created_ns,
        ended_ns=row.ended_ns,
        ended=row.ended,
    )


def lock(connection: Connection, run_id: str, tenant: str) -> RunRow | None:
    """Return a run that nobody else changes until the end of the transaction."""
    asked = select(*OF_RUN).where(RUNS.c.run_id == run_id, RUNS.c.tenant == tenant)
    row = connection.execute(asked.with_for_update()).first()
    return None if row is None else run_row(row)


def settle(connection: Connection, run_id: str) -> None:
    """Make a WAITING run READY that has all its answers, or is to be stopped.

    Its row is locked: an answer that is written at the same time is seen, or sees.
    """
    waits = exists().where(INPUTS.c.run_id == run_id, OPEN)
    connection.execute(
        update(RUNS)
        .where(RUNS.c.run_id == run_id, RUNS.c.status == RunStatus.WAITING.value)
        .where((RUNS.c.cancel != "") | ~waits)
        .values(status=RunStatus.READY.value)
    )


def stop(connection: Connection, row: RunRow, cause: str) -> None:
    """Note that a run is to be stopped, whose row is locked, unless it is already."""
    if not row.cancel and not row.status.has_ended:
        run_id = row.new.run_id
        connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(cancel=cause))
        settle(connection, run_id)
