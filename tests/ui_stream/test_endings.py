"""Runs that fail or are stopped leave nothing open, and the page shows why."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from services.executor.agent.deltas import (
    CallPiece,
    ReasoningPiece,
    TextPiece,
)
from services.executor.agent.ports import OnConsole
from services.executor.agent.scripted import ScriptedRunner
from services.executor.conversation import SessionPolicy
from services.executor.domain import ConsoleLine, Json, JsonObject
from services.executor.errors import ModelUnavailableError
from services.executor.events import AbortCause
from services.executor.wire.events import HEARTBEAT
from tests.executor.builders import calls, stage
from tests.ui_stream.reader import Reader
from tests.ui_stream.runs import ADD, STEP, called, checked, read, shown, stopped


async def test_error_inside_tool_input_closes_the_input(reader: Reader, version: int) -> None:
    broken = ModelUnavailableError("The provider went away. Try again.")
    script = [TextPiece("Adding."), CallPiece(0, "c1", "add", '{"a":1,'), broken]
    seen = await read(stage(script, tools=[ADD]), reader, version)
    assert (seen.status, seen.error) == ("error", "The provider went away. Try again.")
    assert seen.finished[0]["isError"] is True
    assert shown(seen)[1:] == [
        {"type": "text", "state": "done", "text": "Adding."},
        called(
            "output-error",
            input='{"a":1,',
            errorText="The run ended before this call was complete, so it was not made.",
        ),
    ]
    assert seen.metadata["error"] == {"reason": "MODEL_UNAVAILABLE"}


async def test_error_inside_text_closes_the_text(reader: Reader, version: int) -> None:
    script = [ReasoningPiece("hm"), TextPiece("Hel"), ModelUnavailableError("Gone. Try again.")]
    seen = await read(stage(script), reader, version)
    assert (seen.status, seen.error, seen.text) == ("error", "Gone. Try again.", "Hel")
    assert {part["state"] for part in seen.message["parts"][1:]} == {"done"}


async def test_run_stopped_by_the_executor_is_an_error(reader: Reader, version: int) -> None:
    scene = stage([TextPiece("Hel"), asyncio.Event()])
    seen = checked(await stopped(scene, AbortCause.SHUTDOWN, "text_delta"), reader, version)
    assert (seen.status, seen.error) == ("error", "The executor is shutting down.")
    assert shown(seen) == [STEP, {"type": "text", "state": "done", "text": "Hel"}]
    assert seen.metadata["abort"] == {
        "cause": "shutdown",
        "reason": "The executor is shutting down.",
    }
    assert "usage" in seen.metadata


async def test_run_stopped_before_its_answer_has_an_empty_message(
    reader: Reader, version: int
) -> None:
    scene = stage([TextPiece("Hel"), asyncio.Event()])
    first = await scene.start(session_id="s")
    async with aclosing(first.events()) as going_on:
        await anext(going_on)
        waiting = {"session_id": "s", "session_policy": SessionPolicy.QUEUE}
        events = await stopped(scene, AbortCause.SHUTDOWN, "session_wait", **waiting)
    seen = checked(events, reader, version)
    assert [part["type"] for part in seen.data] == ["data-caisson-session-wait"]
    assert seen.data[0]["data"] == {"ahead": 1}
    assert (seen.status, seen.error) == ("error", "The executor is shutting down.")
    assert len(seen.messages) == 1, "there is no empty answer"


async def test_heartbeats_leave_no_trace_in_the_message(reader: Reader, version: int) -> None:
    scene = stage([TextPiece("Hel"), asyncio.Event()])
    events = await stopped(scene, AbortCause.CLIENT_CANCELLED, "text_delta")
    events.insert(-1, HEARTBEAT)
    seen = checked(events, reader, version)
    assert {"type": "data-caisson-heartbeat", "data": {}, "transient": True} in seen.data
    assert shown(seen) == [STEP, {"type": "text", "state": "done", "text": "Hel"}]


async def test_run_stopped_by_the_user_is_no_error(reader: Reader, version: int) -> None:
    scene = stage([TextPiece("Hel"), asyncio.Event()])
    events = await stopped(scene, AbortCause.CLIENT_CANCELLED, "text_delta")
    seen = checked(events, reader, version)
    assert (seen.status, seen.error, seen.text) == ("ready", None, "Hel")
    assert seen.metadata["abort"]["cause"] == "client-cancelled"


async def test_run_stopped_inside_a_tool_closes_the_call(reader: Reader, version: int) -> None:
    async def hang(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await console(ConsoleLine("log", "begun"))
        await asyncio.Event().wait()
        return None

    script = calls(("c1", "add", '{"a":1,"b":2}'))
    scene = stage(script, tools=[ADD], runner=ScriptedRunner({"add": hang}))
    events = await stopped(scene, AbortCause.INTERRUPTED, "tool_console")
    part = shown(checked(events, reader, version))[1]
    text = "The run ended before this call did. It may have had effects."
    assert part == called("output-error", input={"a": 1, "b": 2}, errorText=text)
