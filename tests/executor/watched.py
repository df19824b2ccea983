"""A run as its process has it: each batch is recorded before anybody sees its events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

from services.executor.adapters.system import SystemClock
from services.executor.agent.channel import Batch
from services.executor.agent.concluding import unsaved
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import Clock, Keep, RunTurn, SessionStore
from services.executor.agent.run import AgentRun
from services.executor.agent.state import RunState
from services.executor.agent.task_ends import end_tasks, finish
from services.executor.events import Abort, AbortCause, Error, Finish, RunEvent
from services.executor.runs.desk import RunDesk
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.new_run import new_run
from services.executor.runs.rows import (
    End,
    Entry,
    RunFilter,
    RunRow,
    RunStatus,
)
from services.executor.runs.tails import Tails
from services.executor.runs.turns import asked_turn

OWNER = "boot"
ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
ENDS = {Finish: RunStatus.COMPLETED, Error: RunStatus.FAILED, Abort: RunStatus.ABORTED}


@dataclass(eq=False)
class Recorder:
    """What the runs of a process share: sessions, and the journal, which gives turns."""

    clock: Clock
    sessions: SessionStore
    journal: MemoryJournal = field(default_factory=lambda: MemoryJournal(SystemClock()))
    desk: RunDesk = field(init=False)

    def __post_init__(self) -> None:
        tails = Tails(self.journal, 15.0)
        self.desk = RunDesk(self.journal, tails, self.clock, lambda *_: None, 60.0)

    def run(self, run: AgentRun, keep: Keep | None = None) -> WatchedRun:
        """Return a run whose states ``keep`` takes as they are recorded."""
        return WatchedRun(run, self, keep)

    async def in_line(self, session_id: str) -> int:
        """Return how many runs of a session have not ended."""
        return len(await self.journal.runs(RunFilter("", session_id, None, ACTIVE), 100))

    async def ended(self, row: RunRow, batch: Batch) -> RunEvent:
        """Record the last event of a run with what its session keeps; return it as it is then."""
        last, saving, terminal = batch.events[-1], batch.saving, batch.terminal
        assert terminal is not None
        if saving is not None:
            given = (saving.key, saving.messages, saving.client, saving.agent)
            try:
                await self.sessions.append(*given)
            except Exception as error:  # noqa: BLE001 - the client gets every error
                terminal = unsaved(terminal, error, row.new.run_id)
        ended = End(ENDS[type(terminal)], b"")
        await self.journal.write(OWNER, [Entry(row.new.run_id, row.epoch, 1, end=ended)])
        return replace(last, event=terminal)


@dataclass(eq=False)
class WatchedRun:
    """A run with one client, without which it does not go on."""

    run: AgentRun
    recorder: Recorder
    keep: Keep | None = None
    _row: RunRow | None = None

    @property
    def state(self) -> RunState | None:
        """The run's state."""
        return self.run.state

    @property
    def cause(self) -> AbortCause | None:
        """Why the run was stopped."""
        return self.run.cause

    def abort(self, cause: AbortCause) -> None:
        """Stop the run."""
        self.run.abort(cause)

    async def events(self) -> AsyncGenerator[RunEvent, None]:
        """Run, and yield what is recorded; a client that leaves stops the run.

        Raises what ends the run before it is recorded, and what ``keep`` raises.
        """
        queue: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        work = asyncio.create_task(self._record(queue))
        try:
            while (event := await queue.get()) is not None:
                yield event
            await work
        finally:
            if self._row is None:
                await end_tasks(work)
            else:
                self.run.abort(AbortCause.CLIENT_CANCELLED)
                await finish(_over(work))

    async def _record(self, queue: asyncio.Queue[RunEvent | None]) -> None:
        stopping: list[asyncio.Task[None]] = []

        async def begin(plan: RunPlan) -> RunTurn | None:
            created = await self.recorder.desk.create(new_run(plan, b"", continues=False), OWNER)
            self._row = row = created.row
            assert row is not None
            stopping.append(asyncio.create_task(self._stop()))
            return None if plan.session is None else await self._turn(row)

        try:
            async for batch in self.run.batches(begin):
                for event in await self._recorded(batch):
                    queue.put_nowait(event)
                batch.written()
        finally:
            await end_tasks(*stopping)
            queue.put_nowait(None)

    async def _turn(self, row: RunRow) -> RunTurn:
        return await asked_turn(self.recorder.journal, OWNER, row)

    async def _recorded(self, batch: Batch) -> Sequence[RunEvent]:
        if batch.state is not None and self.keep is not None:
            await self.keep(batch.state, [each.event for each in batch.events])
        if batch.terminal is None:
            return batch.events
        assert self._row is not None
        return [*batch.events[:-1], await self.recorder.ended(self._row, batch)]

    async def _stop(self) -> None:
        """Stop the run when another is to take its place."""
        changed = asyncio.Event()
        end = self.recorder.journal.watch(lambda _: changed.set())
        try:
            while True:
                for run_id, cause in await self.recorder.journal.cancels(OWNER):
                    if self._row is not None and run_id == self._row.new.run_id:
                        self.run.abort(AbortCause(cause))
                await changed.wait()
                changed.clear()
        finally:
            end()


async def _over(work: asyncio.Task[None]) -> None:
    await asyncio.wait([work])
