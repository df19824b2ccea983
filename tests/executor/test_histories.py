"""Conversations that the client keeps: a whole history in a request, and what is wrong with one."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from caisson.executor.v1 import message_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentRequest
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from services.executor.conversation import (
    AssistantMessage,
    MediaKind,
    MediaPart,
    ReasoningBlock,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.errors import RequestError
from services.executor.wire.requests import from_execute_request
from services.executor.wire.said_messages import to_message
from tests.executor.builders import says, stage
from tests.executor.scripted_server import scripted
from tests.executor.served import json_value, served


def user(*parts: Any) -> pb.Message:
    return pb.Message(role=pb.ROLE_USER, parts=[_part(each) for each in parts])


def model(*parts: Any) -> pb.Message:
    return pb.Message(role=pb.ROLE_ASSISTANT, parts=[_part(each) for each in parts])


def tools(*parts: Any) -> pb.Message:
    return pb.Message(role=pb.ROLE_TOOL, parts=[_part(each) for each in parts])


def call(call_id: str, tool: str = "add", value: Any = None) -> pb.Part:
    asked = pb.ToolCall(tool_call_id=call_id, tool_name=tool, input=json_value(value))
    return pb.Part(tool_call=asked)


def returned(call_id: str, value: Any) -> pb.Part:
    return pb.Part(tool_result=pb.ToolResult(tool_call_id=call_id, output=json_value(value)))


def failed(call_id: str, text: str) -> pb.Part:
    return pb.Part(tool_result=pb.ToolResult(tool_call_id=call_id, error_text=text))


def _part(part: Any) -> pb.Part:
    return pb.Part(text=part) if isinstance(part, str) else part


IMAGE = pb.Media(data=b"png", media_type="image/png", filename="cat.png")
HISTORY = [
    user("Look", pb.Part(image=IMAGE)),
    model(
        pb.Part(reasoning=pb.Reasoning(text="hm", signature="proof")),
        "Adding.",
        call("c1", value={"a": 1}),
        call("c2", value="no json"),
    ),
    tools(returned("c1", {"sum": 3})),
    tools(failed("c2", "It is no number.")),
    model("It is 3."),
]
SAID = (
    UserMessage("Look", (MediaPart(MediaKind.IMAGE, "image/png", b"png", filename="cat.png"),)),
    AssistantMessage(
        "Adding.",
        (ToolCall("c1", "add", '{"a":1}'), ToolCall("c2", "add", "no json")),
        (ReasoningBlock("hm", "proof"),),
    ),
    ToolMessage("c1", "add", '{"sum":3}'),
    ToolMessage("c2", "add", "It is no number."),
    AssistantMessage("It is 3."),
)


async def test_the_model_is_shown_the_whole_history() -> None:
    scene = stage(says("Sure."))
    history = pb.Messages(messages=[*HISTORY, user("Sure?")])
    async with scripted(scene) as client:
        outcome = await client.run(messages=history)
    assert outcome.text == "Sure."
    assert scene.model.queries[0].messages == (*SAID, UserMessage("Sure?"))


async def test_a_history_may_end_with_the_results_of_tools() -> None:
    scene = stage(says("It is 3."))
    async with scripted(scene) as client:
        outcome = await client.run(messages=pb.Messages(messages=HISTORY[:-1]))
    assert outcome.text == "It is 3."
    assert scene.model.queries[0].messages == SAID[:-1]


async def test_a_transcript_is_a_history() -> None:
    """But for the bytes of attachments, which a transcript only tells of."""
    scene = stage(says("Sure."))
    said = (UserMessage("Look", (TextPart("closely"),)), *SAID[1:], UserMessage("Sure?"))
    told = pb.Messages(messages=[to_message(each, 1, 10_000) for each in said])
    async with scripted(scene) as client:
        outcome = await client.run(messages=told)
    assert outcome.text == "Sure."
    assert scene.model.queries[0].messages == said


async def test_a_session_takes_one_message_with_parts() -> None:
    scene = stage(says("ok"), says("ok"))
    async with scripted(scene) as client:
        one = await client.run(
            messages=pb.Messages(messages=[user("Look", pb.Part(image=IMAGE))]), session_id="s"
        )
        two = await client.run(messages=pb.Messages(messages=HISTORY[:-1]), session_id="s")
    assert one.text == "ok"
    assert two.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "exactly one USER message" in two.message


M = "spec.messages"
# It is sent as JSON text of 2.1 MiB, or as a value of a sixth of that.
NULS = {"a": "\0" * 360_000}
WRONG: dict[str, tuple[list[pb.Message], str]] = {
    "none": ([], M),
    "no person": ([model("Hi.")], M),
    "ends with the model": ([user("Hi"), model("Hello.")], M),
    "too many": ([user("x")] * 2001, M),
    "no parts": ([user()], f"{M}.messages[0]"),
    "too many parts": ([user(*["x"] * 1001)], f"{M}.messages[0]"),
    "no role": ([pb.Message(parts=[pb.Part(text="x")])], f"{M}.messages[0].role"),
    "an empty part": ([user(pb.Part())], f"{M}.messages[0].parts[0]"),
    "a cut part": ([user(pb.Part(text="x", truncated=True))], f"{M}.messages[0].parts[0]"),
    "a call of a person": ([user(call("c"))], f"{M}.messages[0].parts[0]"),
    "an image of the model": (
        [user("x"), model(pb.Part(image=IMAGE)), user("y")],
        f"{M}.messages[1].parts[0]",
    ),
    "text of a tool": ([user("x"), tools("y"), user("z")], f"{M}.messages[1].parts[0]"),
    "no type": (
        [user(pb.Part(image=pb.Media(data=b"x")))],
        f"{M}.messages[0].parts[0].image.media_type",
    ),
    "no result": ([user("x"), model(call("c")), user("y")], f"{M}.messages[2]"),
    "no result at the end": ([user("x"), model(call("c"))], f"{M}.messages[1]"),
    "a result of no call": (
        [user("x"), tools(returned("c", 1)), user("y")],
        f"{M}.messages[1].parts[0].tool_result.tool_call_id",
    ),
    "two results": (
        [user("x"), model(call("c")), tools(returned("c", 1), returned("c", 2))],
        f"{M}.messages[2].parts[1].tool_result.tool_call_id",
    ),
    "two calls of one id": (
        [user("x"), model(call("c"), call("c")), tools(returned("c", 1))],
        f"{M}.messages[1].parts[1].tool_call.tool_call_id",
    ),
    "no outcome": (
        [
            user("x"),
            model(call("c")),
            tools(pb.Part(tool_result=pb.ToolResult(tool_call_id="c"))),
        ],
        f"{M}.messages[2].parts[0].tool_result",
    ),
    "too many values": (
        [user("x"), model(call("c", value=[None] * 65_536)), tools(returned("c", 1))],
        f"{M}.messages[1].parts[0].tool_call.input",
    ),
    "broken json": (
        [
            user("x"),
            model(
                pb.Part(
                    tool_call=pb.ToolCall(
                        tool_call_id="c", tool_name="t", input=pb.JsonValue(json_text="{")
                    )
                )
            ),
            tools(returned("c", 1)),
        ],
        f"{M}.messages[1].parts[0].tool_call.input",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_history_that_no_model_would_take_is_refused(name: str) -> None:
    messages, field = WRONG[name]
    scene = stage(says("never"))
    async with scripted(scene) as client:
        outcome = await client.run(messages=pb.Messages(messages=messages))
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert not outcome.events
    violations = outcome.detail(error_details_pb2.BadRequest()).field_violations
    assert field in [each.field for each in violations]
    assert not scene.model.queries


async def test_the_first_problems_are_told() -> None:
    async with scripted(stage(says("never"))) as client:
        outcome = await client.run(messages=pb.Messages(messages=[user(*[pb.Part()] * 500)] * 9))
    violations = outcome.detail(error_details_pb2.BadRequest()).field_violations
    assert 0 < len(violations) <= 20
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT


def test_only_the_first_problems_are_collected() -> None:
    said = pb.Messages(messages=[user(*[pb.Part()] * 500)] * 9)
    with pytest.raises(RequestError, match="More than these 20 may be wrong") as raised:
        from_execute_request(asking(said))
    assert len(raised.value.violations) == 20


@pytest.mark.parametrize(
    "messages",
    [
        [user("x"), model(call("c", value=NULS), call("d", value=NULS))],
        [user("x"), model(call("c"), call("d")), tools(returned("c", NULS), returned("d", NULS))],
        [user("x" * 900_000)] * 5,
        [user("x"), *[model(pb.Part(reasoning=pb.Reasoning(redacted="x" * 900_000)))] * 5],
    ],
    ids=["input", "result", "texts", "reasoning"],
)
def test_text_is_bounded_as_it_is_kept(messages: list[pb.Message]) -> None:
    with pytest.raises(RequestError, match="more than 4194304 bytes in all") as raised:
        from_execute_request(asking(pb.Messages(messages=[*messages, user("y")])))
    assert [each.field for each in raised.value.violations] == ["spec.messages"]


async def test_a_history_counts_as_the_text_that_is_held() -> None:
    given = pb.JsonValue()
    given.value.list_value.values.add().string_value = "\0" * 660_000
    asked = pb.ToolCall(tool_call_id="c", tool_name="t", input=given)
    said = [user("x"), model(pb.Part(tool_call=asked)), tools(returned("c", 1))]
    async with served(request_bytes=4 * 1024 * 1024) as client:
        outcome = await client.run(messages=pb.Messages(messages=said))
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "bytes for requests" in outcome.message


def test_whether_an_input_is_an_object_is_found_out_once() -> None:
    values: list[Any] = [{"a": 1}, [1], "text", '{"a":1}', "", "[" * 50_000]
    calls = [call(f"c{at}", value=value) for at, value in enumerate(values)]
    results = [returned(f"c{at}", 1) for at in range(len(values))]
    asked = from_execute_request(
        asking(pb.Messages(messages=[user("x"), model(*calls), tools(*results)]))
    )
    (answer,) = (each for each in asked.request.since if isinstance(each, AssistantMessage))
    found = [each.is_object for each in answer.calls]
    assert found == [True, False, False, True, True, False]


def asking(said: pb.Messages) -> bytes:
    bundle = BundleSource(digest="sha256:" + "0" * 64)
    return ExecuteAgentRequest(spec=RunSpec(bundle=bundle, messages=said)).SerializeToString()
