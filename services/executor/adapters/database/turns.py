"""Creates runs, and gives them their turns: one run at a time in a session, over all executors.

A run that is not QUEUED has the turn, and an index allows one of them in a session. QUEUED ones
follow by their ``turn``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, or_, select, update

from services.executor.adapters.database.run_rows import (
    GOING_ON,
    OF_RUN,
    WITH_TURN,
    clock,
    lock,
    run_row,
    stop,
)
from services.executor.adapters.database.tables import RUNS
from services.executor.conversation import SessionPolicy
from services.executor.events import AbortCause
from services.executor.runs.ports import Created, Creation
from services.executor.runs.rows import NewRun, RunRow, RunStatus
from services.executor.runs.session_queue import Place, place_of

REFUSALS = {Place.BUSY: Creation.SESSION_BUSY, Place.FULL: Creation.QUEUE_FULL}


@dataclass(frozen=True)
class Turn:
    """What became of a run that asks for its turn; ``stopped`` is a run that is to make room."""

    ahead: int
    stopped: str = ""


def create(connection: Connection, new: NewRun, owner: str) -> Created:
    """Create a run; see ``Journal.create``."""
    known = _known(connection, new)
    if known is not None:
        if known.new.run_id == new.run_id and known.owner == owner:
            return Created(Creation.NEW, known)  # asked again, after a commit of unknown outcome
        same = known.new.spec_digest == new.spec_digest
        return Created(Creation.JOINED if same else Creation.OTHER_REQUEST, known)
    place, turn = Place.TURN, 0
    if new.session is not None:
        others = _others(connection, new)
        clients = [other.new.client for _, other in others]
        place = place_of(clients, new.client, new.policy)
        if place in REFUSALS:
            return Created(REFUSALS[place])
        turn = _turn_of(place, others)
        if place is Place.NEXT:
            for _, other in others:
                if other.status is not RunStatus.QUEUED:
                    stop(connection, other, AbortCause.INTERRUPTED.value)
    status = RunStatus.RUNNING if place is Place.TURN else RunStatus.QUEUED
    return Created(Creation.NEW, _insert(connection, new, owner, status, turn))


def _known(connection: Connection, new: NewRun) -> RunRow | None:
    same = RUNS.c.run_id == new.run_id
    if new.request_id:
        request = (
            (RUNS.c.tenant == new.tenant)
            & (RUNS.c.host == new.host)
            & (RUNS.c.request_id == new.request_id)
        )
        same = or_(same, request)
    row = connection.execute(select(*OF_RUN).where(same)).first()
    return None if row is None else run_row(row)


def _others(connection: Connection, new: NewRun) -> list[tuple[int, RunRow]]:
    """Return the session's other runs with their turns; the one that has it is locked."""
    assert new.session is not None
    of_session = (
        (RUNS.c.tenant == new.tenant)
        & (RUNS.c.resource_id == new.session.resource_id)
        & (RUNS.c.session_id == new.session.session_id)
    )
    # First, so that the second sees what others did until the lock was free.
    active = select(RUNS.c.run_id).where(of_session, RUNS.c.status.in_(WITH_TURN))
    connection.execute(active.with_for_update()).all()
    others = select(*OF_RUN, RUNS.c.turn).where(of_session, RUNS.c.status.in_(GOING_ON))
    return [(row.turn, run_row(row)) for row in connection.execute(others)]


def _turn_of(place: Place, others: list[tuple[int, RunRow]]) -> int:
    if place is Place.NEXT:
        waiting = [turn for turn, row in others if row.status is RunStatus.QUEUED]
        return min(waiting, default=1) - 1
    return max((turn for turn, _ in others), default=-1) + 1


def _insert(
    connection: Connection, new: NewRun, owner: str, status: RunStatus, turn: int
) -> RunRow:
    made = insert(RUNS).values(
        run_id=new.run_id,
        tenant=new.tenant,
        host=new.host,
        connection=new.connection,
        request_id=new.request_id,
        spec=new.spec,
        spec_digest=new.spec_digest,
        program=new.program,
        agent=new.agent,
        resource_id=new.owner_id,
        session_id=new.session.session_id if new.session is not None else "",
        policy=new.policy.value,
        continues=new.continues,
        deployed=new.deployed,
        status=status.value,
        turn=turn,
        next_sequence=1,
        next_record=0,
        owner=owner,
        epoch=1,
        claimed_by="",
        cancel="",
        created_ns=clock(connection),
        ended_ns=0,
    )
    return run_row(connection.execute(made.returning(*OF_RUN)).one())


def take_turn(connection: Connection, owner: str, run_id: str, epoch: int) -> Turn:
    """Give a run its turn if it is due; see ``Journal.take_turn``."""
    asked = select(*OF_RUN, RUNS.c.turn).where(
        RUNS.c.run_id == run_id, RUNS.c.owner == owner, RUNS.c.epoch == epoch
    )
    found = connection.execute(asked).first()
    if found is None:
        return Turn(-1)
    mine = run_row(found)
    if mine.status is not RunStatus.QUEUED or mine.new.session is None:
        return Turn(0)
    others = [each for each in _others(connection, mine.new) if each[1].new.run_id != run_id]
    active = [each for each in others if each[1].status is not RunStatus.QUEUED]
    ahead = len(active) + sum(
        turn < found.turn for turn, row in others if row.status is RunStatus.QUEUED
    )
    if not ahead:
        connection.execute(
            update(RUNS)
            .where(RUNS.c.run_id == run_id, RUNS.c.owner == owner, RUNS.c.epoch == epoch)
            .values(status=RunStatus.RUNNING.value)
        )
        return Turn(0)
    if mine.new.policy is SessionPolicy.INTERRUPT:
        for turn, row in active:
            # It took its turn while this run was put before it, so nobody has stopped it.
            if turn > found.turn and not row.cancel:
                stop(connection, row, AbortCause.INTERRUPTED.value)
                return Turn(ahead, row.new.run_id)
    return Turn(ahead)


def request_cancel(connection: Connection, run_id: str, tenant: str, cause: str) -> RunRow | None:
    """Note that a run is to be stopped; see ``Journal.request_cancel``."""
    row = lock(connection, run_id, tenant)
    if row is None or row.cancel or row.status.has_ended:
        return row
    stop(connection, row, cause)
    return lock(connection, run_id, tenant)
