"""One run as a stream of events that ends in exactly one terminal event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from services.executor.agent.callees import callable_agents
from services.executor.agent.cast import connected
from services.executor.agent.channel import Batch, RunChannel
from services.executor.agent.concluding import saved, saving_of
from services.executor.agent.effects import effects_of
from services.executor.agent.endings import ABORT_REASONS, shown_error
from services.executor.agent.first_state import first_state
from services.executor.agent.loop import AgentLoop
from services.executor.agent.loop_parts import LoopParts
from services.executor.agent.nested import Nesting
from services.executor.agent.no_tools import NoToolSession
from services.executor.agent.opened import Early, Opened
from services.executor.agent.overview import overview_of
from services.executor.agent.plan import RunPlan, UnknownParts
from services.executor.agent.ports import Emit, RunTurn, Saving
from services.executor.agent.recorded_calls import RecordedCalls
from services.executor.agent.remembered import Earlier, earlier_of, noting
from services.executor.agent.resumed import Resumed
from services.executor.agent.run_line import RunLine
from services.executor.agent.run_parts import RunParts
from services.executor.agent.served_run import with_servers
from services.executor.agent.spans import note_end
from services.executor.agent.started import run_started
from services.executor.agent.state import RunState
from services.executor.agent.task_ends import end_tasks
from services.executor.agent.tool_models import ToolModels
from services.executor.agent.unknown_parts import resolved
from services.executor.agent.waiting import Suspended
from services.executor.errors import RunTimeoutError
from services.executor.events import (
    Abort,
    AbortCause,
    Effects,
    Error,
    Event,
    Finish,
    SessionWait,
    Start,
    Terminal,
    ToolConsole,
)
from services.executor.quota.ports import FREE, RunSpending
from services.telemetry.current import current_span

T = TypeVar("T")


class AgentRun:
    """A planned run. Its tasks live as long as its event stream is read.

    Args:
        plan: its plan.
        parts: what every run uses.
        left: returns why the reader stopped reading.
        state: the state to resume from, whose events were already sent; None for a new run.
        spending: what its organisation allows it.
    """

    def __init__(
        self,
        plan: RunPlan,
        parts: RunParts,
        left: Callable[[], AbortCause] = lambda: AbortCause.CLIENT_CANCELLED,
        state: RunState | None = None,
        spending: RunSpending = FREE,
    ) -> None:
        self._plan, self._parts = plan, parts.within(plan.version)
        self._left, self._state, self._spending = left, state, spending
        self._calls: RecordedCalls | None = None
        self._resumed: Resumed | None = None
        self._saving: Saving | None = None
        self._cause: AbortCause | None = None
        self._queued = False
        self._work: asyncio.Task[None] | None = None
        self._runs = False
        self._loop: AgentLoop | None = None
        self._emit: Emit | None = None
        self._channel: RunChannel | None = None
        self._early: Early | None = None
        of_tools = (parts.model, parts.prices, parts.ids, parts.clock, parts.embeddings)
        self._tool_models = ToolModels(*of_tools)
        self._began_s = self._deadline = 0.0
        self._line = RunLine(parts.clock.monotonic, spending.saw)

    def __repr__(self) -> str:
        return f"AgentRun({self._plan.run_id}, {self._loop!r}, abort={self._cause})"

    @property
    def state(self) -> RunState | None:
        """The run's state; None before its first query."""
        return self._state if self._loop is None else self._loop.state

    @property
    def plan(self) -> RunPlan:
        """Its plan, whole once the run has begun."""
        return self._plan

    @property
    def cause(self) -> AbortCause | None:
        """Why the run was stopped, if it was."""
        return self._cause

    @property
    def overview(self) -> Mapping[str, Any]:
        """Where it stands, without its content; see ``overview_of``."""
        return overview_of(self._plan, self.state, self._cause, queued=self._queued)

    def abort(self, cause: AbortCause) -> None:
        """Stop the run, with its model request and tools; the stream ends with an abort.

        Only the first call counts; a run that has ended is not changed.
        """
        if self._cause is None:
            self._cause = cause
            if self._runs and self._work is not None:
                self._work.cancel()

    def waits_for(self, state: RunState) -> bool:
        """Return whether the run goes on only once a state is recorded: a tool is to begin."""
        return any(item.is_unknown for item in state.pending)

    async def batches(
        self, begin: Callable[[RunPlan], Awaitable[RunTurn | None]], resumed: Resumed | None = None
    ) -> AsyncGenerator[Batch, None]:
        """Run, and yield what is to be recorded; the last has the terminal event, or ``suspended``.

        The run goes on while a batch is recorded, but begins no tool before that is ``written``.
        Closing the generator stops the run and leaves no task.

        Args:
            begin: takes the whole plan before the first event, and returns the session's turn;
                what it raises ends this.
            resumed: where a run goes on that was recorded before.

        Raises:
            AgentUnresolvedError: before the first event, as ``events``.
        """
        self._resumed = resumed
        self._calls = RecordedCalls() if self._parts.records_calls else None
        last = 0 if resumed is None else resumed.sequence
        async with AsyncExitStack() as stack:
            self._begin_clock()
            if self._plan.unknown is not None:
                await self._in_time(self._resolve(self._plan.unknown, stack))
            turn = await begin(self._plan)
            given = (self._plan.run_id, self._parts.clock, last, self._calls, self._line.saw)
            self._channel = channel = RunChannel(*given)
            self._work = work = asyncio.create_task(self._to_the_end(channel, turn))
            try:
                has_ended = False
                while not has_ended:
                    batch = await channel.take()
                    has_ended = batch.terminal is not None or batch.suspended is not None
                    yield batch
            finally:
                channel.close()
                self.abort(self._left())
                await end_tasks(work)

    async def _resolve(self, unknown: UnknownParts, stack: AsyncExitStack) -> None:
        """Ask the run's own sandbox what the agent is, and plan the rest of the run.

        Events that the bundle's load makes are kept until the run has started.
        """
        held: list[Event] = []

        async def hold(event: Event) -> None:
            if self._emit is None:
                held.append(event)
            else:
                await self._emit(event)

        async with AsyncExitStack() as own:
            opened = await own.enter_async_context(self._opened(hold, fresh=unknown.fresh))
            self._plan = await resolved(self._plan, unknown, opened.session)
            if self._plan.needs_sandbox:
                await stack.enter_async_context(own.pop_all())
                self._early = Early(opened, held)
            else:  # it is not needed again
                held += [ToolConsole("", line) for line in await opened.session.opened()]
                self._early = Early(None, held)

    def _begin_clock(self) -> None:
        elapsed_s = 0.0 if self._state is None else self._state.elapsed_s
        left_s = self._plan.budget.timeout_s - elapsed_s
        self._began_s = self._parts.clock.monotonic() - elapsed_s
        self._deadline = asyncio.get_running_loop().time() + left_s

    async def _to_the_end(self, channel: RunChannel, turn: RunTurn | None) -> None:
        self._runs = True
        terminal = await self._guarded(self._in_turn(channel.emit, turn))
        self._spending.note(self.effects.usage)
        note_end(current_span(), terminal)
        self._line.log(self._plan, terminal, self.effects)
        channel.finish(terminal, self._saving)

    async def _guarded(self, work: Awaitable[Terminal | Suspended]) -> Terminal | Suspended:
        """Turn every outcome of ``work`` into one terminal event, or what the run waits for."""
        try:
            return await work
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()  # later work, such as saving, must not be cancelled
            cause = self._cause or AbortCause.CLIENT_CANCELLED
            return Abort(cause, ABORT_REASONS[cause], self.effects)
        except Exception as error:  # noqa: BLE001 - the client gets every error
            return Error(shown_error(error, self._plan.run_id), self.effects)

    async def _in_turn(self, emit: Emit, turn: RunTurn | None) -> Terminal | Suspended:
        """Wait for the session's turn, run, and save the messages before releasing the turn."""
        if self._cause is not None:
            stopped = Abort(self._cause, ABORT_REASONS[self._cause], self.effects)
            had_turn = self._state is not None  # and keeps it to its end
            return await self._concluded(stopped) if had_turn else stopped
        resumed = self._resumed
        if self._state is None and (resumed is None or not resumed.has_started):
            await self._in_time(emit(run_started(self._plan, self._parts.egress.policy)))
        if resumed is not None and self._channel is not None:
            for event, scope in resumed.events:
                await self._in_time(self._channel.emit(event, scope))
        self._emit = emit
        for event in () if self._early is None else self._early.held:
            await self._in_time(emit(event))
        async with AsyncExitStack() as stack:
            if turn is not None:
                self._queued = True
                if turn.ahead:
                    await emit(SessionWait(turn.ahead))
                await self._in_time(stack.enter_async_context(turn))
                self._queued = False
            terminal = await self._guarded(self._in_time(self._run(emit)))
            return terminal if isinstance(terminal, Suspended) else await self._concluded(terminal)

    async def _in_time(self, work: Awaitable[T]) -> T:
        """Await ``work`` within the run's remaining wall time; raises RunTimeoutError.

        A task group that failed inside leaves its own cancellation counted (Python 3.11 and 3.12);
        a timeout during its cleanup then shows up as a cancellation without a source.
        """
        try:
            async with asyncio.timeout_at(self._deadline) as limit:
                return await work
        except (TimeoutError, asyncio.CancelledError):
            if not limit.expired() or self._cause is not None:
                raise
            raise RunTimeoutError(
                f"The run took longer than its limit of {self._plan.budget.timeout_s:g} s and was "
                "stopped; raise `spec.limits.timeout` of the request, at most "
                "CAISSON_EXECUTOR_RUN_TIMEOUT_S."
            ) from None

    async def _run(self, emit: Emit) -> Finish | Suspended:
        """Run the loop alongside its tool session; the first failure of either ends both."""
        plan = self._plan
        if self._state is None:
            if self._resumed is None or not self._resumed.has_begun:
                await emit(Start(self._parts.ids.new("msg")))
        else:
            await asyncio.sleep(0)  # a run whose time is up does nothing more
        if self._early is not None and self._early.opened is not None:
            return await self._with_tools(self._early.opened, emit)
        if not plan.needs_sandbox:
            return await self._looped(Opened(NoToolSession()), emit)
        async with self._opened(emit, fresh=False) as opened:
            return await self._with_tools(opened, emit)

    @asynccontextmanager
    async def _opened(self, emit: Emit, *, fresh: bool) -> AsyncIterator[Opened]:
        """Yield the run's sandbox, whose bundle is being loaded."""
        plan = self._plan
        limits, program, runner = plan.budget.tool_limits, plan.bundle.program, self._parts.runner
        tenant = plan.client.tenant
        egress = self._parts.egress
        requests = 0 if self._state is None else self._state.requests
        others = callable_agents(plan.bundle.manifest, plan.agent)
        models = self._tool_models if plan.asks_models else None
        narrowed, client, env = plan.allow_fetch, plan.client, plan.env
        way_out = egress.open(
            *(plan.agent.key, client.organisation, narrowed, emit, client, requests, env),
            others=others,
            models=models,
            run=(plan.run_id,),
        )
        async with (
            way_out as broker,
            runner.open(
                plan.run_id, program, limits, broker, tenant, fresh, self._calls
            ) as session,
        ):
            yield Opened(session, broker)

    async def _with_tools(self, opened: Opened, emit: Emit) -> Finish | Suspended:
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(opened.report(emit))
            finish = await self._looped(opened, emit)
            opening.cancel()
        return finish

    async def _looped(self, opened: Opened, emit: Emit) -> Finish | Suspended:
        plan, parts, channel = self._plan, self._parts, self._channel

        async def keep(state: RunState, events: Sequence[Event]) -> None:
            assert channel is not None
            await channel.keep(state, events, waits=self.waits_for(state))

        if self._state is None:
            earlier = await earlier_of(plan, parts.sessions)
        else:
            earlier = Earlier((), self._state.notes)
        plan, session = noting(plan, opened.session, parts.sessions, earlier.notes)
        served = partial(with_servers, parts.mcp, parts.egress)
        async with connected(plan, session, opened.session, served, emit) as cast:
            plan, session = cast.root, cast.session_of(cast.root)
            known = (plan, cast, parts.sessions, emit, earlier, self._elapsed_s)
            state = self._state or await first_state(*known)
            nesting = None
            if plan.plan_callee is not None and channel is not None and plan.agent.names_others:
                granted = partial(opened.granted, parts.egress)
                nesting = Nesting(plan.plan_callee, channel.emit, channel.tell, granted, served)
            model, prices, ids, clock = parts.model, parts.prices, parts.ids, parts.clock
            loop_parts = LoopParts(
                *(model, session, emit, keep, prices, ids, clock, parts.history),
                requests=lambda: opened.requests,
                cast=cast,
                nesting=nesting,
                queries=self._tool_models,
                may_wait=True,
                answers={} if self._resumed is None else self._resumed.answers,
                spending=self._spending,
            )
            self._loop = AgentLoop(plan, loop_parts, state)
            return await self._loop.run()

    def _elapsed_s(self) -> float:
        return self._parts.clock.monotonic() - self._began_s

    async def _concluded(self, terminal: Terminal) -> Terminal:
        """Return the terminal event with all effects, and note what its session is to keep."""
        plan = self._plan
        terminal = replace(terminal, effects=self.effects)
        latest = plan if self._loop is None else self._loop.plan
        saving = await saving_of(plan, latest, self.state, terminal)
        if saving is None:
            return terminal
        self._saving = saving
        return saved(terminal)

    @property
    def effects(self) -> Effects:
        """What the run has done so far."""
        return Effects() if self.state is None else effects_of(self.state)
