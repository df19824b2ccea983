"""An audit trail in memory: a fake for tests, and for who writes none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.executor.audit.chain import AuditRow, Ends, Link, Pending, chained
from services.executor.audit.entries import AuditEntry
from services.executor.run_errors import DatabaseError


@dataclass(eq=False)
class MemoryTrail:
    """Keeps what it is told; see ``AuditTrail``."""

    entries: list[AuditEntry] = field(default_factory=list)
    counted: list[AuditEntry] = field(default_factory=list)

    def record(self, entry: AuditEntry) -> None:
        """Keep an entry."""
        self.entries.append(entry)

    def count(self, entry: AuditEntry) -> None:
        """Keep an entry that is counted."""
        self.counted.append(entry)


class NoTrail:
    """Keeps nothing, where the deployment wants no audit trail."""

    def __repr__(self) -> str:
        return "NoTrail()"

    def record(self, entry: AuditEntry) -> None:
        """Do nothing."""

    def count(self, entry: AuditEntry) -> None:
        """Do nothing."""


@dataclass(eq=False)
class MemoryChain:
    """A chain in a list; see ``AuditStore``. It fails while ``broken`` is set."""

    rows: list[AuditRow] = field(default_factory=list)
    ends: Ends = field(default_factory=Ends)
    commits: int = 0
    broken: bool = False

    async def append(self, pending: Sequence[Pending]) -> None:
        """Add entries."""
        if self.broken:
            raise DatabaseError("It is broken.")
        known = {row.entry_id for row in self.rows}
        new = [each for each in pending if each.entry_id not in known]
        self.rows += chained(self.ends.head, new)
        self.commits += 1
        if self.rows:
            self.ends = Ends(self.ends.anchor, Link(self.rows[-1].number, self.rows[-1].hash))

    async def shorten(self, before_ns: int, most: int) -> int:
        """Delete the oldest rows."""
        deleted = 0
        while self.rows and deleted < most and self.rows[0].time_ns < before_ns:
            row = self.rows.pop(0)
            self.ends = Ends(Link(row.number, row.hash), self.ends.head)
            deleted += 1
        return deleted
