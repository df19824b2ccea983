"""Small pieces that the executor's tests are made of."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from caisson.executor.v1 import manifest_pb2
from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.deltas import CallPiece, Finished, ModelDelta, TextPiece
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.ports import Keep, OnConsole
from services.executor.agent.run import AgentRun
from services.executor.agent.run_parts import RunParts
from services.executor.agent.scripted import (
    CountingIds,
    FixedBundles,
    FixedPrices,
    HeldClock,
    MemorySessions,
    ScriptedModel,
    ScriptedRunner,
)
from services.executor.agent.state import RunState
from services.executor.agent_parts import SchemaSource
from services.executor.clients import OWN_PROCESS, Client
from services.executor.conversation import FinishReason
from services.executor.domain import (
    AgentSpec,
    Bundle,
    BundleFormat,
    InlineBundle,
    Json,
    JsonObject,
    Manifest,
    Program,
    ToolSpec,
)
from services.executor.egress.policy import Egress, EgressPolicy
from services.executor.egress.scripted import ScriptedExchange
from services.executor.events import RunEvent
from services.executor.limits import DeploymentLimits
from services.executor.run_request import RunRequest
from services.executor.schemas.ports import SchemaProcesses
from services.executor.schemas.scripted import LocalSchemas
from services.executor.wire.manifest import to_page
from tests.executor.watched import Recorder, WatchedRun

T = TypeVar("T")

MODEL = "openai/gpt-x"
ADD_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}


def tool(key: str, schema: JsonObject | None = None) -> ToolSpec:
    """A tool that can be offered."""
    return ToolSpec(key, f"Tool {key}.", schema or {"type": "object"}, SchemaSource.STATIC)


def agent(*tools: ToolSpec, key: str = "main", **changes: Any) -> AgentSpec:
    """An agent with these tools."""
    found = {"system": "Be brief.", "model": MODEL, **changes}
    return AgentSpec(key=key, name=key, tools={item.key: item for item in tools}, **found)


def bundle(*agents: AgentSpec, source: bytes = b"") -> Bundle:
    """A bundle with these agents."""
    digest = f"sha256:{hashlib.sha256(source).hexdigest()}"
    by_key = {item.key: item for item in agents}
    manifest = Manifest(digest, BundleFormat.ESM, by_key, {}, ())
    return Bundle(manifest, Program(digest, is_module=True, source=source))


def whole(manifest: Manifest) -> manifest_pb2.Manifest:
    """The manifest on a page that has room for all of it."""
    page = returned(to_page(manifest, 0, 0, sys.maxsize))
    assert not page.next_start
    return manifest_pb2.Manifest.FromString(page.manifest)


def returned(steps: Generator[None, None, T]) -> T:
    """What steps return once all were taken."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value


def says(*words: str, reason: FinishReason = FinishReason.STOP) -> list[ModelDelta]:
    """A whole answer in text."""
    return [*(TextPiece(word) for word in words), Finished(reason)]


def calls(*wanted: tuple[str, str, str]) -> list[ModelDelta]:
    """A whole answer of calls: id, tool and input of each."""
    pieces = [CallPiece(index, *call) for index, call in enumerate(wanted)]
    return [*pieces, Finished(FinishReason.TOOL_CALLS)]


async def add(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
    """A tool that adds."""
    return {"sum": given["a"] + given["b"]}  # type: ignore[operator]  # the schema says numbers


@dataclass
class Stage:
    """One executor's parts, all of them scripted, and what runs on them."""

    model: Any  # a LanguageModel; of most tests a ScriptedModel, which knows more
    bundles: FixedBundles
    runner: ScriptedRunner = field(default_factory=ScriptedRunner)
    sessions: Any = field(default_factory=MemorySessions)  # a SessionStore; mostly that one
    prices: FixedPrices = field(default_factory=FixedPrices)
    clock: Any = field(default_factory=HeldClock)
    ids: CountingIds = field(default_factory=CountingIds)
    limits: DeploymentLimits = field(default_factory=DeploymentLimits)
    names: ModelNames = field(default_factory=ModelNames)
    history: HistoryBudget = field(default_factory=HistoryBudget)
    exchange: ScriptedExchange = field(default_factory=ScriptedExchange)
    schemas: SchemaProcesses = field(default_factory=LocalSchemas)
    policy: EgressPolicy = field(default_factory=EgressPolicy)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.clock, self.sessions)

    async def start(
        self,
        message: str = "Hello",
        client: Client = OWN_PROCESS,
        keep: Keep | None = None,
        state: RunState | None = None,
        **request: Any,
    ) -> WatchedRun:
        """Plan a run, which begins at ``state`` where there is one."""
        asked = RunRequest(InlineBundle(b""), message, **request)
        return await self.begin(asked, client, keep, state)

    async def begin(
        self,
        request: RunRequest,
        client: Client = OWN_PROCESS,
        keep: Keep | None = None,
        state: RunState | None = None,
    ) -> WatchedRun:
        """Plan a run that is asked for."""
        plan = await self.planner().plan(request, client)
        return self.recorder.run(AgentRun(plan, self.parts(), state=state), keep)

    def planner(self) -> Planner:
        """What plans runs."""
        parts = self.bundles, self.prices, self.names, self.limits, self.ids, self.schemas
        return Planner(*parts, self.policy)

    def parts(self) -> RunParts:
        """What every run uses."""
        return RunParts(
            model=AttemptingModel(self.model, self.clock, RetryPolicy()),
            runner=self.runner,
            sessions=self.sessions,
            prices=self.prices,
            clock=self.clock,
            ids=self.ids,
            egress=Egress(lambda *_: self.exchange, self.policy),
            history=self.history,
        )

    async def run(self, message: str = "Hello", **request: Any) -> list[RunEvent]:
        """Run to the end and return all events."""
        started = await self.start(message, **request)
        return [event async for event in started.events()]


def stage(*scripts: Sequence[Any], tools: Sequence[ToolSpec] = (), **parts: Any) -> Stage:
    """A stage with one agent and a model that plays ``scripts``."""
    bundles = FixedBundles(bundle(agent(*tools)))
    return Stage(**{"model": ScriptedModel(scripts), "bundles": bundles, **parts})


def kinds(events: Sequence[RunEvent]) -> list[str]:
    """The names of the events' classes."""
    return [type(event.event).__name__ for event in events]


def of_kind(events: Sequence[RunEvent], kind: type[T]) -> list[T]:
    """The events of one class."""
    return [event.event for event in events if isinstance(event.event, kind)]
