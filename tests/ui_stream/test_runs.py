"""Complete runs, as chats of the AI SDK see them."""

from __future__ import annotations

from typing import Any

import pytest

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.agent.ports import OnConsole
from services.executor.agent.scripted import ScriptedRunner, ToolFails
from services.executor.conversation import FinishReason, TokenUsage, UsageSource
from services.executor.domain import ConsoleLine, FailureKind, Json, JsonObject
from services.executor.errors import ModelUnavailableError
from services.executor.limits import RunLimits
from tests.executor.builders import add, calls, says, stage
from tests.ui_stream.reader import Reader, happened
from tests.ui_stream.runs import ADD, STEP, called, checked, events_of, read, shown

USAGE = TokenUsage(10, 5, 4, 2, UsageSource.PROVIDER)


async def test_text_becomes_one_text_part(reader: Reader, version: int) -> None:
    script = [TextPiece("Hel"), TextPiece("lo"), UsageReport(USAGE), Finished(FinishReason.STOP)]
    seen = await read(stage(script), reader, version, session_id="s1")
    assert shown(seen) == [STEP, {"type": "text", "state": "done", "text": "Hello"}]
    assert (seen.status, seen.error) == ("ready", None)
    assert seen.finished[0]["finishReason"] == "stop"
    assert len(seen.messages) == 2, "the question and one answer"


async def test_metadata_has_agent_model_and_usage(reader: Reader, version: int) -> None:
    script = [TextPiece("Hello"), UsageReport(USAGE), Finished(FinishReason.STOP)]
    events = await events_of(stage(script), session_id="s1")
    metadata = checked(events, reader, version).metadata
    usage = {
        "inputTokens": 10,
        "outputTokens": 5,
        "cachedInputTokens": 4,
        "reasoningTokens": 2,
        "cacheWriteInputTokens": 0,
        "source": "provider",
    }
    model = "openai/gpt-x"
    assert metadata == {
        "runId": events[0].event.run_id,
        "bundleDigest": events[0].event.run_started.bundle_digest,
        "agent": "main",
        "model": model,
        "sessionId": "s1",
        "byStep": {"1": {"model": model, "finishReason": "stop", "usage": usage}},
        "finishReason": "stop",
        "usage": usage,
        "steps": 1,
        "effects": {
            "models": [{"model": model, "usage": usage}],
            "toolCalls": [],
            "toolCallCount": 0,
            "sessionSaved": True,
        },
    }


async def test_reasoning_and_text_alternate(reader: Reader, version: int) -> None:
    script = [
        ReasoningPiece("hm"),
        TextPiece("a"),
        ReasoningPiece("so"),
        TextPiece("b"),
        Finished(FinishReason.LENGTH),
    ]
    seen = await read(stage(script), reader, version)
    assert shown(seen) == [
        STEP,
        {"type": "reasoning", "state": "done", "text": "hm"},
        {"type": "text", "state": "done", "text": "a"},
        {"type": "reasoning", "state": "done", "text": "so"},
        {"type": "text", "state": "done", "text": "b"},
    ]
    assert seen.finished[0]["finishReason"] == "length"


async def test_parallel_calls_stream_partial_inputs(reader: Reader, version: int) -> None:
    script = [
        TextPiece("Adding."),
        CallPiece(0, "c1", "add", '{"a":1'),
        CallPiece(1, "c2", "add", '{"a":'),
        CallPiece(0, "", "", ',"b":2}'),
        CallPiece(1, "", "", '3,"b":4}'),
        Finished(FinishReason.TOOL_CALLS),
    ]
    scene = stage(script, says("3, 7"), tools=[ADD], runner=ScriptedRunner({"add": add}))
    seen = await read(scene, reader, version)
    assert shown(seen) == [
        STEP,
        {"type": "text", "state": "done", "text": "Adding."},
        called("output-available", input={"a": 1, "b": 2}, output={"sum": 3}),
        called("output-available", input={"a": 3, "b": 4}, output={"sum": 7}),
        STEP,
        {"type": "text", "state": "done", "text": "3, 7"},
    ]
    assert seen.metadata["byStep"].keys() == {"1", "2"}
    assert {item["outcome"] for item in seen.metadata["effects"]["toolCalls"]} == {"returned"}


@pytest.mark.parametrize(
    ("text", "given"), [('{"a":1}', {"a": 1}), ('{"a":1', '{"a":1'), ('{"a":1e999}', '{"a":1e999}')]
)
async def test_invalid_input_is_an_input_error(
    reader: Reader, version: int, text: str, given: Json
) -> None:
    scene = stage(calls(("c1", "add", text)), says("sorry"), tools=[ADD])
    seen = await read(scene, reader, version)
    part = seen.parts("dynamic-tool")[0]
    assert part["state"] == "output-error"
    assert part["input"] == given
    assert "input" in part["errorText"]
    assert seen.status == "ready", "the run goes on"


async def test_failed_tool_shows_error_and_console(reader: Reader, version: int) -> None:
    async def fail(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await console(ConsoleLine("warn", "about to fail"))
        raise ToolFails(FailureKind.THROWN, "no such city", "TypeError")

    runner = ScriptedRunner({"add": fail})
    script = calls(("c1", "add", '{"a":1,"b":2}'))
    seen = await read(stage(script, says("sorry"), tools=[ADD], runner=runner), reader, version)
    text = "Error (THROWN): TypeError: no such city"
    assert shown(seen)[1] == called("output-error", input={"a": 1, "b": 2}, errorText=text)
    line = {"toolCallId": "c1", "level": "warn", "text": "about to fail"}
    assert {"type": "data-caisson-tool-console", "data": line, "transient": True} in seen.data
    assert not any(part["type"].startswith("data-") for part in seen.message["parts"])
    if version > 5:  # 5 has no place for it
        kept = seen.parts("dynamic-tool")[0]["resultProviderMetadata"]
        assert kept == {"caisson": {"kind": "THROWN", "name": "TypeError"}}


@pytest.mark.parametrize(
    "output",
    [
        None,
        "text",
        [1, 2.5, "é\u2028\r\n", {"deep": [[]]}],
        {"__proto__": {"polluted": True}, "constructor": {"prototype": 1}, "data": "data: x\n\n"},
    ],
)
async def test_every_json_output_is_read(reader: Reader, version: int, output: Json) -> None:
    async def give(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        return output

    script = calls(("c1", "add", '{"a":1,"b":2}'))
    runner = ScriptedRunner({"add": give})
    seen = await read(stage(script, says("ok"), tools=[ADD], runner=runner), reader, version)
    found = seen.parts("dynamic-tool")[0]["output"]
    if isinstance(output, dict):
        assert found["[__proto__]"] == {"polluted": True}
        assert found["[constructor]"] == {"prototype": 1}
        assert found["data"] == "data: x\n\n"
    else:
        assert found == output
    assert seen.text == "ok"


async def test_unapproved_call_is_shown_as_denied(reader: Reader) -> None:
    denied = pb.ToolOutputDenied(tool_call_id="c1")
    events = [
        happened(start=pb.Start(message_id="m")),
        happened(tool_input_available=pb.ToolInputAvailable(tool_call_id="c1", tool_name="add")),
        happened(tool_output_denied=denied),
        happened(run_ended=pb.RunEnded(finish=pb.Finish())),
    ]
    for version in (6, 7):  # 5 knows no approvals, and refuses streams that have one
        part = checked(events, reader, version).parts("dynamic-tool")[0]
        assert part["state"] == "output-denied"


async def test_structured_answer_is_a_message_part(reader: Reader, version: int) -> None:
    schema: JsonObject = {"type": "object", "properties": {"city": {"type": "string"}}}
    scene = stage(says('{"city":"Oslo"}'))
    seen = await read(scene, reader, version, output_schema=schema)
    assert [part["data"] for part in seen.parts("data-caisson-output")] == [{"city": "Oslo"}]


async def test_exceeded_budget_is_in_metadata(reader: Reader, version: int) -> None:
    again = calls(("c1", "add", '{"a":1,"b":2}'))
    scene = stage(again, says("never"), tools=[ADD], runner=ScriptedRunner({"add": add}))
    seen = await read(scene, reader, version, limits=RunLimits(max_steps=1))
    assert seen.finished[0]["finishReason"] == "tool-calls"
    assert seen.metadata["finishReason"] == "max-steps"
    budget = seen.metadata["budget"]
    assert (budget["kind"], budget["limit"], budget["used"]) == ("steps", 1, 1)
    assert "To go on, raise `spec.limits." in budget["text"]


async def test_retry_is_reported(reader: Reader, version: int) -> None:
    seen = await read(stage([ModelUnavailableError("Busy.")], says("Hello")), reader, version)
    retry = next(part["data"] for part in seen.data if part["type"] == "data-caisson-model-retry")
    assert isinstance(retry, dict)
    assert (retry["attempt"], retry["errorText"]) == (1, "Busy.")
    assert retry["reason"] == "MODEL_UNAVAILABLE"
    assert isinstance(retry["waitMs"], float)
    assert seen.text == "Hello"


def approval_wanted(kind: Any) -> ExecuteAgentResponse:
    """What a run tells when it begins to wait."""
    wanted = pb.InputRequired(input_id="i1", kind=kind, tool_call_id="c1", tool_name="add")
    return happened(input_required=wanted)


async def test_call_that_waits_for_approval_is_shown_as_such(reader: Reader) -> None:
    events = [
        happened(start=pb.Start(message_id="m")),
        happened(tool_input_available=pb.ToolInputAvailable(tool_call_id="c1", tool_name="add")),
        approval_wanted(pb.INPUT_KIND_APPROVAL),
        happened(tool_output_denied=pb.ToolOutputDenied(tool_call_id="c1", reason="No.")),
        happened(run_ended=pb.RunEnded(finish=pb.Finish())),
    ]
    for version in (6, 7):  # 5 knows no approvals, and refuses streams that have one
        part = checked(events, reader, version).parts("dynamic-tool")[0]
        assert part["state"] == "output-denied"
        assert part["approval"]["id"] == "i1"


async def test_call_of_a_clients_tool_stays_open_until_it_is_answered(
    reader: Reader, version: int
) -> None:
    events = [
        happened(start=pb.Start(message_id="m")),
        happened(tool_input_available=pb.ToolInputAvailable(tool_call_id="c1", tool_name="add")),
        approval_wanted(pb.INPUT_KIND_TOOL_RESULT),
        happened(tool_output_available=pb.ToolOutputAvailable(tool_call_id="c1")),
        happened(run_ended=pb.RunEnded(finish=pb.Finish())),
    ]
    part = checked(events, reader, version).parts("dynamic-tool")[0]
    assert part["state"] == "output-available"
