"""Agents as tools: runs of other agents of the bundle, nested in the call of a run.

A nested run is a loop of its own, with the plan and the grants of its agent. It has the sandbox,
the time and the budget of the run around it, and ends with the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from services.executor.agent.agent_calls import (
    EXTRACTOR,
    Told,
    answered,
    asked_of,
    begun,
    cut,
    extraction,
    failed,
    refused,
    text_of,
    told,
)
from services.executor.agent.cast import Served, connected
from services.executor.agent.effects import effects_of, spending_of
from services.executor.agent.hooks import AgentHooks
from services.executor.agent.ledger import Ledger
from services.executor.agent.loop import AgentLoop
from services.executor.agent.loop_parts import LoopParts
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import (
    Emit,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.progress import Progress
from services.executor.agent.session_around import SessionAround
from services.executor.agent.spans import begin_agent
from services.executor.agent.spending import Spending
from services.executor.agent.spent import nested_spent
from services.executor.agent.started import told_later
from services.executor.agent.state import RunState
from services.executor.agent.tool_inputs import needs_person
from services.executor.agent.tool_models import ToolModels
from services.executor.agent.unknown_parts import resolved
from services.executor.agent_parts import AgentLink, HookName
from services.executor.budgets import BudgetKind
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    Json,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.host_models import RunModels
from services.executor.errors import (
    BundleLoadError,
    ExecutorError,
    HookFailedError,
    RunnerUnavailableError,
)
from services.executor.events import Event, Finish, ScopeEnded, ScopeStarted, ToolConsole
from services.executor.side_thread import loads_json
from services.telemetry.current import current_span

MAX_DEPTH = 8
MAX_FAILURE = 600
STOPPED = "it was stopped."
TOO_DEEP = (
    f"agents call each other {MAX_DEPTH} deep here, which is the most: the agent was not asked"
)

EmitIn: TypeAlias = Callable[[Event, str], Awaitable[None]]
TellIn: TypeAlias = Callable[[Event, str], None]
Granted: TypeAlias = Callable[
    [RunPlan, Emit, RunModels | None], AbstractAsyncContextManager[ToolSession]
]


@dataclass(frozen=True)
class Nesting:
    """How the agents of a tree of runs call each other; only scope and depth differ in it.

    Attributes:
        plan_of: returns the plan of an agent that is called, by its key; raises what planning does.
        emit: takes the events of a scope.
        tell: takes one at once, without waiting for room.
        granted: opens the run's sandbox for another agent, with its grants; the events of the
            agent's requests go to the function that it is given, and what is given with it asks
            models for its tools.
        served: connects the MCP servers of an agent.
        scope: the nested run that calls; empty for the run itself.
        depth: how many runs are around it.
    """

    plan_of: Callable[[str], Awaitable[RunPlan]]
    emit: EmitIn
    tell: TellIn
    granted: Granted
    served: Served
    scope: str = ""
    depth: int = 0

    def session_of(
        self, plan: RunPlan, parts: LoopParts, progress: Progress, ledger: Ledger
    ) -> ToolSession:
        """Return the session of a loop's tools, which runs those that are agents."""
        usable = plan.tools.usable
        links = {link.tool: link for link in plan.agent.agent_tools if link.tool in usable}
        if not links:
            return parts.session
        return CallingSession(self, links, plan, parts, progress, ledger)


class CallingSession(SessionAround):
    """The tools of one loop, with those that are agents, which are run here."""

    def __init__(
        self,
        nesting: Nesting,
        links: Mapping[str, AgentLink],
        plan: RunPlan,
        parts: LoopParts,
        progress: Progress,
        ledger: Ledger,
    ) -> None:
        super().__init__(parts.session, links)
        self._nesting = nesting
        self._links = links
        self._plan = plan
        self._parts = parts
        self._progress = progress
        self._ledger = ledger

    async def call_own(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Run an agent.

        Raises:
            RunnerUnavailableError, BundleLoadError: no tool can run.
        """
        link = self._links[invocation.tool]
        if self._nesting.depth >= MAX_DEPTH:
            return refused(FailureKind.LIMIT_EXCEEDED, TOO_DEEP)
        given = await loads_json(invocation.input_json)
        tool = self._plan.tools.usable[link.tool]
        gates: list[Json] = [*asked_of(tool)]
        approved = invocation.approved
        if tool.needs_approval and not approved and "needsApproval" not in gates:
            return ToolResult(None, needs_person(link.tool), ToolUsage(), begun=False)
        if gates:
            held = await self._asked(
                link, {"stage": "begin", "gates": gates, "input": given, "approved": approved}
            )
            if isinstance(held, ToolResult):
                return held
        on_begun()
        said = told(self._plan.agent, link, given, self._progress.state.conversation)
        answer = await self._nested(link, invocation.tool_call_id, said)
        if isinstance(answer, ToolResult):
            return answer
        if EXTRACTOR not in gates:
            return answered(self._plan.agent, answer.text)
        given_end = extraction(answer.state, answer.text, answer.finish.output)
        found = await self._asked(link, {"stage": "end", **given_end})
        if isinstance(found, ToolResult):
            return failed(self._plan.agent, link)
        return ToolResult(found.get("output"), None, ToolUsage())

    async def _asked(self, link: AgentLink, given: JsonObject) -> JsonObject | ToolResult:
        """Ask the sandbox what the caller says of a call; a result is why it is not made."""
        hooks = AgentHooks(self._plan.agent, self._parts.session, self._plan.context)
        try:
            said = await hooks.said(HookName.AGENT_TOOL, {"tool": link.tool, **given})
        except HookFailedError as error:
            return refused(FailureKind.TOOL_NOT_FOUND, error.message)
        if isinstance(said, ToolFailure):
            return ToolResult(None, said, ToolUsage(), begun=False)
        return said if isinstance(said, dict) else {}

    async def _nested(self, link: AgentLink, call_id: str, said: Told) -> Answered | ToolResult:
        """Run the agent, and return its answer, or the result of a call that has none."""
        nesting, ids = self._nesting, self._parts.ids
        scope = ids.new("scope")
        child = NestedRun(scope, call_id, self._parts, self._progress, self._ledger, nesting)
        try:
            with begin_agent(current_span(), link.agent, link.name):
                finish = await child.run(link, said)
        except (ExecutorError, ExceptionGroup) as error:
            cause = _expected(error)
            if isinstance(cause, RunnerUnavailableError | BundleLoadError):
                raise
            child.end(cause.message)
            return failed(self._plan.agent, link)
        except TimeoutError:
            child.end("it took longer than the limit of its agent.")
            return failed(self._plan.agent, link)
        except BaseException:
            child.end(STOPPED)
            raise
        reached, own = finish.budget, child.plan
        if reached is None or own is None:
            child.end()
            text = "" if own is None else text_of(own, child.state, finish)
            return Answered(child.state, finish, text)
        child.end(reached.text)
        is_own = reached.kind is BudgetKind.STEPS and reached.limit < (own.budget.tree_steps or 0)
        if not is_own:
            why = f"the budget of the run is used up. {reached.text}"
            return refused(FailureKind.LIMIT_EXCEEDED, why, was_begun=True)
        return cut(self._plan.agent, link, text_of(own, child.state, finish))


@dataclass(frozen=True)
class Answered:
    """A nested run that has come to its end."""

    state: RunState
    finish: Finish
    text: str


class NestedRun:
    """One nested run: a loop that uses what the run around it has."""

    def __init__(
        self,
        scope: str,
        call_id: str,
        around: LoopParts,
        progress: Progress,
        ledger: Ledger,
        nesting: Nesting,
    ) -> None:
        self._scope = scope
        self._call_id = call_id
        self._around = around
        self._progress = progress
        self._ledger = ledger
        self._nesting = nesting
        self._emit: Emit = partial(_emitted, nesting.emit, scope)
        self._loop: AgentLoop | None = None
        self._counted = Spending()
        self._began = False

    def __repr__(self) -> str:
        return f"NestedRun({self._scope}, {self._loop!r})"

    @property
    def state(self) -> RunState:
        """The state of the run; an empty one before its first query."""
        return RunState(()) if self._loop is None else self._loop.state

    @property
    def plan(self) -> RunPlan | None:
        """The plan of the agent whose turn it is; None before the first query."""
        return None if self._loop is None else self._loop.plan

    async def run(self, link: AgentLink, said: Told) -> Finish:
        """Run the agent to its end; cancelling this stops it.

        Raises:
            ExecutorError: it failed, also within an ExceptionGroup.
            TimeoutError: it took longer than its agent may.
        """
        nesting = self._nesting
        plan = await nesting.plan_of(link.agent)
        queries = self._around.queries
        models = None if queries is None or not plan.asks_models else queries.again()
        async with nesting.granted(plan, self._emit, models) as session:
            if plan.unknown is not None:
                plan = await resolved(plan, plan.unknown, session)
            plan = begun(plan, said)
            async with asyncio.timeout(plan.budget.timeout_s):
                # A task of its own: a task group that failed leaves its own cancellation counted.
                return await asyncio.create_task(self._looped(plan, session, models))

    async def _looped(
        self, plan: RunPlan, session: ToolSession, models: ToolModels | None
    ) -> Finish:
        """Connect the agent's servers, and run its loop."""
        nesting = self._nesting
        await nesting.emit(self._started(plan), nesting.scope)
        self._began = True
        for line in told_later(plan):
            await self._emit(line)
        async with connected(plan, session, session, nesting.served, self._emit) as cast:
            plan = cast.root
            parts = replace(
                self._around,
                session=cast.session_of(plan),
                emit=self._emit,
                keep=self._keep,
                nesting=replace(nesting, scope=self._scope, depth=nesting.depth + 1),
                cast=cast,
                ledger=self._ledger,
                queries=models,
                may_wait=False,
                answers={},
            )
            first = RunState((plan.message,), plan.history, prices=plan.prices)
            self._loop = AgentLoop(plan, parts, first)
            finish = await self._loop.run()
            assert isinstance(finish, Finish)  # only the run itself waits
            return finish

    def end(self, failure: str = "") -> None:
        """Count what the run has used, and tell that it is over; waits for nothing."""
        state = self.state
        spent = spending_of(state, is_over=True)
        if spent != self._counted:
            around = self._progress.state
            self._progress.correct(nested_spent(around, self._call_id, spent))
        if self._began:
            ended = ScopeEnded(self._scope, effects_of(state), failure[:MAX_FAILURE])
            self._nesting.tell(ended, self._nesting.scope)
        elif failure and failure != STOPPED:
            line = ConsoleLine("error", f"the agent was not asked: {failure[:MAX_FAILURE]}")
            self._nesting.tell(ToolConsole(self._call_id, line), self._nesting.scope)

    def _started(self, plan: RunPlan) -> ScopeStarted:
        around, agent = self._nesting.scope, plan.agent.key
        return ScopeStarted(self._scope, around, self._call_id, agent, plan.models[0].model)

    async def _keep(self, state: RunState, events: Sequence[Event]) -> None:
        """Count what the run has used in the state of the run around it, then send its events."""
        spent = spending_of(state)
        if spent != self._counted:
            self._counted = spent
            around = self._progress.state
            await self._progress.move(nested_spent(around, self._call_id, spent))
        for event in events:
            await self._emit(event)


async def _emitted(emit: EmitIn, scope: str, event: Event) -> None:
    await emit(event, scope)


def _expected(error: BaseException) -> ExecutorError:
    """Return the failure that is meant; raises what nobody expects."""
    found = error
    while isinstance(found, BaseExceptionGroup):
        found = (found.subgroup(ExecutorError) or found).exceptions[0]
    if isinstance(found, ExecutorError):
        return found
    raise error
