"""Reads and changes the rows of deployed agents; each function is part of one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Text, cast, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.executor.access_errors import (
    DeploymentNotFoundError,
    ReachNotApprovedError,
    VersionChangedError,
)
from services.executor.adapters.database.agent_tables import AGENTS, LABELS, PINS, VERSIONS
from services.executor.adapters.database.run_rows import GOING_ON, clock
from services.executor.adapters.database.tables import RUNS, SESSIONS
from services.executor.agent_names import AgentRef
from services.executor.conversation import SessionKey
from services.executor.errors import LimitError
from services.executor.registry.picking import picked
from services.executor.registry.ports import Widened
from services.executor.registry.rows import AgentRow, LabelRow, NewVersion, VersionRow

MAX_AGENTS: Final = 1_000
MAX_VERSIONS: Final = 1_000
PINS_AT_ONCE: Final = 1_000


def not_found(ref: AgentRef | str) -> DeploymentNotFoundError:
    """Return the error for what is not there, and for what is another organisation's."""
    return DeploymentNotFoundError(
        f'There is no deployed agent "{ref}". `caisson agents list` shows which there are, and '
        "`caisson agents label` says which version a label is."
    )


def not_approved(row: VersionRow) -> ReachNotApprovedError:
    """Return the error for a version that may not run."""
    return ReachNotApprovedError(
        f"Nobody approved what {row.pinned} may reach: {'; '.join(row.wider[:3])}. "
        f"An approver can: caisson agents approve {row.new.name} {row.version}."
    )


def deploy(
    connection: Connection,
    organisation: str,
    new: NewVersion,
    widened: Widened,
    expected: int | None,
) -> VersionRow:
    """Add a version; see ``AgentStore.deploy``."""
    found = locked(connection, organisation, new.name)
    latest = 0 if found is None else found.latest
    check_latest(0 if found is None or found.deleted_ns else latest, expected)
    known = versions(connection, organisation, new.name, 0, 1)
    if known and (known[0].new.digest, known[0].new.reach) == (new.digest, new.reach):
        if new.approves and not known[0].approved_ns:
            return approve(connection, organisation, new.name, known[0].version, new.by)
        return known[0]
    _check_room(connection, organisation, new.name, is_new=found is None)
    wider = widened(approved_reach(connection, organisation, new.name), new.reach)
    now, approved = clock(connection), new.approves or not wider
    _keep_agent(connection, organisation, new.name, latest + 1, is_new=found is None)
    made = insert(VERSIONS).values(
        organisation=organisation,
        name=new.name,
        version=latest + 1,
        digest=new.digest,
        agents=json.dumps(new.agents),
        reach=new.reach,
        wider=json.dumps(wider),
        created_ns=now,
        created_by=new.by,
        approved_ns=now if approved else 0,
        approved_by=new.by if wider and approved else "",
        deleted_ns=0,
    )
    return _version_row(connection.execute(made.returning(*VERSIONS.c)).one())


def agents(connection: Connection, organisation: str, after: str, most: int) -> list[AgentRow]:
    """Return agents by name; see ``AgentStore.agents``."""
    asked = select(*AGENTS.c).where(
        AGENTS.c.organisation == organisation, AGENTS.c.deleted_ns == 0, AGENTS.c.name > after
    )
    rows = connection.execute(asked.order_by(AGENTS.c.name).limit(most)).all()
    return [_agent_row(connection, organisation, row) for row in rows]


def agent(connection: Connection, organisation: str, name: str) -> AgentRow:
    """Return an agent; raises DeploymentNotFoundError."""
    asked = select(*AGENTS.c).where(AGENTS.c.organisation == organisation, AGENTS.c.name == name)
    row = connection.execute(asked).first()
    if row is None or row.deleted_ns:
        raise not_found(name)
    return _agent_row(connection, organisation, row)


def versions(
    connection: Connection, organisation: str, name: str, before: int, most: int
) -> list[VersionRow]:
    """Return versions before a number, all for 0, the newest first."""
    asked = select(*VERSIONS.c).where(
        of_agent(VERSIONS, organisation, name), VERSIONS.c.deleted_ns == 0
    )
    if before:
        asked = asked.where(VERSIONS.c.version < before)
    rows = connection.execute(asked.order_by(VERSIONS.c.version.desc()).limit(most))
    return [_version_row(row) for row in rows]


def version(
    connection: Connection, organisation: str, name: str, number: int, *, deleted: bool = False
) -> VersionRow | None:
    """Return a version, a deleted one only if those are asked for, too."""
    asked = select(*VERSIONS.c).where(
        of_agent(VERSIONS, organisation, name), VERSIONS.c.version == number
    )
    row = connection.execute(asked).first()
    return None if row is None or (row.deleted_ns and not deleted) else _version_row(row)


def approve(
    connection: Connection, organisation: str, name: str, number: int, by: str
) -> VersionRow:
    """Approve a version; see ``AgentStore.approve``."""
    found = version(connection, organisation, name, number)
    if found is None:
        raise not_found(AgentRef(name, version=number))
    if found.approved_ns:
        return found
    made = (
        update(VERSIONS)
        .where(of_agent(VERSIONS, organisation, name), VERSIONS.c.version == number)
        .where(VERSIONS.c.approved_ns == 0)
        .values(approved_ns=clock(connection), approved_by=by)
    )
    connection.execute(made)
    return version(connection, organisation, name, number) or found


def approved_reach(connection: Connection, organisation: str, name: str) -> bytes | None:
    """Return the reach of the newest approved version; None for none."""
    asked = select(VERSIONS.c.reach).where(
        of_agent(VERSIONS, organisation, name),
        VERSIONS.c.deleted_ns == 0,
        VERSIONS.c.approved_ns > 0,
    )
    return connection.execute(asked.order_by(VERSIONS.c.version.desc()).limit(1)).scalar()


def picked_version(
    connection: Connection, organisation: str, ref: AgentRef, place: float
) -> VersionRow:
    """Return the version that a reference gives at a place; see ``AgentStore.resolve``."""
    number = ref.version
    if not number:
        number = picked(_labels(connection, organisation, ref.name), ref.label, place)
    found = version(connection, organisation, ref.name, number)
    if found is None:
        raise not_found(ref)
    if not found.approved_ns:
        raise not_approved(found)
    return found


def of_session(
    connection: Connection, organisation: str, ref: AgentRef, session: SessionKey
) -> VersionRow | None:
    """Return the version that a session began on, None if there is none any more."""
    asked = select(PINS.c.version).where(_pin(organisation, ref, session))
    number = connection.execute(asked).scalar()
    return version(connection, organisation, ref.name, number) if number else None


def began(
    connection: Connection, organisation: str, ref: AgentRef, session: SessionKey, place: float
) -> VersionRow:
    """Return the version of a session, which begins on one if it has none."""
    found = of_session(connection, organisation, ref, session)
    if found is not None:
        return found
    found = picked_version(connection, organisation, ref, place)
    connection.execute(delete(PINS).where(_pin(organisation, ref, session)))
    made = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    pin = made(PINS).values(
        organisation=organisation,
        name=ref.name,
        label=ref.label,
        resource_id=session.resource_id,
        session_id=session.session_id,
        version=found.version,
        seen_ns=clock(connection),
    )
    connection.execute(pin.on_conflict_do_nothing())
    return of_session(connection, organisation, ref, session) or found


def purge(connection: Connection, before_ns: Any) -> None:
    """Delete what nobody needs: deleted versions without runs, pins without sessions.

    Pins are looked at once in the time that ``before_ns`` is ago, some in each call.
    """
    named = VERSIONS.c.name + "@" + cast(VERSIONS.c.version, Text)
    going_on = exists().where(
        RUNS.c.status.in_(GOING_ON),
        RUNS.c.tenant == VERSIONS.c.organisation,
        RUNS.c.deployed == named,
    )
    old = (VERSIONS.c.deleted_ns > 0) & (VERSIONS.c.deleted_ns < before_ns)
    connection.execute(delete(VERSIONS).where(old, ~going_on))
    key = tuple(PINS.primary_key.columns)
    asked = select(*key).where(PINS.c.seen_ns < before_ns).order_by(PINS.c.seen_ns)
    for row in connection.execute(asked.limit(PINS_AT_ONCE)).all():
        session = SessionKey(row.resource_id, row.session_id, row.organisation)
        at = _pin(row.organisation, AgentRef(row.name, row.label), session)
        stored = exists().where(
            SESSIONS.c.organisation == row.organisation,
            SESSIONS.c.resource_id == row.resource_id,
            SESSIONS.c.session_id == row.session_id,
        )
        runs = exists().where(
            RUNS.c.resource_id == row.resource_id,
            RUNS.c.session_id == row.session_id,
            RUNS.c.tenant == row.organisation,
        )
        is_used = connection.execute(select(stored | runs)).scalar()
        seen = update(PINS).where(at).values(seen_ns=clock(connection))
        connection.execute(seen if is_used else delete(PINS).where(at))


def of_agent(table: Any, organisation: str, name: str) -> Any:
    """Return the condition for the rows of an agent."""
    return (table.c.organisation == organisation) & (table.c.name == name)


def _pin(organisation: str, ref: AgentRef, session: SessionKey) -> Any:
    return (
        of_agent(PINS, organisation, ref.name)
        & (PINS.c.label == ref.label)
        & (PINS.c.resource_id == session.resource_id)
        & (PINS.c.session_id == session.session_id)
    )


def locked(connection: Connection, organisation: str, name: str) -> Row[Any] | None:
    """Return the row of an agent, also of a deleted one, which nobody else changes meanwhile."""
    asked = select(*AGENTS.c).where(of_agent(AGENTS, organisation, name)).with_for_update()
    return connection.execute(asked).first()


def check_latest(latest: int, expected: int | None) -> None:
    """Raise VersionChangedError if the newest version is not the expected one."""
    if expected is not None and expected != latest:
        raise VersionChangedError(
            f"The newest version is {latest}, not {expected}: somebody changed the agent "
            "meanwhile. Look at it again."
        )


def _check_room(connection: Connection, organisation: str, name: str, *, is_new: bool) -> None:
    mine = (of_agent(VERSIONS, organisation, name), VERSIONS.c.deleted_ns == 0)
    asked = select(func.count()).select_from(VERSIONS).where(*mine)
    if (connection.execute(asked).scalar() or 0) >= MAX_VERSIONS:
        raise LimitError(f'"{name}" has {MAX_VERSIONS} versions, the limit. Delete old ones.')
    if is_new:
        asked = select(func.count()).select_from(AGENTS)
        asked = asked.where(AGENTS.c.organisation == organisation)
        if (connection.execute(asked).scalar() or 0) >= MAX_AGENTS:
            raise LimitError(
                f"There are {MAX_AGENTS} agents, deleted ones included, the limit. Use a name that "
                "was used before."
            )


def _keep_agent(
    connection: Connection, organisation: str, name: str, latest: int, *, is_new: bool
) -> None:
    if not is_new:
        known = update(AGENTS).where(of_agent(AGENTS, organisation, name))
        connection.execute(known.values(latest=latest, deleted_ns=0))
        return
    made = insert(AGENTS).values(
        organisation=organisation,
        name=name,
        latest=latest,
        created_ns=clock(connection),
        deleted_ns=0,
    )
    connection.execute(made)


def _labels(connection: Connection, organisation: str, name: str) -> list[LabelRow]:
    asked = select(*LABELS.c).where(of_agent(LABELS, organisation, name)).order_by(LABELS.c.label)
    return [
        LabelRow(row.label, row.version, row.percent, row.changed_ns, row.changed_by)
        for row in connection.execute(asked)
    ]


def _agent_row(connection: Connection, organisation: str, row: Row[Any]) -> AgentRow:
    labels = tuple(_labels(connection, organisation, row.name))
    return AgentRow(row.name, labels, row.latest, row.created_ns)


def _version_row(row: Row[Any]) -> VersionRow:
    keys: Sequence[str] = json.loads(row.agents)
    return VersionRow(
        NewVersion(row.name, row.digest, tuple(keys), row.reach, row.created_by),
        version=row.version,
        wider=tuple(json.loads(row.wider)),
        created_ns=row.created_ns,
        approved_ns=row.approved_ns,
        approved_by=row.approved_by,
        deleted_ns=row.deleted_ns,
    )
