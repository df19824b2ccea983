"""What runs wait for, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, literal, select, tuple_, update

from services.executor.adapters.database.run_rows import OPEN, clock, lock, settle
from services.executor.adapters.database.tables import INPUTS
from services.executor.lifecycle_events import InputKind
from services.executor.runs.ports import Answered
from services.executor.runs.rows import InputRow, NewInput


def add(connection: Connection, run: tuple[str, str, str], inputs: Sequence[NewInput]) -> None:
    """Add what a run begins to wait for; ``run`` is its id, tenant and resource."""
    run_id, tenant, resource_id = run
    if not inputs:
        return
    now_ns = connection.execute(select(clock(connection))).scalar_one()
    for new in inputs:
        connection.execute(
            insert(INPUTS).values(
                run_id=run_id,
                input_id=new.input_id,
                tenant=tenant,
                resource_id=resource_id,
                kind=new.kind.value,
                call_id=new.call_id,
                tool=new.tool,
                program=new.program,
                arguments=new.arguments,
                required=new.required,
                expires_ns=now_ns + new.wait_ns,
                created_ns=now_ns,
                waited_for=True,
                request_id="",
            )
        )


def close(connection: Connection, run_id: str, input_ids: Sequence[str] | None) -> None:
    """Note that a run does not wait for some inputs any more, or for any."""
    closed = update(INPUTS).where(INPUTS.c.run_id == run_id).values(waited_for=False)
    if input_ids is not None:
        closed = closed.where(INPUTS.c.input_id.in_(input_ids))
    connection.execute(closed)


def waited_for(
    connection: Connection,
    tenant: str,
    run_id: str,
    resource_id: str | None,
    after: str,
    most: int,
) -> list[InputRow]:
    """Return inputs that are waited for; see ``Journal.inputs``."""
    asked = _with_expiry(connection).where(
        INPUTS.c.tenant == tenant, OPEN, INPUTS.c.expires_ns > clock(connection)
    )
    if run_id:
        asked = asked.where(INPUTS.c.run_id == run_id)
    if resource_id is not None:
        asked = asked.where(INPUTS.c.resource_id == resource_id)
    if after:
        place = select(INPUTS.c.created_ns).where(
            INPUTS.c.tenant == tenant, INPUTS.c.input_id == after
        )
        created = connection.execute(place).scalar()
        if created is not None:
            here = tuple_(INPUTS.c.created_ns, INPUTS.c.input_id)
            asked = asked.where(here > tuple_(literal(created), literal(after)))
    ordered = asked.order_by(INPUTS.c.created_ns, INPUTS.c.input_id).limit(most)
    return [_input_row(row) for row in connection.execute(ordered)]


def of_run(connection: Connection, run_id: str) -> list[InputRow]:
    """Return all inputs of a run, the oldest first."""
    asked = _with_expiry(connection).where(INPUTS.c.run_id == run_id)
    ordered = asked.order_by(INPUTS.c.created_ns, INPUTS.c.input_id)
    return [_input_row(row) for row in connection.execute(ordered)]


def answer(
    connection: Connection, place: tuple[str, str, str], request_id: str, given: bytes
) -> Answered:
    """Answer an input; ``place`` is its run, tenant and id. See ``Journal.answer``."""
    run_id, tenant, input_id = place
    run = lock(connection, run_id, tenant)
    asked = _with_expiry(connection).where(INPUTS.c.run_id == run_id, INPUTS.c.input_id == input_id)
    row = connection.execute(asked).first()
    if run is None or row is None:
        return Answered.UNKNOWN
    if row.answer is not None:
        same = request_id and (row.request_id, row.answer) == (request_id, given)
        return Answered.AGAIN if same else Answered.ANSWERED
    if run.status.has_ended:
        return Answered.UNKNOWN
    if row.is_expired or not row.waited_for:
        return Answered.EXPIRED
    connection.execute(
        update(INPUTS)
        .where(INPUTS.c.run_id == run_id, INPUTS.c.input_id == input_id)
        .values(answer=given, request_id=request_id)
    )
    settle(connection, run_id)
    return Answered.ACCEPTED


def _with_expiry(connection: Connection) -> Select[Any]:
    return select(INPUTS, (INPUTS.c.expires_ns <= clock(connection)).label("is_expired"))


def _input_row(row: Row[*tuple[Any, ...]]) -> InputRow:
    new = NewInput(
        input_id=row.input_id,
        kind=InputKind(row.kind),
        call_id=row.call_id,
        tool=row.tool,
        program=row.program,
        arguments=row.arguments,
        required=row.required,
        wait_ns=row.expires_ns - row.created_ns,
    )
    return InputRow(
        run_id=row.run_id,
        tenant=row.tenant,
        resource_id=row.resource_id,
        new=new,
        created_ns=row.created_ns,
        answer=row.answer,
        request_id=row.request_id,
        is_expired=bool(row.is_expired),
    )
