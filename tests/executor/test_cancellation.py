"""However a run ends, there is one terminal event and nothing is left behind."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import run_event_pb2
from services.executor.agent.deltas import Finished, TextPiece, UsageReport
from services.executor.agent.ports import OnConsole, ToolSession
from services.executor.agent.scripted import HeldClock, MemorySessions, ScriptedRunner
from services.executor.clients import Client
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    Message,
    SessionKey,
    TokenUsage,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.domain import Json, JsonObject
from services.executor.errors import InternalError, RunnerUnavailableError, RunTimeoutError
from services.executor.events import Abort, AbortCause, Error, Finish, TextDelta
from services.executor.limits import DeploymentLimits, RunLimits
from tests.executor.builders import MODEL, Stage, calls, kinds, of_kind, says, stage, tool
from tests.executor.scripted_server import scripted

TERMINAL = {"Finish", "Abort", "Error"}


def hanging_model() -> Stage:
    return stage([TextPiece("Hel"), asyncio.Event()])


def hanging_tool() -> Stage:
    async def hang(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await asyncio.Event().wait()
        return None

    both = calls(("c1", "hang", "{}"), ("c2", "hang", "{}"))
    return stage(both, says("ok"), tools=[tool("hang")], runner=ScriptedRunner({"hang": hang}))


def assert_every_call_is_answered(said: Sequence[Message]) -> None:
    """A conversation that providers take: answers to calls, in order, directly after them."""
    waiting: list[str] = []
    for message in said:
        if isinstance(message, ToolMessage):
            assert waiting.pop(0) == message.call_id
        else:
            assert not waiting
        if isinstance(message, AssistantMessage):
            waiting = [call.id for call in message.calls]
    assert not waiting
    assert isinstance(said[0], UserMessage)


HANGING = {"model": (hanging_model, "TextDelta"), "tool": (hanging_tool, "ToolInputAvailable")}


@pytest.mark.parametrize("where", HANGING)
async def test_disconnected_client_cancels_model_and_tools(where: str) -> None:
    make, last = HANGING[where]
    scene = make()
    before = asyncio.all_tasks()
    run = await scene.start(session_id="s")
    async with aclosing(run.events()) as events:
        async for event in events:
            if type(event.event).__name__ == last:
                break
    assert asyncio.all_tasks() == before
    assert scene.model.closed == len(scene.model.queries)
    assert scene.runner.opened == scene.runner.closed
    assert scene.runner.cancelled == len(scene.runner.calls)
    assert_every_call_is_answered(scene.sessions.kept[SessionKey("", "s")])


@pytest.mark.parametrize("where", HANGING)
async def test_cancelled_reader_cancels_model_and_tools(where: str) -> None:
    make, last = HANGING[where]
    scene = make()
    before = asyncio.all_tasks()
    run = await scene.start()
    reached = asyncio.Event()

    async def read() -> None:
        async with aclosing(run.events()) as events:
            async for event in events:
                if type(event.event).__name__ == last:
                    reached.set()

    reader = asyncio.create_task(read())
    await reached.wait()
    reader.cancel()
    await asyncio.wait([reader])
    assert reader.cancelled()
    assert asyncio.all_tasks() == before
    assert scene.model.closed == len(scene.model.queries)
    assert scene.runner.cancelled == len(scene.runner.calls)


@pytest.mark.parametrize("where", HANGING)
async def test_abort_ends_stream_with_abort_event(where: str) -> None:
    make, last = HANGING[where]
    scene = make()
    run = await scene.start()
    seen = []
    async for event in run.events():
        seen.append(event)
        if type(event.event).__name__ == last:
            run.abort(AbortCause.SHUTDOWN)
    ended = of_kind(seen, Abort)[0]
    assert ended is seen[-1].event
    assert ended.cause is AbortCause.SHUTDOWN
    assert sum(kind in TERMINAL for kind in kinds(seen)) == 1
    assert scene.runner.cancelled == len(scene.runner.calls)


async def test_abort_before_start_takes_effect() -> None:
    run = await stage(says("never")).start()
    run.abort(AbortCause.SHUTDOWN)
    assert kinds([event async for event in run.events()]) == ["Abort"]


@pytest.mark.parametrize("where", HANGING)
async def test_run_timeout_is_an_error(where: str) -> None:
    scene = HANGING[where][0]()
    scene.limits = DeploymentLimits(timeout_s=30.0)
    events = await scene.run(limits=RunLimits(timeout_s=0.05))
    error = of_kind(events, Error)[0].error
    assert isinstance(error, RunTimeoutError)
    assert "0.05 s" in str(error)
    assert sum(kind in TERMINAL for kind in kinds(events)) == 1
    assert scene.runner.opened == scene.runner.closed


async def test_timeout_is_reported_while_failed_tools_close() -> None:
    async def lose(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await asyncio.sleep(0)
        raise RunnerUnavailableError("away")

    runner = StuckRunner({"lose": lose})
    scene = stage(calls(("c", "lose", "{}")), tools=[tool("lose")], runner=runner)
    events = await scene.run(limits=RunLimits(timeout_s=0.05))
    assert isinstance(of_kind(events, Error)[0].error, RunTimeoutError)


class StuckRunner(ScriptedRunner):
    """Its sessions do not close until they are cancelled."""

    @asynccontextmanager
    async def open(self, *arguments: Any) -> AsyncIterator[ToolSession]:
        async with super().open(*arguments) as session:
            try:
                yield session
            finally:
                await asyncio.Event().wait()


async def test_run_can_be_cancelled_wherever_it_waits() -> None:
    """Cancel the reader after each possible number of events."""
    length = len(await hundred_words().run())
    for count in range(1, length):
        scene = hundred_words()
        before = asyncio.all_tasks()
        run = await scene.start()
        async with aclosing(run.events()) as events:
            for _ in range(count):
                await anext(events)
        assert asyncio.all_tasks() == before
        assert scene.model.closed == len(scene.model.queries)


async def test_disconnected_client_leaves_no_stream_to_garbage_collector() -> None:
    """What it finds is closed by a task that nobody waits for."""
    left: list[str] = []
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(finalizer=lambda stream: left.append(repr(stream)))
    try:
        run = await hundred_words().start()
        async with aclosing(run.events()) as events:
            await anext(events)
    finally:
        sys.set_asyncgen_hooks(*hooks)
    assert not left


@pytest.mark.parametrize("turns", range(6))
async def test_reader_cancelled_after_abort_releases_session(
    turns: int,
) -> None:
    """The run is aborted before it has its turn, and its reader is cancelled while it ends."""
    scene = stage(says("never"))
    run = await scene.start(session_id="s")

    async def read() -> None:
        async with aclosing(run.events()) as events:
            async for _ in events:
                pass

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    run.abort(AbortCause.SHUTDOWN)
    for _ in range(turns):
        await asyncio.sleep(0)
    reader.cancel()
    await asyncio.wait([reader])
    assert not scene.turns.busy(SessionKey("", "s"))


def hundred_words() -> Stage:
    async def quick(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        return None

    runner = ScriptedRunner({"quick": quick})
    script = [calls(("c1", "quick", "{}"), ("c2", "quick", "{}")), says(*["word"] * 100)]
    return stage(*script, tools=[tool("quick")], runner=runner)


async def test_slow_reader_applies_backpressure_to_model() -> None:
    scene = stage(says(*["word" * 100] * 5000))
    run = await scene.start()
    async with aclosing(run.events()) as events:
        await anext(events)
        for _ in range(100):
            await asyncio.sleep(0)
        assert scene.model.closed == 0
        rest = [event async for event in events]
    assert isinstance(rest[-1].event, Finish)
    assert rest[-1].sequence == len(rest) + 1
    assert "".join(item.delta for item in of_kind(rest, TextDelta)) == "word" * 500_000


async def test_idle_streams_send_heartbeats() -> None:
    scene = stage([TextPiece("Hel"), asyncio.Event()], clock=HeldClock(longest_s=3600.0))
    run = await scene.start()
    seen = []
    async with aclosing(run.events()) as events:
        async for event in events:
            seen.append(event)
            if kinds(seen)[-3:] == ["Heartbeat"] * 3:
                break
    assert "TextDelta" in kinds(seen)
    beats = [event.time_ns for event in seen[-3:]]
    assert [later - earlier for earlier, later in itertools.pairwise(beats)] == [
        15_000_000_000,
        15_000_000_000,
    ]


async def test_internal_error_hides_its_details(caplog: pytest.LogCaptureFixture) -> None:
    scene = stage([KeyError("/secret/path")])
    events = await scene.run()
    error = of_kind(events, Error)[0].error
    assert isinstance(error, InternalError)
    assert "secret" not in str(error)
    assert events[0].run_id in str(error)
    assert "/secret/path" in caplog.text


async def test_run_cancelled_while_being_saved_is_saved() -> None:
    """The answer is complete: what the client does now takes nothing back."""
    scene = stage(says("Hello"))
    sessions = SlowSessions()
    scene.sessions = sessions
    run = await scene.start(session_id="s")
    before = asyncio.all_tasks()

    async def read() -> None:
        async with aclosing(run.events()) as events:
            async for _ in events:
                pass

    reader = asyncio.create_task(read())
    await sessions.keeping.wait()
    reader.cancel()
    await asyncio.sleep(0)
    sessions.go.set()
    await asyncio.wait([reader])
    assert sessions.kept[SessionKey("", "s")] == (
        UserMessage("Hello"),
        AssistantMessage("Hello", model=MODEL),
    )
    assert asyncio.all_tasks() == before


class SlowSessions(MemorySessions):
    """Keeps a conversation once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.keeping, self.go = asyncio.Event(), asyncio.Event()

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        self.keeping.set()
        await self.go.wait()
        await super().append(key, messages, client, agent)


async def test_event_that_cannot_be_sent_ends_the_run_as_failed() -> None:
    usage = TokenUsage(2**70, 1, source=UsageSource.PROVIDER)  # no int64
    scene = stage([TextPiece("Hi"), UsageReport(usage), Finished(FinishReason.STOP)])
    async with scripted(scene) as client:
        outcome = await client.run()
    assert outcome.kinds[-1] == "error"
    assert outcome.ended.state == run_event_pb2.RUN_STATE_FAILED
    assert outcome.ended.effects.steps == 1
    assert outcome.code is grpc.StatusCode.INTERNAL
