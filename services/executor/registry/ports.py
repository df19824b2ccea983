"""The store of deployed agents, as the registry needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from services.executor.agent_names import AgentRef
from services.executor.conversation import SessionKey
from services.executor.registry.rows import AgentRow, LabelChange, NewVersion, VersionRow

Widened: TypeAlias = Callable[[bytes | None, bytes], tuple[str, ...]]
"""Returns in what a reach is wider than an older one, None for none; pure, may be called again."""


class AgentStore(Protocol):
    """Agents, versions and labels, each of one organisation.

    What another organisation has is DeploymentNotFoundError, like what is not there. Every method
    raises DatabaseError where the database cannot be used.
    """

    async def deploy(
        self, organisation: str, new: NewVersion, widened: Widened, expected: int | None
    ) -> VersionRow:
        """Add the next version; return the newest if it is the same.

        It is approved if its reach is no wider than that of the newest approved version.

        Raises:
            VersionChangedError: the newest version is not the expected one.
            LimitError: there are too many agents or versions.
        """
        ...

    async def approved_reach(self, organisation: str, name: str) -> bytes | None:
        """Return the reach of the newest approved version; None for none."""
        ...

    async def agents(self, organisation: str, after: str, most: int) -> Sequence[AgentRow]:
        """Return agents by name, those after a name."""
        ...

    async def agent(self, organisation: str, name: str) -> AgentRow:
        """Return an agent; raises DeploymentNotFoundError."""
        ...

    async def versions(
        self, organisation: str, name: str, before: int, most: int
    ) -> Sequence[VersionRow]:
        """Return versions before a number, the newest first; raises DeploymentNotFoundError."""
        ...

    async def version(self, organisation: str, name: str, version: int) -> VersionRow:
        """Return a version, also one that is deleted while runs may be on it.

        Raises DeploymentNotFoundError.
        """
        ...

    async def approve(self, organisation: str, name: str, version: int, by: str) -> VersionRow:
        """Approve what a version may reach, once; raises DeploymentNotFoundError."""
        ...

    async def set_label(self, organisation: str, change: LabelChange) -> AgentRow:
        """Point a label at a version, or remove it.

        Raises:
            DeploymentNotFoundError: there is no such version.
            ReachNotApprovedError: its reach is not approved.
            VersionChangedError: the label does not point where it was expected.
        """
        ...

    async def delete(
        self, organisation: str, name: str, version: int, expected: int | None
    ) -> None:
        """Delete a version, or for 0 the agent.

        Raises:
            DeploymentNotFoundError: there is none.
            RequestError: a label points at the version.
            VersionChangedError: the newest version is not the expected one.
        """
        ...

    async def resolve(
        self, organisation: str, ref: AgentRef, session: SessionKey | None, place: float
    ) -> VersionRow:
        """Return the version that a run is on; a session's stays the same while it is there.

        ``place`` is where the run is in the hundred percent, for a canary.

        Raises:
            DeploymentNotFoundError: there is no such agent, version or label.
            ReachNotApprovedError: nobody approved what the version may reach.
        """
        ...


class Programs(Protocol):
    """Keeps bundles by digest."""

    async def keep_program(self, digest: str, source: bytes) -> None:
        """Keep a bundle."""
        ...

    async def program(self, digest: str) -> bytes | None:
        """Return a bundle."""
        ...
