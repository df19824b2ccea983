"""The world around a run, made of one random number: a model, tools, a store, budgets, a reader."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.agent.ports import ModelQuery, OnConsole, ToolInvocation, ToolSession
from services.executor.agent.usage_costs import estimated_tokens
from services.executor.conversation import (
    FinishReason,
    Message,
    SessionKey,
    TokenUsage,
    UsageSource,
)
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    Program,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import RunBroker
from services.executor.errors import (
    BundleLoadError,
    ModelAuthError,
    ModelError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelUnavailableError,
    RunnerUnavailableError,
    UnknownModelError,
)
from services.executor.limits import ToolCallLimits

WORDS = ("sun ", "rain ", "snow ", "wind ", "calm ")
REFUSALS: tuple[type[ModelError], ...] = (ModelAuthError, ModelRefusedError, UnknownModelError)
GOOD_INPUT = '{"a": 1, "b": 2}'
BAD_INPUTS = ("{", '{"a": 1}', '{"a": "x", "b": 2}', "[]", "")
KINDS = (FailureKind.THROWN, FailureKind.FUEL_EXHAUSTED, FailureKind.RUNNER_LOST)


@dataclass(eq=False)
class Asked:
    """One request to the model: what was asked, the text that it said, and how it ended."""

    query: ModelQuery
    attempt_of: object
    text: str = ""
    visible: bool = False
    complete: bool = False
    usage: TokenUsage = field(default_factory=TokenUsage)
    error: ModelError | None = None
    closed: bool = False


@dataclass(eq=False)
class RandomModel:
    """Says random things, breaks at random places, and never more than it was allowed to.

    ``calm`` makes it answer well, so that schedules also come to their end.
    """

    rng: random.Random
    calm: float
    schema: bool
    asked: list[Asked] = field(default_factory=list)

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        asked = Asked(query, query.messages)
        self.asked.append(asked)
        rng = self.rng
        try:
            breaks = rng.random() > self.calm
            if breaks and rng.random() < 0.6:
                await self._wait()
                asked.error = self._error()
                raise asked.error
            pieces = self._answer(query)
            cut = rng.randrange(len(pieces) + 1) if breaks else len(pieces)
            for piece in pieces[:cut]:
                await self._wait()
                asked.visible |= not isinstance(piece, Finished | UsageReport)
                if isinstance(piece, TextPiece):
                    asked.text += piece.text
                if isinstance(piece, UsageReport):
                    asked.usage = piece.usage
                asked.complete |= isinstance(piece, Finished)
                yield piece
            if breaks and rng.random() < 0.7:
                asked.complete = False
                if rng.random() < 0.3:
                    await asyncio.sleep(10_000)  # it stalls
                asked.error = self._error()
                raise asked.error
        finally:
            asked.closed = True

    async def _wait(self) -> None:
        roll = self.rng.random()
        if roll < 0.3:
            await asyncio.sleep(0)
        elif roll < 0.6:
            await asyncio.sleep(self.rng.random() * 2)

    def _error(self) -> ModelError:
        roll = self.rng.random()
        if roll < 0.3:
            return self.rng.choice(REFUSALS)("refused")
        wait = self.rng.choice((None, None, 0.5, 7.0, 3600.0))
        kind = ModelRateLimitError if roll < 0.6 else ModelUnavailableError
        return kind("not now", retry_after_s=wait)

    def _answer(self, query: ModelQuery) -> list[ModelDelta]:
        """Return a whole answer within the tokens that it may have."""
        rng = self.rng
        pieces: list[ModelDelta] = [
            ReasoningPiece("hm ", rng.choice(("", "proof"))) for _ in range(rng.randrange(3))
        ]
        words = self._words()
        pieces += [TextPiece(word) for word in words]
        calls = self._calls() if query.tools and rng.random() < 0.6 else []
        pieces += calls
        allowed = query.settings.get("maxOutputTokens")
        most = allowed if isinstance(allowed, int) else 200
        written = rng.randint(0, min(most, 200))
        prompt = estimated_tokens(query.system, query.messages, query.tools)
        usage = UsageReport(
            TokenUsage(rng.randint(prompt // 2, prompt), written, source=UsageSource.PROVIDER)
        )
        reason = Finished(FinishReason.TOOL_CALLS if calls else FinishReason.STOP)
        ending: list[ModelDelta] = [usage, reason] if rng.random() < 0.5 else [reason, usage]
        return [*pieces, *ending]

    def _words(self) -> list[str]:
        if self.schema and self.rng.random() < 0.7:
            return ['{"x"', ": 1}"] if self.rng.random() < 0.7 else ["{", "oops"]
        return [self.rng.choice(WORDS) for _ in range(self.rng.randrange(4))]

    def _calls(self) -> list[ModelDelta]:
        rng = self.rng
        pieces: list[ModelDelta] = []
        for index in range(rng.randint(1, 4)):
            call_id = rng.choice((f"call-{rng.randrange(6)}", "", f"c{rng.random()}"))
            tool = rng.choice(("add", "add", "slow", "nonsense"))
            text = GOOD_INPUT if rng.random() < 0.7 else rng.choice(BAD_INPUTS)
            at = rng.randrange(len(text) + 1)
            pieces.append(CallPiece(index, call_id, tool, text[:at]))
            pieces.append(CallPiece(index, "", "", text[at:]))
        return pieces


@dataclass(eq=False)
class RandomRunner:
    """Runs tools that return, fail, hang, or are slow to end; knows what became of each call."""

    rng: random.Random
    calm: float
    outcomes: dict[str, str] = field(default_factory=dict)
    running: int = 0
    open_sessions: int = 0

    def open(
        self, run_id: str, program: Program, limits: ToolCallLimits, broker: RunBroker
    ) -> AbstractAsyncContextManager[ToolSession]:
        return self._session(run_id)

    @asynccontextmanager
    async def _session(self, run_id: str) -> AsyncIterator[ToolSession]:
        self.open_sessions += 1
        try:
            yield RandomSession(self, run_id)
        finally:
            try:
                if self.rng.random() < 0.3:
                    await asyncio.sleep(0)
            finally:
                self.open_sessions -= 1


@dataclass(eq=False)
class RandomSession:
    """The tools of one run."""

    world: RandomRunner
    run_id: str
    opening: asyncio.Future[None] | None = None

    async def opened(self) -> Sequence[ConsoleLine]:
        rng = self.world.rng
        await asyncio.sleep(rng.random() * 0.1)
        if rng.random() > self.world.calm:
            if rng.random() < 0.2:
                raise RunnerUnavailableError("away")
            if rng.random() < 0.2:
                raise BundleLoadError("broken")
        return (ConsoleLine("log", "top level"),)

    async def call(self, invocation: ToolInvocation, on_console: OnConsole) -> ToolResult:
        rng, world = self.world.rng, self.world
        key = f"{self.run_id}/{invocation.tool_call_id}"
        assert key not in world.outcomes, "a call was run twice"
        assert invocation.input_json == json.dumps(json.loads(GOOD_INPUT), separators=(",", ":"))
        world.outcomes[key] = "unfinished"
        world.running += 1
        try:
            for _ in range(rng.randrange(3)):
                await on_console(ConsoleLine("log", "working"))
                await asyncio.sleep(rng.random())
            if invocation.tool == "slow":
                await asyncio.sleep(rng.choice((0.5, 20.0, 10_000.0)))
            if rng.random() > world.calm and rng.random() < 0.5:
                world.outcomes[key] = "failed"
                failure = ToolFailure(rng.choice(KINDS), "it failed")
                return ToolResult(None, failure, ToolUsage(fuel=1))
            world.outcomes[key] = "returned"
            return ToolResult({"sum": 3, "pad": "x" * rng.randrange(2000)}, None, ToolUsage(fuel=1))
        except asyncio.CancelledError:
            if rng.random() < 0.3:
                await asyncio.sleep(rng.random() * 0.05)  # it takes a moment to end
            raise
        finally:
            world.running -= 1


@dataclass(eq=False)
class RandomSessions:
    """Conversations that are slow to be read and kept, and sometimes cannot be."""

    rng: random.Random
    calm: float
    kept: dict[SessionKey, list[tuple[Message, ...]]] = field(default_factory=dict)

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        await asyncio.sleep(self.rng.random() * 0.05)
        if self.rng.random() > self.calm and self.rng.random() < 0.1:
            raise OSError("the disk is broken")
        return tuple(message for run in self.kept.get(key, []) for message in run)

    async def append(self, key: SessionKey, messages: Sequence[Message]) -> None:
        await asyncio.sleep(self.rng.random() * 0.05)
        if self.rng.random() > self.calm and self.rng.random() < 0.3:
            raise OSError("the disk is full")
        self.kept.setdefault(key, []).append(tuple(messages))
