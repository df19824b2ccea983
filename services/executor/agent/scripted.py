"""Scripted fakes of the seams in ``ports.py``, for tests.

``ScriptedModel`` plays one script for each query, ``ScriptedEmbeddings`` gives one answer,
``ScriptedRunner`` runs a Python function for each tool, ``HeldClock`` advances only on sleeps,
``CountingIds`` counts, ``MemorySessions`` keeps conversations in a dict.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from services.executor.agent.deltas import ModelDelta
from services.executor.agent.embeddings import Embedded, EmbeddingQuery
from services.executor.agent.ports import (
    CallRecorder,
    ModelQuery,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent_parts import AgentPart, HookName
from services.executor.clients import Client
from services.executor.conversation import Message, Price, SessionKey
from services.executor.domain import (
    Bundle,
    BundleSource,
    ConsoleLine,
    FailureKind,
    Json,
    JsonObject,
    Program,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import RunBroker
from services.executor.errors import ExecutorError
from services.executor.limits import ToolCallLimits

ScriptItem: TypeAlias = ModelDelta | Exception | asyncio.Event
ScriptedHook: TypeAlias = Callable[[JsonObject], "Json | ToolFailure"]
ScriptedTool: TypeAlias = Callable[[JsonObject, JsonObject, OnConsole], Awaitable[Json]]


@dataclass(eq=False)
class ScriptedModel:
    """Plays one script for each query, in turn.

    An item of a script is yielded, raised if it is an exception, or awaited if it is an
    ``asyncio.Event``. ``queries`` holds the queries; ``closed`` counts ended streams.
    """

    scripts: Sequence[Sequence[ScriptItem]]
    queries: list[ModelQuery] = field(default_factory=list)
    closed: int = 0

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Play the next script."""
        script = self.scripts[len(self.queries)]
        self.queries.append(query)
        try:
            for item in script:
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, asyncio.Event):
                    await item.wait()
                else:
                    yield item
        finally:
            self.closed += 1


@dataclass(eq=False)
class ScriptedEmbeddings:
    """Gives one answer to each query, in turn; a script is as in ``ScriptedModel``.

    ``queries`` holds the queries; ``cancelled`` counts those that were cancelled. ``asked`` is set
    by the first.
    """

    answers: Sequence[Embedded | Exception | asyncio.Event]
    queries: list[EmbeddingQuery] = field(default_factory=list)
    cancelled: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def embed(self, query: EmbeddingQuery) -> Embedded:
        """Give the next answer; an event is awaited, and then the one after it is given."""
        self.queries.append(query)
        self.asked.set()
        for answer in self.answers[len(self.queries) - 1 :]:
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Embedded):
                return answer
            try:
                await answer.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        raise AssertionError("the script is over")


class ToolFails(Exception):  # noqa: N818 - it is what a scripted tool does
    """Raised by a scripted tool to fail with ``failure``."""

    def __init__(self, kind: FailureKind, message: str, name: str = "") -> None:
        super().__init__(message)
        self.failure = ToolFailure(kind, message, name)


@dataclass(eq=False)
class ScriptedRunner:
    """Runs ``tools`` by name; each takes the input, the context and the console.

    ``shown`` is what the model is shown instead of a tool's output, by the tool's name.
    ``open_error`` is what loading the bundle raises, ``top_level`` what it writes, ``out_of_use``
    why tools cannot be called. ``opened`` and ``closed`` count sessions, ``cancelled`` the calls
    that were cancelled; ``calls`` holds the invocations, ``tenants`` the tenants of the sessions,
    ``environments`` what their tools see of the environment.
    ``unapproved`` tools say in calls that a person must approve them.
    ``hooks`` answer for hooks by name, and ``hooked`` holds what each was given.
    ``parts`` answers every question about an agent, ``asked`` holds them, and ``fresh`` which
    sessions wanted a load that is not old.
    """

    tools: Mapping[str, ScriptedTool] = field(default_factory=dict)
    shown: Mapping[str, Json] = field(default_factory=dict)
    open_error: ExecutorError | None = None
    top_level: Sequence[ConsoleLine] = ()
    out_of_use: Mapping[str, str] = field(default_factory=dict)
    opened: int = 0
    closed: int = 0
    cancelled: int = 0
    calls: list[ToolInvocation] = field(default_factory=list)
    tenants: list[str] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list)
    parts: str | ToolFailure = "{}"
    asked: list[tuple[str, tuple[AgentPart, ...], JsonObject]] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)
    unapproved: Collection[str] = ()
    hooks: Mapping[str, ScriptedHook] = field(default_factory=dict)
    hooked: list[tuple[str, JsonObject]] = field(default_factory=list)

    def open(
        self,
        run_id: str,
        program: Program,
        limits: ToolCallLimits,
        broker: RunBroker,
        tenant: str,
        fresh: bool = False,
        recorder: CallRecorder | None = None,
    ) -> AbstractAsyncContextManager[ToolSession]:
        """Return a session, whatever the arguments."""
        self.tenants.append(tenant)
        self.environments.append(broker.env)
        self.fresh.append(fresh)
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[ToolSession]:
        self.opened += 1
        try:
            yield _ScriptedSession(self)
        finally:
            self.closed += 1


@dataclass(eq=False)
class _ScriptedSession:
    runner: ScriptedRunner

    async def opened(self) -> Sequence[ConsoleLine]:
        if self.runner.open_error is not None:
            raise self.runner.open_error
        return self.runner.top_level

    def out_of_use(self, agent: str, tools: Iterable[str]) -> Mapping[str, str]:
        return self.runner.out_of_use

    def granted(self, broker: RunBroker) -> ToolSession:
        return self

    async def hook(
        self, agent: str, name: HookName, given_json: str, context: JsonObject
    ) -> str | ToolFailure:
        await self.opened()
        given = json.loads(given_json)
        self.runner.hooked.append((name.value, given))
        said = self.runner.hooks[name.value](given)
        await asyncio.sleep(0)  # a sandbox does not answer at once: the run may be stopped here
        return said if isinstance(said, ToolFailure) else json.dumps({"value": said})

    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        await self.opened()
        self.runner.asked.append((agent, tuple(parts), context))
        return self.runner.parts

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        await self.opened()
        if invocation.tool in self.runner.unapproved and not invocation.approved:
            self.runner.calls.append(invocation)
            failure = ToolFailure(FailureKind.NOT_APPROVED, "Ask a person.", may_approve=True)
            return ToolResult(None, failure, ToolUsage(), begun=False)
        on_begun()
        self.runner.calls.append(invocation)
        tool = self.runner.tools[invocation.tool]
        try:
            given = json.loads(invocation.input_json)
            output = await tool(given, invocation.context, on_console)
        except ToolFails as error:
            return ToolResult(None, error.failure, ToolUsage())
        except asyncio.CancelledError:
            self.runner.cancelled += 1
            raise
        name = invocation.tool
        if name not in self.runner.shown:
            return ToolResult(output, None, ToolUsage(fuel=1))
        text, shown = json.dumps(output), json.dumps(self.runner.shown[name])
        return ToolResult(output, None, ToolUsage(fuel=1), text, model_output_json=shown)


@dataclass(eq=False)
class FixedBundles:
    """Reads every source as the same bundle, or fails with ``error``."""

    bundle: Bundle
    error: ExecutorError | None = None
    closed: bool = False

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Return the bundle, whatever the arguments."""
        if self.error is not None:
            raise self.error
        return self.bundle

    async def close(self) -> None:
        """Record that it was closed."""
        self.closed = True


@dataclass(eq=False)
class HeldClock:
    """A clock that advances only on sleeps, without waiting.

    A sleep of more than ``longest_s`` seconds never ends. ``sleeps`` holds all requested sleeps.
    """

    seconds: float = 0.0
    longest_s: float = 10.0
    sleeps: list[float] = field(default_factory=list)

    def now_ns(self) -> int:
        """Return the time as nanoseconds."""
        return int(self.seconds * 1e9)

    def monotonic(self) -> float:
        """Return the time."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Advance the time by ``seconds`` and let other tasks run."""
        self.sleeps.append(seconds)
        if seconds > self.longest_s:
            await asyncio.Event().wait()
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass(eq=False)
class CountingIds:
    """Ids that count from 1 over all prefixes."""

    last: int = 0

    def new(self, prefix: str) -> str:
        """Return ``prefix``, an underscore and the next number."""
        self.last += 1
        return f"{prefix}_{self.last}"


@dataclass(eq=False)
class FixedPrices:
    """The same price for every model; None for an unknown one."""

    price: Price | None = None

    async def price_of(self, model: str) -> Price | None:
        """Return the price, whatever the model."""
        return self.price


@dataclass(eq=False)
class MemorySessions:
    """Conversations in a dict."""

    kept: dict[SessionKey, tuple[Message, ...]] = field(default_factory=dict)
    speakers: dict[SessionKey, str] = field(default_factory=dict)
    noted: dict[SessionKey, str] = field(default_factory=dict)

    async def notes(self, owner: SessionKey) -> str:
        """Return the notes of ``owner``."""
        return self.noted.get(owner, "")

    async def revise_notes(
        self, owner: SessionKey, revised: Callable[[str], str | None], client: Client
    ) -> None:
        """Replace the notes of ``owner``."""
        new = revised(self.noted.get(owner, ""))
        if new is not None:
            self.noted[owner] = new

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """Return all messages of ``key``."""
        return self.kept.get(key, ())

    async def speaker(self, key: SessionKey) -> str:
        """Return who spoke last."""
        return self.speakers.get(key, "")

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        """Append ``messages``."""
        if agent:
            self.speakers[key] = agent
        self.kept[key] = (*self.kept.get(key, ()), *messages)
