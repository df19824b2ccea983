"""Who is alive, and who takes over the runs of those who are not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, case, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.executor.adapters.database.run_rows import OF_RUN, OPEN, OWNED, clock, run_row
from services.executor.adapters.database.tables import EXECUTORS, INPUTS, RUNS
from services.executor.runs.rows import RunRow, RunStatus

NANO = 1_000_000_000
OWNED_VALUES = tuple(status.value for status in OWNED)


def beat(connection: Connection, owner: str) -> None:
    """Note that an executor is alive."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    now = clock(connection)
    made = insert(EXECUTORS).values(owner=owner, beat_ns=now)
    connection.execute(
        made.on_conflict_do_update(index_elements=[EXECUTORS.c.owner], set_={"beat_ns": now})
    )


def leave(connection: Connection, owner: str) -> None:
    """Note that an executor has ended."""
    connection.execute(delete(EXECUTORS).where(EXECUTORS.c.owner == owner))


def forget_all(connection: Connection) -> None:
    """Note that no executor is alive: nobody else has the database's file."""
    connection.execute(delete(EXECUTORS))


def claim(connection: Connection, owner: str, lease_s: float, most: int, call: str) -> list[RunRow]:
    """Take over runs; see ``Journal.claim``. ``call`` names this call: see ``claimed``."""
    since = clock(connection) - int(lease_s * NANO)
    alive = exists().where(EXECUTORS.c.owner == RUNS.c.owner, EXECUTORS.c.beat_ns >= since)
    now = select(clock(connection)).scalar_subquery()  # asked once, so that an index can be used
    expired = select(INPUTS.c.run_id).where(OPEN, INPUTS.c.expires_ns <= now)
    free: tuple[ColumnElement[bool], ...] = (
        RUNS.c.status == RunStatus.READY.value,
        RUNS.c.status.in_(OWNED_VALUES) & (RUNS.c.owner != owner) & ~alive,
        (RUNS.c.status == RunStatus.WAITING.value) & RUNS.c.run_id.in_(expired),
    )
    taken: list[str] = []
    for condition in free:  # one by one, so that each goes by an index
        if len(taken) < most:
            asked = select(RUNS.c.run_id).where(condition).order_by(RUNS.c.created_ns)
            locked = asked.limit(most - len(taken)).with_for_update(skip_locked=True)
            taken += connection.execute(locked).scalars()
    if not taken:
        return []
    queued = RUNS.c.status == RunStatus.QUEUED.value
    claimed = (
        update(RUNS)
        .where(RUNS.c.run_id.in_(taken))
        .values(
            owner=owner,
            epoch=RUNS.c.epoch + 1,
            claimed_by=call,
            status=case((queued, RUNS.c.status), else_=RunStatus.RUNNING.value),
        )
        .returning(*OF_RUN)
    )
    return _in_order([run_row(row) for row in connection.execute(claimed)])


def claimed(connection: Connection, owner: str, call: str) -> list[RunRow]:
    """Return what a call of ``claim`` took over whose commit had an unknown outcome."""
    asked = select(*OF_RUN).where(RUNS.c.owner == owner, RUNS.c.claimed_by == call)
    still = asked.where(RUNS.c.status.in_(OWNED_VALUES))
    return _in_order([run_row(row) for row in connection.execute(still)])


def owned(connection: Connection, owner: str) -> list[str]:
    """Return the ids of the runs that an executor has."""
    asked = select(RUNS.c.run_id).where(RUNS.c.status.in_(OWNED_VALUES), RUNS.c.owner == owner)
    return list(connection.execute(asked).scalars())


def free(connection: Connection, owner: str, run_ids: Sequence[str]) -> None:
    """Take runs from an executor; nobody is alive whose name is empty."""
    mine = RUNS.c.status.in_(OWNED_VALUES) & (RUNS.c.owner == owner)
    connection.execute(update(RUNS).where(RUNS.c.run_id.in_(run_ids), mine).values(owner=""))


def cancels(connection: Connection, owner: str) -> list[tuple[str, str]]:
    """Return the runs of an executor that are to be stopped, and why."""
    asked = select(RUNS.c.run_id, RUNS.c.cancel).where(
        RUNS.c.status.in_(OWNED_VALUES), RUNS.c.owner == owner, RUNS.c.cancel != ""
    )
    return [(row.run_id, row.cancel) for row in connection.execute(asked)]


def _in_order(rows: list[RunRow]) -> list[RunRow]:
    return sorted(rows, key=lambda row: (row.created_ns, row.new.run_id))
