"""Writes the audit trail: entries of a fraction of a second in one commit, behind all else."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import replace
from typing import Final

from services.executor.agent.ports import Clock, IdSource
from services.executor.agent.task_ends import end_tasks
from services.executor.audit.chain import Pending
from services.executor.audit.entries import Action, AuditEntry, Outcome, counted
from services.executor.audit.ports import AuditStore
from services.executor.run_errors import DatabaseError

logger = logging.getLogger(__name__)

GATHER_S: Final = 0.1
"""How long entries are gathered before they are written."""
AT_ONCE: Final = 500
MOST_PENDING: Final = 20_000
COUNT_S: Final = 60.0
MOST_COUNTED: Final = 200
"""The most kinds of counted entries of one minute; all others are one kind."""
AGAIN_S: Final = 1.0
SHORTEN_S: Final = 3600.0
SHORTENED_AT_ONCE: Final = 5000
CLOSE_S: Final = 5.0
NANO: Final = 1_000_000_000


class AuditWriter:
    """See ``AuditTrail``. ``start`` begins to write, ``close`` writes the rest.

    While the database does not answer, entries are held, up to a bound; how many were lost beyond
    it is an entry of its own.

    Args:
        store: keeps the chain.
        clock: of the entries' times.
        ids: makes their ids.
        keep_s: seconds after which entries are deleted.
        most_pending: the most entries that are held.
    """

    def __init__(
        self,
        store: AuditStore,
        clock: Clock,
        ids: IdSource,
        keep_s: float,
        most_pending: int = MOST_PENDING,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._keep_s = keep_s
        self._most_pending = most_pending
        self._pending: deque[Pending] = deque()
        self._lost = 0
        self._counts: Counter[AuditEntry] = Counter()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def __repr__(self) -> str:
        return f"AuditWriter({self._store!r}, pending={len(self._pending)}, lost={self._lost})"

    def record(self, entry: AuditEntry) -> None:
        """Write an entry, soon."""
        if len(self._pending) >= self._most_pending:
            self._lost += 1
            return
        self._pending.append(Pending(self._ids.new("audit"), self._clock.now_ns(), entry))
        self._wake.set()

    def count(self, entry: AuditEntry) -> None:
        """Count an entry, which is written with all of its kind."""
        entry = counted(entry)
        if entry not in self._counts and len(self._counts) >= MOST_COUNTED:
            entry = AuditEntry(entry.action, entry.outcome, detail=(("others", "true"),))
        self._counts[entry] += 1

    async def start(self) -> None:
        """Begin to write."""
        loops = (self._write(), self._tell_counts(), self._shorten())
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def close(self) -> None:
        """Write what is left, if the database answers soon; idempotent."""
        await end_tasks(*self._tasks)
        self._tasks = []
        self._add_counts()
        try:
            async with asyncio.timeout(CLOSE_S):
                while self._pending or self._lost:
                    await self._flush()
        except (DatabaseError, TimeoutError):
            left = len(self._pending) + self._lost
            logger.error("%d entries of the audit trail could not be written", left)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            await self._clock.sleep(GATHER_S)
            self._wake.clear()
            try:
                while self._pending or self._lost:
                    await self._flush()
            except DatabaseError as error:
                logger.warning("the audit trail cannot be written now: %s", error)
                self._wake.set()
                await self._clock.sleep(AGAIN_S)

    async def _flush(self) -> None:
        """Write the oldest entries; they are held until that has succeeded."""
        if self._lost and len(self._pending) < self._most_pending:
            lost, self._lost = self._lost, 0
            entry = AuditEntry(Action.AUDIT_LOST, Outcome.REFUSED, count=lost)
            self._pending.append(Pending(self._ids.new("audit"), self._clock.now_ns(), entry))
        batch = [self._pending[at] for at in range(min(AT_ONCE, len(self._pending)))]
        await self._store.append(batch)
        for _ in batch:
            self._pending.popleft()

    async def _tell_counts(self) -> None:
        while True:
            await self._clock.sleep(COUNT_S)
            self._add_counts()

    def _add_counts(self) -> None:
        counts, self._counts = self._counts, Counter()
        for entry, count in counts.items():
            self.record(replace(entry, count=count))

    async def _shorten(self) -> None:
        while True:
            before_ns = self._clock.now_ns() - int(self._keep_s * NANO)
            try:
                deleted = await self._store.shorten(before_ns, SHORTENED_AT_ONCE)
            except DatabaseError as error:
                logger.warning("the audit trail cannot be shortened now: %s", error)
                deleted = 0
            if deleted:
                self.record(AuditEntry(Action.AUDIT_SHORTENED, count=deleted))
            more = deleted == SHORTENED_AT_ONCE
            await self._clock.sleep(AGAIN_S if more else SHORTEN_S)
