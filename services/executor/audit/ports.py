"""The audit trail, as those see it who write it, and what it needs of a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.executor.audit.chain import Pending
from services.executor.audit.entries import AuditEntry


class AuditTrail(Protocol):
    """Takes entries, on the event loop. Nobody waits: they are written soon, several at once."""

    def record(self, entry: AuditEntry) -> None:
        """Write an entry."""
        ...

    def count(self, entry: AuditEntry) -> None:
        """Count an entry that a stranger can cause any number of: one row for all of a minute."""
        ...


class AuditStore(Protocol):
    """Keeps the chain. Raises DatabaseError where the database cannot be used."""

    async def append(self, pending: Sequence[Pending]) -> None:
        """Add entries in one commit, but none that is there already."""
        ...

    async def shorten(self, before_ns: int, most: int) -> int:
        """Delete the oldest rows, up to the first that is not older; return how many."""
        ...
