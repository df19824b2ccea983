"""The runs that this process has: begins them, goes on with those that it claims, stops them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from typing import Any, Final

from services.executor.agent.channel import Batch
from services.executor.agent.effects import effects_of, used_by
from services.executor.agent.endings import shown_error
from services.executor.agent.plan import RunPlan
from services.executor.agent.planner import Planner
from services.executor.agent.ports import RunTurn
from services.executor.agent.resumed import Resumed
from services.executor.agent.run import AgentRun
from services.executor.agent.run_line import log_end
from services.executor.agent.run_parts import RunParts
from services.executor.agent.spans import describe_run, span_name
from services.executor.agent.task_ends import end_tasks
from services.executor.clients import CALLER
from services.executor.conversation import TokenUsage
from services.executor.events import AbortCause, Effects, Error
from services.executor.quota.ports import FREE, NO_QUOTAS, Quotas, RunSpending
from services.executor.run_errors import DatabaseError, NotResumableError, SealedError, without_key
from services.executor.runs.claims import MOST_IN_VAIN, SUSPECT, Trial, claims_in_vain, given_up
from services.executor.runs.desk import RunDesk
from services.executor.runs.live_run import Joined, LiveRun
from services.executor.runs.lost_runs import note_lost, was_never_seen
from services.executor.runs.ports import Creation, Journal, Versions
from services.executor.runs.recorder import Recording, RunRecorder
from services.executor.runs.resuming import restored, with_cut_answer
from services.executor.runs.rows import TRACE, NewRun, RunRow
from services.executor.runs.turns import asked_turn
from services.executor.runs.writer import OwnershipLostError
from services.executor.wire.requests import from_recorded_spec
from services.telemetry.current import current_span
from services.telemetry.logs.context import SUBJECT, RunSubject
from services.telemetry.traces.names import RESUMED
from services.telemetry.traces.port import NO_SPAN, Kind, Span
from services.telemetry.traces.w3c import parsed

logger = logging.getLogger(__name__)

MOST_RUNS: Final = 256
LEAVING_S: Final = 2.0
NO_EFFECTS: Final = Effects()


@dataclass(frozen=True)
class RunsOf:
    """What the runs of a process need.

    ``owner`` returns the boot id under which runs are begun; it raises DatabaseError. Without
    ``versions`` no run of a deployed version goes on here.
    """

    parts: RunParts
    planner: Planner
    journal: Journal
    desk: RunDesk
    recording: Recording
    owner: Callable[[], str]
    most: int = MOST_RUNS
    versions: Versions | None = None
    quotas: Quotas = NO_QUOTAS


class LiveRuns:
    """The runs of this process, a task each."""

    def __init__(self, of: RunsOf) -> None:
        self._of = of
        self._runs: dict[str, LiveRun] = {}
        self._tasks: dict[asyncio.Task[None], LiveRun] = {}
        self._suspects = asyncio.Lock()

    def __repr__(self) -> str:
        return f"LiveRuns({len(self._runs)})"

    def owns(self, run_id: str) -> bool:
        """Return whether a run is one of this process."""
        return run_id in self._runs

    @property
    def all(self) -> Mapping[str, LiveRun]:
        """The runs of this process by their ids."""
        return self._runs

    def room(self) -> int:
        """Return how many more runs this process may claim."""
        return max(0, self._of.most - len(self._tasks))

    async def start(
        self,
        plan: RunPlan,
        new: NewRun,
        release: Callable[[], None],
        left: Callable[[], AbortCause],
        created: Callable[[NewRun], None] = lambda _: None,
        spending: RunSpending = FREE,
    ) -> RunRow:
        """Begin a run, and return it once it is recorded; or return the one that it joins.

        Cancelling this before it is recorded ends it.

        Args:
            plan: its plan.
            new: what is recorded of its request.
            release: gives back what is held for it, once it has ended; called in every case.
            left: returns why its client left, for a run that ends with this task.
            created: is called once it is recorded, unless it joins another.
            spending: what its organisation allows it; ``release`` ends it.

        Raises:
            ExecutorError: what ends it before it is recorded.
        """
        loop = asyncio.get_running_loop()
        run = AgentRun(plan, self._of.parts, left, spending=spending)
        live = LiveRun(run, loop.create_future(), new.continues, spending=spending)
        task = self._begin(plan.run_id, live, self._new(plan, new, live, created))
        task.add_done_callback(lambda _: release())
        try:
            return await asyncio.shield(live.created)
        except asyncio.CancelledError:
            if not live.created.done():
                await end_tasks(task)
            elif not live.continues:
                live.abort(left())
            raise
        except Joined as joined:
            return joined.row

    def resume(self, row: RunRow) -> None:
        """Go on with a run that this process has claimed."""
        if row.new.run_id in self._runs:
            return
        live = LiveRun(None, asyncio.get_running_loop().create_future(), continues=True)
        live.created.set_result(row)
        if row.cancel:
            live.abort(AbortCause(row.cancel))
        elif was_never_seen(row):
            live.abort(AbortCause.CLIENT_CANCELLED)
        context = copy_context()
        context.run(CALLER.set, row.new.client)
        self._begin(row.new.run_id, live, self._again(row, live), context)

    def stop(self, run_id: str, cause: str) -> None:
        """Stop a run for a cause, a value of ``AbortCause``, if this process has it."""
        live = self._runs.get(run_id)
        if live is not None:
            live.abort(AbortCause(cause))

    def live(self, run_id: str) -> LiveRun | None:
        """Return a run of this process."""
        return self._runs.get(run_id)

    def abort_all(self) -> None:
        """Stop all runs that end with this process."""
        for live in self._tasks.values():
            if not live.continues:
                live.abort(AbortCause.SHUTDOWN)

    async def settle(self, within_s: float) -> Sequence[str]:
        """Leave the runs that outlive this process to others, each when no tool of it runs.

        Return which were left so; those whose tools take longer than ``within_s`` were not.
        """
        going = {
            task: live
            for task, live in self._tasks.items()
            if live.continues and live.recorder is not None and live.created.done()
        }
        for task, live in going.items():
            live.leaves = True
            if not live.calls:
                task.cancel()
        done, _ = await asyncio.wait(going, timeout=within_s) if going else ((), ())
        left = [live.recorder for task, live in going.items() if task in done and live.recorder]
        await self._leave(left)
        return [each.run_id for each in left]

    async def close(self) -> None:
        """End all runs; those that outlive this process are left to others as they are."""
        self.abort_all()
        going = [live for live in self._tasks.values() if live.continues]
        await self._end(lambda live: live.continues)
        await self._leave([live.recorder for live in going if live.recorder is not None])
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _leave(self, recorders: Sequence[RunRecorder]) -> None:
        """Record that claimed runs are left in an orderly way, as far as that is quick."""
        tasks = [asyncio.create_task(recorder.left()) for recorder in recorders]
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVING_S)
            await end_tasks(*tasks)

    async def lose(self) -> None:
        """End all runs at once, and write and show nothing more of them."""
        for live in self._tasks.values():
            live.spending.leave()
        await self._end(lambda _: True)

    async def _end(self, which: Callable[[LiveRun], bool]) -> None:
        tasks = [task for task, live in self._tasks.items() if which(live)]
        if tasks:
            await end_tasks(*tasks)

    def _begin(
        self,
        run_id: str,
        live: LiveRun,
        work: Coroutine[Any, Any, None],
        context: Context | None = None,
    ) -> asyncio.Task[None]:
        task = asyncio.create_task(work, context=context)
        self._runs[run_id] = live
        self._tasks[task] = live

        def done(task: asyncio.Task[None]) -> None:
            del self._tasks[task]
            if self._runs.get(run_id) is live:
                del self._runs[run_id]
            if not live.created.done():
                live.created.cancel()
            elif not live.created.cancelled():
                live.created.exception()  # its request may be gone

        task.add_done_callback(done)
        return task

    async def _new(
        self, plan: RunPlan, new: NewRun, live: LiveRun, told: Callable[[NewRun], None]
    ) -> None:
        SUBJECT.set(RunSubject(new.run_id, new.client.organisation))
        run, of = live.run, self._of
        assert run is not None

        async def begin(plan: RunPlan) -> RunTurn | None:
            manifest = plan.bundle.manifest
            await of.journal.keep_program(manifest.digest, plan.bundle.sent)
            created = await of.desk.create(replace(new, agent=plan.agent.key), of.owner())
            row = created.row
            assert row is not None
            if created.creation is Creation.JOINED:
                raise Joined(row)
            live.recorder = RunRecorder(of.recording, row)
            of.recording.tails.begin(row.new.run_id, row.next_sequence)
            live.created.set_result(row)
            told(row.new)
            return await self._turn(row)

        try:
            with current_span().child(span_name(plan.agent.name or plan.agent.key)) as span:
                describe_run(span, plan)
                await _record(live, run.batches(begin))
        except (OwnershipLostError, DatabaseError) as error:
            note_lost(new.run_id, live, error)
        except Exception as error:  # noqa: BLE001 - the run ends with every error
            if live.recorder is None:
                live.created.set_exception(error)
            else:
                await self._failed(live, new.run_id, error)
        finally:
            of.recording.tails.end(new.run_id)

    async def _turn(self, row: RunRow) -> RunTurn | None:
        if row.new.session is None:
            return None
        return await asked_turn(self._of.journal, row.owner, row)

    async def _again(self, row: RunRow, live: LiveRun) -> None:
        """Go on with a run, or end it where that cannot be."""
        of, run_id = self._of, row.new.run_id
        SUBJECT.set(RunSubject(run_id, row.new.client.organisation))
        live.recorder = recorder = RunRecorder(of.recording, row)
        of.recording.tails.begin(run_id, row.next_sequence)
        trial = Trial(self._suspects)
        try:
            in_vain = await claims_in_vain(of.journal, row)
            if in_vain >= SUSPECT:
                await trial.begin()
            await recorder.claimed()
            row = replace(row, next_record=row.next_record + 1)
            if in_vain >= MOST_IN_VAIN:
                await self._give_up(live, row, in_vain)
                return
            run, live.recorder, resumed = await self._restored(row, live, trial.end)
            live.run = run
            if live.cause is not None:
                run.abort(live.cause)

            async def begin(_: RunPlan) -> RunTurn | None:
                return await self._turn(row)

            with await self._resumed_span(row, run.plan) as span:
                span.set(RESUMED, value=True)
                describe_run(span, run.plan)
                await _record(live, run.batches(begin, resumed))
        except (OwnershipLostError, DatabaseError) as error:
            note_lost(run_id, live, error)
        except Exception as error:  # noqa: BLE001 - the run ends with every error
            await self._failed(live, run_id, error)
        finally:
            live.spending.end()
            trial.end()
            of.recording.tails.end(run_id)

    async def _resumed_span(self, row: RunRow, plan: RunPlan) -> Span:
        """Begin the span of a claimed run, in the trace in which the run began."""
        of = self._of
        if of.parts.tracer is None:
            return NO_SPAN
        records = await of.journal.records(row.new.run_id, TRACE)
        begun = parsed(records[0].data.decode(errors="replace")) if records else None
        name = span_name(plan.agent.name or plan.agent.key)
        if begun is None:
            return of.parts.tracer.begin(name, Kind.INTERNAL)
        return of.parts.tracer.go_on(name, Kind.INTERNAL, begun)

    async def _give_up(self, live: LiveRun, row: RunRow, in_vain: int) -> None:
        """End a run whose owners all have ended; without its effects if these cannot be read."""
        effects, run_id = Effects(), row.new.run_id
        if in_vain == MOST_IN_VAIN:  # else reading them has ended a process, too
            found = await restored(self._of.journal, row)
            effects = Effects() if found.state is None else effects_of(found.state)
        await self._failed(live, run_id, given_up(run_id, in_vain), effects)

    async def _failed(
        self, live: LiveRun, run_id: str, error: Exception, effects: Effects = NO_EFFECTS
    ) -> None:
        """End a run that cannot be recorded as it is, or does not go on."""
        assert live.recorder is not None
        terminal = Error(shown_error(error, run_id), effects)
        try:
            await live.recorder.end(terminal, self._of.parts.clock.now_ns())
            log_end(run_id, terminal)
        except (OwnershipLostError, DatabaseError) as lost:
            note_lost(run_id, live, lost)

    async def _restored(
        self, row: RunRow, live: LiveRun, went_on: Callable[[], None]
    ) -> tuple[AgentRun, RunRecorder, Resumed]:
        """Return a claimed run, planned again, with its recorder.

        Raises:
            NotResumableError: its bundle or key is gone, or its records cannot be read.
            ExecutorError: it cannot be planned any more.
        """
        of, new = self._of, row.new
        source = await of.journal.program(new.program)
        if source is None:
            raise NotResumableError(f"The bundle of the run {new.run_id} is not recorded any more.")
        try:
            found = await restored(of.journal, row)
        except SealedError as error:
            raise without_key(new.run_id, error) from None
        request = from_recorded_spec(new.spec, source, new.request_id, new.run_id)
        if not request.agent:
            request = replace(request, agent=new.agent)
        used = TokenUsage() if found.state is None else used_by(found.state)
        live.spending = of.quotas.resume(new.client, run_id=new.run_id, agent=new.agent, used=used)
        request = replace(request, limits=live.spending.bounded(request.limits))
        planner = of.planner
        if new.deployed:
            if of.versions is None:
                raise NotResumableError(f"Nothing is known here of {new.deployed}.")
            planner = planner.within(await of.versions.pinned(new.tenant, new.deployed))
        plan = await planner.plan(request, new.client)
        state = with_cut_answer(found, plan)
        run = AgentRun(plan, of.parts, state=state, spending=live.spending)
        return run, RunRecorder(of.recording, row, found.state, went_on), found.resumed


async def _record(live: LiveRun, batches: AsyncGenerator[Batch, None]) -> None:
    """Record what a run makes until it ends, or waits, or can be left to another process."""
    async with aclosing(batches):
        async for batch in batches:
            assert live.recorder is not None
            assert live.run is not None
            will_call = batch.state is not None and live.run.waits_for(batch.state)
            live.calls = live.calls or will_call
            await live.recorder.record(batch)
            if batch.state is not None:
                live.calls = will_call
            if live.leaves and not live.calls:
                return
            batch.written()
