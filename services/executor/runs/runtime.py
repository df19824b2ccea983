"""The runs of a process, from its start to its end: owner, tails, tasks, and old runs' end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from services.executor.agent.planner import Planner
from services.executor.agent.run_parts import RunParts
from services.executor.agent.task_ends import end_tasks
from services.executor.events import AbortCause
from services.executor.quota.ports import NO_QUOTAS, Quotas
from services.executor.run_errors import DatabaseError
from services.executor.runs.desk import RunDesk
from services.executor.runs.inputs import EditedInputs
from services.executor.runs.live_runs import LiveRuns, RunsOf
from services.executor.runs.owner import Hands, RunOwner
from services.executor.runs.ports import Journal, Versions
from services.executor.runs.recorder import Recording
from services.executor.runs.tails import Tails
from services.executor.runs.writer import NO_COMMIT_WATCH, CommitWatch, JournalWriter


@dataclass(frozen=True)
class RunKeeping:
    """How a process keeps runs.

    Attributes:
        heartbeat_s: seconds of silence after which a client gets a heartbeat.
        keep_s: seconds that ended runs are kept.
        lease_s: seconds after its last heartbeat in which an executor keeps its runs.
        alone: no other process can use the database.
        most: the most runs at once.
    """

    heartbeat_s: float = 15.0
    keep_s: float = 7 * 24 * 3600.0
    lease_s: float = 3.0
    alone: bool = True
    most: int = 256


class RunsRuntime:
    """Everything of a process that has to do with recorded runs."""

    def __init__(
        self,
        journal: Journal,
        parts: RunParts,
        planner: Planner,
        settings: RunKeeping,
        versions: Versions | None = None,
        quotas: Quotas = NO_QUOTAS,
        commits: CommitWatch = NO_COMMIT_WATCH,
    ) -> None:
        self._journal = journal
        self.tails = Tails(journal, settings.heartbeat_s)
        desk_parts = (journal, self.tails, parts.clock, self._abort, settings.keep_s)
        self.desk = RunDesk(*desk_parts, EditedInputs(planner.schemas).check)
        self._writer = JournalWriter(journal, parts.clock, self._may_write, commits)
        recording = Recording(self._writer, self.tails)
        of_journal = (journal, self.desk, recording, self._boot_id, settings.most)
        owned = RunsOf(parts, planner, *of_journal, versions, quotas)
        self.live = live = LiveRuns(owned)
        hands = Hands(live.resume, live.stop, live.lose, live.owns, live.room)
        self.owner = RunOwner(
            journal, hands, parts.clock, parts.ids, settings.lease_s, alone=settings.alone
        )
        self._expiring: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"RunsRuntime({self.live!r}, {self.owner!r})"

    async def start(self) -> None:
        """Begin to own runs, and go on with those that nobody has."""
        await self.owner.start()
        self._expiring = asyncio.create_task(self.desk.keep_expiring())

    def drain(self) -> None:
        """Claim no more runs, and send those elsewhere who watch the runs of others."""
        self.owner.drain()
        self.tails.drain()

    async def settle(self, within_s: float) -> None:
        """Hand runs that outlive this process over to others, each when no tool of it runs."""
        left = await self.live.settle(within_s)
        if left:
            with suppress(DatabaseError):  # others claim them when the lease has run out
                await self._journal.free(self.owner.boot_id, left)

    async def close(self) -> None:
        """Stop what ends with this process, leave the rest to others, and end; idempotent."""
        if self._expiring is not None:
            await end_tasks(self._expiring)
        await self.live.close()
        self.tails.close()
        await self.owner.close()
        await self._writer.close()

    def _abort(self, run_id: str, cause: AbortCause) -> None:
        self.live.stop(run_id, cause.value)

    def _boot_id(self) -> str:
        return self.owner.boot_id

    def _may_write(self, owner: str) -> bool:
        try:
            return self.owner.boot_id == owner
        except DatabaseError:
            return False
