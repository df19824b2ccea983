"""The audit trail of an executor, from its settings."""

from __future__ import annotations

from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.audit.memory import NoTrail
from services.executor.audit.ports import AuditStore, AuditTrail
from services.executor.audit.writer import AuditWriter
from services.executor.settings import Settings


class Audit:
    """The audit trail of a process; ``start`` begins to write it, ``close`` writes the rest.

    Args:
        settings: whether there is one.
        store: keeps it.
    """

    def __init__(self, settings: Settings, store: AuditStore) -> None:
        self._writer: AuditWriter | None = None
        if settings.audit:
            parts = SystemClock(), RandomIds(), settings.audit_retention_s
            self._writer = AuditWriter(store, *parts)
        self.trail: AuditTrail = self._writer or NoTrail()

    def __repr__(self) -> str:
        return f"Audit({self.trail!r})"

    async def start(self) -> None:
        """Begin to write."""
        if self._writer is not None:
            await self._writer.start()

    async def close(self) -> None:
        """Write the rest; idempotent."""
        if self._writer is not None:
            await self._writer.close()
