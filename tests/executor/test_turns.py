"""One run at a time in each session: rejected, in turn, or instead of the one that is going on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from services.executor.agent.deltas import TextPiece
from services.executor.conversation import (
    AssistantMessage,
    SessionPolicy,
    UserMessage,
)
from services.executor.errors import SessionBusyError
from services.executor.events import Abort, AbortCause, Finish, RunEvent, SessionWait
from tests.executor.builders import Stage, kinds, of_kind, says, stage
from tests.executor.watched import WatchedRun


def hanging(*scripts: object) -> tuple[Stage, asyncio.Event]:
    gate = asyncio.Event()
    return stage([TextPiece("Hel"), gate, *says("lo")], *scripts), gate  # type: ignore[arg-type]


async def begun(scene: Stage) -> tuple[WatchedRun, asyncio.Task[list[RunEvent]]]:
    """A run that has got as far as the model's first word."""
    run = await scene.start(session_id="s")
    reached = asyncio.Event()

    async def read() -> list[RunEvent]:
        seen = []
        async for event in run.events():
            seen.append(event)
            reached.set()
        return seen

    task = asyncio.create_task(read())
    await reached.wait()
    await until(lambda: bool(scene.model.queries))
    return run, task


async def until(holds: Callable[[], bool]) -> None:
    """Let the other tasks go on until something holds, which needs no time."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def in_line(scene: Stage, runs: int) -> None:
    for _ in range(1000):
        if await scene.recorder.in_line("s") == runs:
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_second_run_is_refused() -> None:
    scene, gate = hanging()
    _, first = await begun(scene)
    second = await scene.start(session_id="s")
    with pytest.raises(SessionBusyError, match="QUEUE or INTERRUPT"):
        await anext(second.events())
    gate.set()
    assert isinstance((await first)[-1].event, Finish)
    assert not await scene.recorder.in_line("s")


async def test_other_sessions_and_resources_do_not_wait() -> None:
    scene, gate = hanging(says("a"), says("b"))
    _, first = await begun(scene)
    assert isinstance((await scene.run(session_id="other"))[-1].event, Finish)
    assert isinstance((await scene.run(session_id="s", resource_id="x"))[-1].event, Finish)
    gate.set()
    await first


async def test_queued_runs_keep_order_and_see_earlier_messages() -> None:
    scene, gate = hanging(says("two"), says("three"))
    _, first = await begun(scene)
    queued = [
        asyncio.create_task(scene.run(message, session_id="s", session_policy=SessionPolicy.QUEUE))
        for message in ("second", "third")
    ]
    await in_line(scene, 3)
    assert len(scene.model.queries) == 1
    gate.set()
    _, second, third = await asyncio.gather(first, *queued)
    assert [item.ahead for item in of_kind(second, SessionWait)] == [1]
    assert [item.ahead for item in of_kind(third, SessionWait)] == [2]
    texts = [item.text for item in scene.model.queries[2].messages]
    assert texts == ["Hello", "Hello", "second", "two", "third"]
    assert not await scene.recorder.in_line("s")


async def test_interrupt_ends_active_run_and_keeps_its_output() -> None:
    scene, _ = hanging(says("instead"))
    _, first = await begun(scene)
    events = await scene.run("no!", session_id="s", session_policy=SessionPolicy.INTERRUPT)
    interrupted = of_kind(await first, Abort)[0]
    assert interrupted.cause is AbortCause.INTERRUPTED
    assert interrupted.effects.session_saved
    assert isinstance(events[-1].event, Finish)
    assert scene.model.queries[1].messages == (
        UserMessage("Hello"),
        AssistantMessage("Hel"),
        UserMessage("no!"),
    )


async def test_interrupt_goes_before_queued_runs() -> None:
    scene, _ = hanging(says("now"), says("later"))
    _, first = await begun(scene)
    queued = asyncio.create_task(
        scene.run("queued", session_id="s", session_policy=SessionPolicy.QUEUE)
    )
    await in_line(scene, 2)
    await scene.run("now!", session_id="s", session_policy=SessionPolicy.INTERRUPT)
    await asyncio.gather(first, queued)
    asked = [query.messages[-1].text for query in scene.model.queries]
    assert asked == ["Hello", "now!", "queued"]


async def test_cancelled_waiter_lets_next_run_start() -> None:
    scene, gate = hanging(says("third"))
    _, first = await begun(scene)
    waiting = await scene.start("second", session_id="s", session_policy=SessionPolicy.QUEUE)
    async with aclosing(waiting.events()) as events:
        seen = [await anext(events), await anext(events)]
        third = asyncio.create_task(
            scene.run("third", session_id="s", session_policy=SessionPolicy.QUEUE)
        )
        await in_line(scene, 3)
    assert kinds(seen) == ["RunStarted", "SessionWait"]
    gate.set()
    await first
    assert isinstance((await third)[-1].event, Finish)
    assert len(scene.model.queries) == 2
    assert not await scene.recorder.in_line("s")
