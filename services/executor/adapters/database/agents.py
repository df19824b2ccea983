"""The deployed agents in a database; see ``AgentStore``."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.adapters.database import agent_changes, agent_rows
from services.executor.adapters.database.lanes import Lanes
from services.executor.agent_names import AgentRef
from services.executor.conversation import SessionKey
from services.executor.registry.ports import Widened
from services.executor.registry.rows import AgentRow, LabelChange, NewVersion, VersionRow


class DatabaseAgents:
    """Agents in a SQLite file or a PostgreSQL, beside the runs; not closed by itself."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def __repr__(self) -> str:
        return f"DatabaseAgents({self._lanes!r})"

    async def deploy(
        self, organisation: str, new: NewVersion, widened: Widened, expected: int | None
    ) -> VersionRow:
        """Add the next version; see ``AgentStore.deploy``."""
        return await self._lanes.writer.run(
            lambda connection: agent_rows.deploy(connection, organisation, new, widened, expected)
        )

    async def approved_reach(self, organisation: str, name: str) -> bytes | None:
        """Return the reach of the newest approved version; None for none."""
        return await self._lanes.reader.run(
            lambda connection: agent_rows.approved_reach(connection, organisation, name)
        )

    async def agents(self, organisation: str, after: str, most: int) -> Sequence[AgentRow]:
        """Return agents by name."""
        return await self._lanes.reader.run(
            lambda connection: agent_rows.agents(connection, organisation, after, most)
        )

    async def agent(self, organisation: str, name: str) -> AgentRow:
        """Return an agent; raises DeploymentNotFoundError."""
        return await self._lanes.reader.run(
            lambda connection: agent_rows.agent(connection, organisation, name)
        )

    async def versions(
        self, organisation: str, name: str, before: int, most: int
    ) -> Sequence[VersionRow]:
        """Return versions, the newest first."""
        return await self._lanes.reader.run(
            lambda connection: agent_rows.versions(connection, organisation, name, before, most)
        )

    async def version(self, organisation: str, name: str, version: int) -> VersionRow:
        """Return a version, also a deleted one; raises DeploymentNotFoundError."""
        found = await self._lanes.reader.run(
            lambda connection: agent_rows.version(
                connection, organisation, name, version, deleted=True
            )
        )
        if found is None:
            raise agent_rows.not_found(AgentRef(name, version=version))
        return found

    async def approve(self, organisation: str, name: str, version: int, by: str) -> VersionRow:
        """Approve what a version may reach."""
        return await self._lanes.writer.run(
            lambda connection: agent_rows.approve(connection, organisation, name, version, by)
        )

    async def set_label(self, organisation: str, change: LabelChange) -> AgentRow:
        """Point a label at a version, or remove it."""
        return await self._lanes.writer.run(
            lambda connection: agent_changes.set_label(connection, organisation, change)
        )

    async def delete(
        self, organisation: str, name: str, version: int, expected: int | None
    ) -> None:
        """Delete a version, or for 0 the agent."""
        await self._lanes.writer.run(
            lambda connection: agent_changes.remove(
                connection, organisation, name, version, expected
            )
        )

    async def resolve(
        self, organisation: str, ref: AgentRef, session: SessionKey | None, place: float
    ) -> VersionRow:
        """Return the version that a run is on; only the first run of a session writes."""
        reader, writer = self._lanes.reader, self._lanes.writer
        if session is None or ref.version:
            return await reader.run(
                lambda connection: agent_rows.picked_version(connection, organisation, ref, place)
            )
        found = await reader.run(
            lambda connection: agent_rows.of_session(connection, organisation, ref, session)
        )
        if found is not None:
            return found
        return await writer.run(
            lambda connection: agent_rows.began(connection, organisation, ref, session, place)
        )
