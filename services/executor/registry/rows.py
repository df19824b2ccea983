"""What is recorded of deployed agents, as data: nothing here knows a database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NewVersion:
    """A version as it is deployed.

    Attributes:
        digest: of its bundle.
        agents: keys of its agents.
        reach: serialized ``Reach``, deterministic.
        by: who deploys it.
        approves: whether that approves its reach, too.
    """

    name: str
    digest: str
    agents: tuple[str, ...]
    reach: bytes
    by: str
    approves: bool = False


@dataclass(frozen=True)
class VersionRow:
    """A version of an agent.

    ``wider`` are the sentences that say in what its reach is wider; ``approved_ns`` is 0 while it
    may not run, and ``deleted_ns`` while it is not deleted.
    """

    new: NewVersion
    version: int
    wider: tuple[str, ...]
    created_ns: int
    approved_ns: int = 0
    approved_by: str = ""
    deleted_ns: int = 0

    @property
    def pinned(self) -> str:
        """How runs name it, such as "weather@3"."""
        return f"{self.new.name}@{self.version}"


@dataclass(frozen=True)
class LabelRow:
    """A label of an agent; ``percent`` is that of "canary"."""

    label: str
    version: int
    percent: int = 0
    changed_ns: int = 0
    changed_by: str = ""


@dataclass(frozen=True)
class AgentRow:
    """An agent, with its labels by name."""

    name: str
    labels: tuple[LabelRow, ...]
    latest: int
    created_ns: int


@dataclass(frozen=True)
class LabelChange:
    """A label to set; ``version`` is 0 to remove it, ``expected`` is where it points by now."""

    name: str
    label: str
    version: int
    percent: int
    by: str
    expected: int | None = None
