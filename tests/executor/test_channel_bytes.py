"""What waits for a slow client is bounded by its true size."""

from __future__ import annotations

import asyncio
from typing import Any

from services.executor.agent.channel import CAPACITY_CHARACTERS, RunChannel
from services.executor.agent.scripted import HeldClock
from services.executor.domain import FailureKind, Json, JsonObject, ToolFailure
from services.executor.events import Event, ToolOutputAvailable, ToolOutputError
from tests.executor.builders import calls, of_kind, says, stage, tool

LARGE = 512 * 1024


async def waiting_events(event: Event) -> int:
    """How many of an event a channel takes before its writers wait for the reader."""
    channel = RunChannel("run", HeldClock())
    count = 0

    async def write() -> None:
        nonlocal count
        while count < 300:
            await channel.emit(event)
            count += 1

    writer = asyncio.create_task(write())
    await asyncio.sleep(0)
    taken = count
    await channel.take()
    for _ in range(3):
        await asyncio.sleep(0)
    assert count > taken  # and they go on once something was read
    writer.cancel()
    return taken


async def test_large_results_queue_one_at_a_time() -> None:
    text = "x" * LARGE
    assert await waiting_events(ToolOutputAvailable("c", text, len(text))) == 1
    failure = ToolFailure(FailureKind.THROWN, "m", "Error", text)
    assert await waiting_events(ToolOutputError("c", "short", failure)) == 1
    small = CAPACITY_CHARACTERS // 4
    assert await waiting_events(ToolOutputAvailable("c", text[:small], small)) == 4


async def test_tool_events_report_payload_size() -> None:
    async def long(given: JsonObject, context: JsonObject, console: Any) -> Json:
        return "x" * LARGE

    scene = stage(calls(("c", "long", "{}")), says("ok"), tools=[tool("long")])
    scene.runner.tools = {"long": long}
    (returned,) = of_kind(await scene.run(), ToolOutputAvailable)
    assert LARGE <= returned.size <= LARGE + 2
