"""Random trees of agents that call each other, on virtual time, and what must hold of them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.deltas import CallPiece, Finished, ModelDelta, TextPiece, UsageReport
from services.executor.agent.model_names import ModelNames
from services.executor.agent.no_tools import NoToolSession
from services.executor.agent.planner import Planner
from services.executor.agent.ports import (
    ModelQuery,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.run import AgentRun
from services.executor.agent.run_parts import RunParts
from services.executor.agent.scripted import CountingIds, FixedBundles, FixedPrices, MemorySessions
from services.executor.agent.usage_costs import estimated_tokens, with_cost
from services.executor.agent_parts import AgentLink
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import FinishReason, Price, TokenUsage, UsageSource
from services.executor.domain import (
    AgentSpec,
    FailureKind,
    InlineBundle,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.policy import Egress
from services.executor.egress.scripted import ScriptedExchange
from services.executor.errors import ModelRefusedError
from services.executor.events import (
    Abort,
    AbortCause,
    Error,
    Finish,
    RunEvent,
    ScopeEnded,
    ScopeStarted,
    StartStep,
)
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.run_request import RunRequest
from services.executor.schemas.scripted import LocalSchemas
from tests.executor.builders import ADD_SCHEMA, agent, bundle, tool
from tests.executor.watched import Recorder, WatchedRun
from tests.simulation.virtual_loop import VirtualClock, VirtualLoop

DEPTH = 5
LIMITS = DeploymentLimits(max_steps=40, timeout_s=300.0)
PRICE = Price(1e-5, 2e-5, 1e-6, 1e-5)
PROMPT: JsonObject = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}
TREE: ContextVar[int | None] = ContextVar("tree", default=None)
FRAMEWORKS = ("openai-agents", "mastra")


@dataclass(eq=False)
class Tree:
    """One run of a tree: its chance and limits, and what was seen of it."""

    seed: int
    limits: RunLimits
    rng: random.Random
    events: list[RunEvent] = field(default_factory=list)
    usages: list[TokenUsage] = field(default_factory=list)
    open_streams: int = 0
    most_open: int = 0
    running: int = 0
    called: int = 0
    left: list[str] = field(default_factory=list)
    steps: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_limited(self) -> bool:
        """Whether tokens or cost are limited."""
        limits = self.limits
        asked = (limits.max_input_tokens, limits.max_output_tokens, limits.max_cost_usd)
        return asked != (None, None, None)


def new_tree(seed: int) -> Tree:
    """Return a tree that has not run, with limits by chance."""
    rng = random.Random(seed)
    limits = RunLimits(
        max_steps=rng.choice((None, 3, 6, 12)),
        max_tool_calls=rng.choice((None, 2, 5, 9)),
        max_input_tokens=rng.choice((None, None, 400, 1500)),
        max_output_tokens=rng.choice((None, None, 60, 200)),
        max_cost_usd=rng.choice((None, None, 0.004, 0.02)),
        tool_time_s=rng.choice((None, None, 3.0, 20.0)),
        timeout_s=rng.choice((None, 10.0, 60.0)),
    )
    return Tree(seed, limits, rng)


def cast(framework: str) -> list[AgentSpec]:
    """Return agents of which each may call those below it, and itself no more than once."""
    made = []
    for level in range(DEPTH):
        below = [f"level{each}" for each in (level + 1, level + 2) if each < DEPTH]
        links = tuple(AgentLink(key, key, f"ask_{key}", "Asks.") for key in below)
        tools = [tool("add", ADD_SCHEMA), *(tool(link.tool, PROMPT) for link in links)]
        known = {"framework": framework, "max_steps": 6, "agent_tools": links}
        made.append(agent(*tools, key=f"level{level}", **known))
    return made


@dataclass(eq=False)
class TreeModel:
    """Answers by chance, and never writes more than it may."""

    tree: Tree

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        tree, rng = self.tree, self.tree.rng
        tree.open_streams += 1
        tree.most_open = max(tree.most_open, tree.open_streams)
        try:
            await asyncio.sleep(rng.choice((0, 0, 0.1, 1.0)))
            if rng.random() < 0.05:
                raise ModelRefusedError("it refuses")
            said = rng.random()
            names = [each.key for each in query.tools]
            yield TextPiece("words ")
            await asyncio.sleep(rng.choice((0, 0.2)))
            wanted = rng.choices(names, k=rng.choice((1, 2, 2, 3))) if said < 0.7 else []
            for at, name in enumerate(wanted):
                given = '{"a":1,"b":2}' if name == "add" else '{"input":"x"}'
                yield CallPiece(at, f"c{at}", name, given)
            yield UsageReport(self._usage(query))
            await asyncio.sleep(rng.choice((0, 0.1)))
            reason = FinishReason.TOOL_CALLS if wanted else FinishReason.STOP
            yield Finished(reason)
        finally:
            tree.open_streams -= 1

    def _usage(self, query: ModelQuery) -> TokenUsage:
        allowed = query.settings.get("maxOutputTokens")
        most = min(allowed, 40) if isinstance(allowed, int) else 40
        prompt = estimated_tokens(query.system, query.messages, query.tools)
        usage = TokenUsage(
            self.tree.rng.randint(1, prompt),
            self.tree.rng.randint(0, most),
            source=UsageSource.PROVIDER,
        )
        self.tree.usages.append(usage)
        return usage


@dataclass(eq=False)
class TreeSession(NoToolSession):
    """Tools that take a while, and fail at times."""

    tree: Tree

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        on_begun()
        self.tree.called += 1
        self.tree.running += 1
        try:
            await asyncio.sleep(self.tree.rng.choice((0, 0.1, 2.0)))
        finally:
            self.tree.running -= 1
        if self.tree.rng.random() < 0.1:
            failure = ToolFailure(FailureKind.DEADLINE_EXCEEDED, "too slow")
            return ToolResult(None, failure, ToolUsage())
        return ToolResult(3, None, ToolUsage())


@dataclass(eq=False)
class TreeRunner:
    """A toolrunner for one tree."""

    tree: Tree

    def open(self, *given: Any) -> AbstractAsyncContextManager[ToolSession]:
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[ToolSession]:
        yield TreeSession(self.tree)
        if self.tree.running:
            self.tree.faults.append("the session was left while a tool ran")


def play(seed: int, stop_at: int = 0, *, aborts: bool = False) -> Tree:
    """Run a tree; before step ``stop_at``, if any, stop it by an abort or by its reader."""
    tree = new_tree(seed)
    going: list[tuple[WatchedRun, asyncio.Task[None]]] = []

    def before(step: int) -> None:
        if step == stop_at and going:
            run, reader = going[0]
            if aborts:
                run.abort(AbortCause.SHUTDOWN)
            else:
                reader.cancel()

    loop = VirtualLoop(0.0, TREE.get, before, 200_000)
    loop.play(_play(tree, loop, going))
    tree.steps = loop.steps
    tree.faults += loop.faults
    return tree


async def _play(
    tree: Tree, loop: VirtualLoop, going: list[tuple[WatchedRun, asyncio.Task[None]]]
) -> None:
    TREE.set(tree.seed)
    framework = FRAMEWORKS[tree.seed % len(FRAMEWORKS)]
    bundles, prices = FixedBundles(bundle(*cast(framework))), FixedPrices(PRICE)
    ids, clock = CountingIds(), VirtualClock()
    planner = Planner(bundles, prices, ModelNames(), LIMITS, ids, LocalSchemas())
    asked = RunRequest(InlineBundle(b""), "Go", agent="level0", limits=tree.limits)
    exchange = ScriptedExchange()
    parts = RunParts(
        model=AttemptingModel(TreeModel(tree), clock, RetryPolicy()),
        runner=TreeRunner(tree),
        sessions=MemorySessions(),
        prices=prices,
        clock=clock,
        ids=ids,
        egress=Egress(lambda *_: exchange),
    )
    planned = AgentRun(await planner.plan(asked, OWN_PROCESS), parts)
    run = Recorder(clock, parts.sessions).run(planned)
    reader = asyncio.create_task(_read(tree, run))
    going.append((run, reader))
    await asyncio.wait([reader])
    tree.left += [
        repr(task) for task in loop.going(tree.seed) if task is not asyncio.current_task()
    ]
    if not reader.cancelled():
        reader.result()


async def _read(tree: Tree, run: WatchedRun) -> None:
    async with aclosing(run.events()) as events:
        async for event in events:
            tree.events.append(event)


def check(tree: Tree) -> None:
    """Look at all that was seen of a tree; raises AssertionError."""
    assert not tree.faults, tree.faults
    assert not tree.left, f"tasks are left: {tree.left}"
    assert not tree.open_streams, "a model's stream is still open"
    assert not tree.running, "a tool still runs"
    _check_budget(tree)
    _check_scopes(tree)
    terminal = tree.events[-1].event if tree.events else None
    if isinstance(terminal, Finish | Abort | Error):
        _check_effects(tree, terminal)


def _check_budget(tree: Tree) -> None:
    limits = tree.limits
    begun = sum(isinstance(each.event, StartStep) for each in tree.events)
    assert begun <= min(limits.max_steps or LIMITS.max_steps, LIMITS.max_steps)
    agents = sum(isinstance(each.event, ScopeStarted) for each in tree.events)
    if limits.max_tool_calls is not None:
        assert tree.called + agents <= limits.max_tool_calls
    if limits.max_input_tokens is not None:
        assert sum(each.input_tokens for each in tree.usages) <= limits.max_input_tokens
    if limits.max_output_tokens is not None:
        assert sum(each.output_tokens for each in tree.usages) <= limits.max_output_tokens
    if limits.max_cost_usd is not None:
        costs = [with_cost(each, PRICE).cost_usd or 0.0 for each in tree.usages]
        assert sum(costs) <= limits.max_cost_usd * (1 + 1e-6)
    if tree.is_limited:
        assert tree.most_open <= 1, "queries went on side by side that cannot both be afforded"


def _check_scopes(tree: Tree) -> None:
    """Events of nested runs are between the beginning and the end of their scope."""
    open_scopes, begun = {""}, Counter[str]()
    for each in tree.events:
        event = each.event
        assert each.scope_id in open_scopes, "an event of a scope that is not open"
        if isinstance(event, ScopeStarted):
            assert event.parent_scope_id == each.scope_id
            begun[event.scope_id] += 1
            open_scopes.add(event.scope_id)
        elif isinstance(event, ScopeEnded):
            open_scopes.remove(event.scope_id)
    assert set(begun.values()) <= {1}
    if tree.events and isinstance(tree.events[-1].event, Finish):
        assert open_scopes == {""}, "a scope has no end"


def _check_effects(tree: Tree, terminal: Finish | Abort | Error) -> None:
    """The run's end counts all that its models told."""
    usage = replace(terminal.effects.usage)
    assert usage.input_tokens == sum(each.input_tokens for each in tree.usages)
    assert usage.output_tokens == sum(each.output_tokens for each in tree.usages)
    models = terminal.effects.models
    assert sum(each.input_tokens for _, each in models) == usage.input_tokens
