"""The world around a run, which plays its scripts and notes what it sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from services.executor.agent.deltas import Finished, ModelDelta, UsageReport
from services.executor.agent.no_tools import NoToolSession
from services.executor.agent.ports import (
    CallRecorder,
    ModelQuery,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.usage_costs import estimated_tokens
from services.executor.clients import Client
from services.executor.conversation import Message, Price, SessionKey, TokenUsage, UsageSource
from services.executor.domain import ConsoleLine, Program, ToolFailure, ToolResult, ToolUsage
from services.executor.egress.broker import RunBroker
from services.executor.errors import ExecutorError, ModelSettingError
from services.executor.events import ToolOutcome
from services.executor.limits import ToolCallLimits
from tests.simulation.answers import answer_script
from tests.simulation.chance import store_script, tool_script
from tests.simulation.handoffs import is_handoff
from tests.simulation.records import Asked, Called, Ran, Stored
from tests.simulation.scripts import Fails, Fault, Raises, Reading, Said, Spent, WorldScript
from tests.simulation.virtual_loop import VirtualLoop

MOST_WRITTEN = 300
SETTINGS = ("temperature", "seed")  # of which models refuse one


@dataclass(eq=False)
class Scene:
    """One run and what it takes place in."""

    world: WorldScript
    ran: Ran
    loop: VirtualLoop

    def note(self) -> float:
        """Note that something of the run is at work; return the time."""
        now_s = self.loop.time()
        self.ran.is_active(self.loop.steps, now_s)
        return now_s


@dataclass(eq=False)
class ScheduledModel:
    """Says what is scheduled, and never writes more than it was allowed to."""

    scene: Scene

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        scene, ran = self.scene, self.scene.ran
        schema = query.output_schema is not None
        world = scene.world
        names = [tool.key for tool in query.tools]
        handoffs = [name for name in names if is_handoff(name)]
        script = answer_script(
            *(world.seed, ran.number, len(ran.asked), world.calm),
            tools=len(names) > len(handoffs),
            schema=schema,
            handoffs=handoffs,
        )
        asked = Asked(script, query, scene.note())
        ran.asked.append(asked)
        waits_from = asked.began_s
        try:
            for piece in script.pieces:
                if piece.wait_s is not None:
                    await asyncio.sleep(piece.wait_s)
                delta = _delta(piece.said, query)
                asked.said.append(delta)
                asked.waits_s.append(scene.note() - waits_from)
                yield delta
                waits_from = scene.loop.time()
            if script.fault is not None:
                await _break(script.fault, len(ran.asked))
        except Exception as error:
            asked.error = error
            raise
        finally:
            asked.silent_s = scene.note() - waits_from
            try:
                if script.close_s:
                    await asyncio.sleep(script.close_s)
            finally:
                asked.ended_s = scene.note()
                asked.closed = True
        asked.is_whole = any(isinstance(each, Finished) for each in asked.said)


@dataclass(eq=False)
class ScheduledRunner:
    """A toolrunner in which one run takes place."""

    scene: Scene

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
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[ToolSession]:
        ran = self.scene.ran
        ran.open_sessions += 1
        try:
            now_s = self.scene.note()
            ran.opened_s = now_s if ran.opened_s is None else ran.opened_s
            yield ScheduledSession(self.scene, ran.opened_s)
        finally:
            if ran.running:
                ran.faults.append("the tool session was left while a tool ran")
            try:
                if ran.script.runner.close_s:
                    await asyncio.sleep(ran.script.runner.close_s)
            finally:
                self.scene.note()
                ran.open_sessions -= 1


@dataclass(eq=False)
class ScheduledSession(NoToolSession):
    """The tools of one run; each call does what is scheduled for its number."""

    scene: Scene
    began_s: float

    async def opened(self) -> Sequence[ConsoleLine]:
        script = self.scene.ran.script.runner
        if script.open_s is None:
            await asyncio.Event().wait()
        elif (left_s := self.began_s + script.open_s - self.scene.loop.time()) > 0:
            await asyncio.sleep(left_s)
        if script.open_error is not None:
            raise script.open_error("the tools cannot run")
        return tuple(ConsoleLine("log", f"top level {at}") for at in range(script.lines))

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        """Return nothing."""
        return {}

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        on_begun()
        scene, ran = self.scene, self.scene.ran
        if invocation.tool_call_id in ran.called:
            ran.faults.append(f"the call {invocation.tool_call_id} was run twice")
        number = ran.numbers.setdefault(invocation.tool_call_id, len(ran.numbers))
        script = tool_script(scene.world.seed, ran.number, number, scene.world.calm)
        called = ran.called[invocation.tool_call_id] = Called(invocation, script, scene.note())
        ran.running += 1
        try:
            return await self._run(called, on_console)
        finally:
            ran.running -= 1
            called.ended_s = scene.note()

    async def _run(self, called: Called, on_console: OnConsole) -> ToolResult:
        script = called.script
        try:
            await self.opened()
            for wait_s in script.line_waits_s:
                await asyncio.sleep(wait_s)
                called.lines += 1
                await on_console(ConsoleLine("log", f"line {called.lines}"))
            if script.seconds is None:
                await asyncio.Event().wait()
            else:
                await asyncio.sleep(script.seconds)
        except asyncio.CancelledError:
            if script.end_s:
                await asyncio.sleep(script.end_s)
            # What it returns would wait for a client that does not read.
            reads = self.scene.ran.script.reader.way not in {Reading.SLOW, Reading.STOPS}
            if not (script.ends_anyway and reads):
                raise
        return _ended(called)


@dataclass(eq=False)
class ScheduledStore:
    """Conversations in ``kept``, which all runs share, as one run comes to them."""

    scene: Scene
    kept: dict[SessionKey, tuple[Message, ...]]
    speakers: dict[SessionKey, str]

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        found = self._begun("load", key, self.kept.get(key, ()))
        await self._operate(found)
        return tuple(found.messages)

    async def speaker(self, key: SessionKey) -> str:
        return self.speakers.get(key, "")

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        stored = self._begun("append", key, tuple(messages))
        await self._operate(stored)
        self.speakers[key] = agent or self.speakers.get(key, "")
        self.kept[key] = (*self.kept.get(key, ()), *messages)

    async def notes(self, owner: SessionKey) -> str:
        """Return nothing: no agent here keeps notes."""
        return ""

    async def revise_notes(
        self, owner: SessionKey, revised: Callable[[str], str | None], client: Client
    ) -> None:
        """Raise: no agent here keeps notes."""
        raise AssertionError(owner)

    def _begun(self, kind: str, key: SessionKey, messages: Sequence[Message]) -> Stored:
        stored = Stored(kind, key, messages, self.scene.note())
        self.scene.ran.stored.append(stored)
        return stored

    async def _operate(self, stored: Stored) -> None:
        world, ran = self.scene.world, self.scene.ran
        script = store_script(world.seed, ran.number, len(ran.stored), world.calm)
        try:
            await asyncio.sleep(script.seconds)
        finally:
            stored.ended_s = self.scene.note()
        if script.error is not None:
            stored.failed = True
            raise script.error("the disk is broken")
        stored.done = True


@dataclass(eq=False)
class ScheduledPrices:
    """What models cost, which takes a while to be found out."""

    prices: Mapping[str, Price | None]
    wait_s: float

    async def price_of(self, model: str) -> Price | None:
        if self.wait_s:
            await asyncio.sleep(self.wait_s)
        return self.prices[model]


def _delta(said: Said, query: ModelQuery) -> ModelDelta:
    """Return what is said, with the tokens of a report counted."""
    if not isinstance(said, Spent):
        return said
    allowed = query.settings.get("maxOutputTokens")
    most = min(allowed, MOST_WRITTEN) if isinstance(allowed, int) else MOST_WRITTEN
    prompt = int(estimated_tokens(query.system, query.messages, query.tools) * said.prompt)
    usage = TokenUsage(
        input_tokens=prompt,
        output_tokens=int(most * said.answer),
        cached_input_tokens=prompt // 4,
        source=UsageSource.PROVIDER,
        cache_write_input_tokens=prompt // 8,
    )
    return UsageReport(usage)


async def _break(fault: Fault, number: int) -> None:
    if fault.error is None:
        await asyncio.Event().wait()
    elif issubclass(fault.error, ModelSettingError):
        raise fault.error("it broke", setting=SETTINGS[number % len(SETTINGS)])
    elif issubclass(fault.error, ExecutorError):
        raise fault.error("it broke", retry_after_s=fault.retry_after_s)
    else:
        raise fault.error("it broke")


def _ended(called: Called) -> ToolResult:
    ends = called.script.ends
    if isinstance(ends, Raises):
        called.outcome = ToolOutcome.UNFINISHED
        raise ends.error("the tools are gone")
    if isinstance(ends, Fails):
        called.outcome = ToolOutcome.FAILED
        return ToolResult(None, ToolFailure(ends.kind, "it failed"), ToolUsage(fuel=1))
    called.outcome, called.output = ToolOutcome.RETURNED, ends.output
    return ToolResult(ends.output, None, ToolUsage(fuel=1))
