"""Sets labels, and deletes agents; each function is part of one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, update

from services.executor.access_errors import VersionChangedError
from services.executor.adapters.database import agent_rows
from services.executor.adapters.database.agent_rows import not_approved, not_found, of_agent
from services.executor.adapters.database.agent_tables import AGENTS, LABELS, VERSIONS
from services.executor.adapters.database.run_rows import clock
from services.executor.agent_names import AgentRef
from services.executor.errors import FieldViolation, LimitError, RequestError
from services.executor.registry.rows import AgentRow, LabelChange

MAX_LABELS = 32


def set_label(connection: Connection, organisation: str, change: LabelChange) -> AgentRow:
    """Set or remove a label; see ``AgentStore.set_label``."""
    agent_rows.locked(connection, organisation, change.name)
    found = agent_rows.agent(connection, organisation, change.name)
    now = {each.label: each.version for each in found.labels}
    points_at = now.get(change.label, 0)
    if change.expected is not None and change.expected != points_at:
        raise VersionChangedError(
            f'"{change.name}@{change.label}" is version {points_at}, not {change.expected}: '
            "somebody changed it meanwhile. Look at it again."
        )
    of_label = of_agent(LABELS, organisation, change.name) & (LABELS.c.label == change.label)
    if change.version:
        version = agent_rows.version(connection, organisation, change.name, change.version)
        if version is None:
            raise not_found(AgentRef(change.name, version=change.version))
        if not version.approved_ns:
            raise not_approved(version)
        if change.label not in now and len(now) >= MAX_LABELS:
            raise LimitError(f'"{change.name}" has {MAX_LABELS} labels, the limit.')
    connection.execute(delete(LABELS).where(of_label))
    if change.version:
        made = insert(LABELS).values(
            organisation=organisation,
            name=change.name,
            label=change.label,
            version=change.version,
            percent=change.percent,
            changed_ns=clock(connection),
            changed_by=change.by,
        )
        connection.execute(made)
    return agent_rows.agent(connection, organisation, change.name)


def remove(
    connection: Connection, organisation: str, name: str, version: int, expected: int | None
) -> None:
    """Delete a version or an agent; see ``AgentStore.delete``."""
    agent_rows.locked(connection, organisation, name)
    found = agent_rows.agent(connection, organisation, name)
    agent_rows.check_latest(found.latest, expected)
    gone = update(VERSIONS).where(
        of_agent(VERSIONS, organisation, name), VERSIONS.c.deleted_ns == 0
    )
    if not version:
        connection.execute(gone.values(deleted_ns=clock(connection)))
        connection.execute(delete(LABELS).where(of_agent(LABELS, organisation, name)))
        agent = update(AGENTS).where(of_agent(AGENTS, organisation, name))
        connection.execute(agent.values(deleted_ns=clock(connection)))
        return
    if agent_rows.version(connection, organisation, name, version) is None:
        raise not_found(AgentRef(name, version=version))
    labels_here = [each.label for each in found.labels if each.version == version]
    if labels_here:
        message = (
            f"Version {version} is labelled {', '.join(labels_here)}. Point the label at another "
            "version first, or remove it."
        )
        raise RequestError(message, violations=(FieldViolation("version", message),))
    connection.execute(
        gone.where(VERSIONS.c.version == version).values(deleted_ns=clock(connection))
    )
