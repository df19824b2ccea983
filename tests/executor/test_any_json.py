"""Any JSON value goes through requests, tools, events and transcripts as it is, or is marked."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st

from caisson.executor.v1 import message_pb2
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentRequest, ExecuteAgentResponse
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from caisson.executor.v1.session_service_pb2 import ListMessagesRequest
from services.executor.adapters.database.database import open_database
from services.executor.adapters.toolrunner.wire import CallResult, result_of
from services.executor.agent.ports import OnConsole, SessionArchive
from services.executor.agent.scripted import ScriptedRunner
from services.executor.conversation import SessionKey
from services.executor.domain import (
    Json,
    JsonObject,
    ToolUsage,
)
from services.executor.errors import RequestError
from services.executor.events import ToolInputAvailable, ToolOutputAvailable
from services.executor.limits import DeploymentLimits
from services.executor.run_request import RunRequest
from services.executor.wire.events import to_response, to_response_bytes
from services.executor.wire.json_values import (
    MAX_JSON_BYTES,
    json_text,
    json_value_bytes,
    read_json,
    to_json_value,
)
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.requests import MAX_CONTEXT_BYTES, from_execute_request
from services.executor.wire.sessions import from_messages_request, to_messages_response
from services.executor.wire.value_bytes import MAX_DEPTH
from tests.executor.builders import calls, returned, says, stage, tool

MIB = 1024 * 1024
KEY = SessionKey("", "s")
RESPONSE_BYTES = 4 * MIB
SHOWN_BYTES = 3 * MIB
# Half a surrogate pair is no text of UTF-8, but JSON can write it.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
BIG = 10**400
SMALL: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-BIG, BIG)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int, inside: Json = "x") -> Json:
    value = inside
    for level in range(depth):
        value = [value] if level % 2 else {"in": value}
    return value


LARGE: list[Json] = [
    nested(MAX_DEPTH),
    nested(MAX_DEPTH + 1),
    nested(150),
    [0] * 70_000,
    {"k": list(range(40_000))},
    "x" * 40_000,
    "\u4e2d" * 600_000,
    "\u4e2d" * (MIB + 1),
    ["x" * 1000] * 3200,
    "\ud800" * 100_000,
]


# Deeper than is read: from its text, such a value is passed on as text.
DEEP: list[Json] = [nested(201), nested(900), nested(3000)]


def normal(value: Json) -> Json:
    """A value as JSON readers have it: two halves of a pair that meet are one character."""
    read: Json = json.loads(json.dumps(value))
    return read


def text_of(value: Json) -> str:
    """A value as compact JSON text, however deep it is."""
    try:
        return json_text(value)
    except RecursionError:
        depth = 0
        while isinstance(value, list | dict):
            value = value[0] if isinstance(value, list) else value["in"]
            depth += 1
        levels = range(depth)
        opened = "".join("[" if level % 2 else '{"in":' for level in reversed(levels))
        closed = "".join("]" if level % 2 else "}" for level in levels)
        return opened + json.dumps(value) + closed


def assert_carried(sent: message_pb2.JsonValue, value: Json, most: int = MAX_JSON_BYTES) -> None:
    """The message holds the value, or the beginning of its text and its size."""
    text = text_of(value)
    size = len(text.encode())
    if sent.truncated:
        assert size > most
        assert sent.size_bytes == size
        assert sent.json_text
        assert text.startswith(sent.json_text)
    elif sent.HasField("json_text"):
        assert sent.json_text == text
    else:
        assert sent.HasField("value")
        assert MessageToDict(sent.value) == value
        assert not sent.size_bytes


@settings(max_examples=200, deadline=None)
@given(SMALL)
def test_any_value_is_carried_exactly(value: Json) -> None:
    assert_carried(to_json_value(normal(value)), normal(value))


@pytest.mark.parametrize("at", range(len(LARGE)))
def test_what_a_value_of_protobuf_cannot_hold_is_text(at: int) -> None:
    sent = message_pb2.JsonValue.FromString(json_value_bytes(LARGE[at]))
    assert_carried(sent, LARGE[at])
    assert sent.ByteSize() < RESPONSE_BYTES


@given(SMALL)
def test_text_and_value_are_the_same_in_a_request(value: Json) -> None:
    value = normal(value)
    for sent in (
        to_json_value({"it": value}),
        message_pb2.JsonValue(json_text=json.dumps({"it": value})),
    ):
        found = asked_with(request_context=sent)
        assert found["it"] == value


def asked_with(**spec: Any) -> Any:
    """The context of a request."""
    wanted = RunSpec(bundle=BundleSource(inline=b"x"), message="Hello", **spec)
    data = ExecuteAgentRequest(spec=wanted).SerializeToString()
    return from_execute_request(data).request.request_context


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (message_pb2.JsonValue(), "It is empty"),
        (message_pb2.JsonValue(json_text="{"), "not JSON"),
        (message_pb2.JsonValue(json_text='{"a": NaN}'), "beyond what a double"),
        (message_pb2.JsonValue(json_text='{"a": 1e999}'), "beyond what a double"),
        (message_pb2.JsonValue(json_text="{}", truncated=True), "whole value"),
        (message_pb2.JsonValue(json_text="[]"), "must be a JSON object"),
        (message_pb2.JsonValue(json_text='{"a":' * 201 + "1" + "}" * 201), "200 levels"),
        (message_pb2.JsonValue(json_text='{"a":' * 9000 + "1" + "}" * 9000), "200 levels"),
        (message_pb2.JsonValue(json_text=json.dumps({"a": "x" * MAX_CONTEXT_BYTES})), "at most"),
        (message_pb2.JsonValue(json_text=json.dumps({"a": [0] * 66_000})), "values"),
    ],
)
def test_json_that_cannot_be_used_is_refused(sent: message_pb2.JsonValue, why: str) -> None:
    with pytest.raises(RequestError, match=why) as caught:
        asked_with(request_context=sent)
    assert [each.field for each in caught.value.violations] == ["spec.request_context"]


def assert_shown(sent: message_pb2.JsonValue, value: Json) -> None:
    """As above, but what is cut is what the model was shown, and how large that was in full."""
    if not sent.truncated:
        assert_carried(sent, value)
        return
    quoted = json.dumps(value, ensure_ascii=False)
    assert quoted.startswith(sent.json_text)
    shown = value if isinstance(value, str) else quoted
    assert sent.size_bytes == len(shown.encode()) > SHOWN_BYTES


async def through(value: Json) -> dict[str, list[Any]]:
    """Send a value as context and as a tool's input, and have another tool return it.

    Returns what the tool was given, and the values of events and of the transcript by their field.
    """
    came: dict[str, list[Any]] = defaultdict(list)
    text = text_of(value)

    async def take(asked: JsonObject, context: JsonObject, _: OnConsole) -> Json:
        came["input seen"].append(asked["it"])
        return None

    async def give(asked: JsonObject, context: JsonObject, _: OnConsole) -> Json:
        came["context seen"].append(context.get("it"))
        return (await result_of(CallResult("c", text, None, ToolUsage()))).output

    database = open_database(None)
    scene = stage(
        calls(("c1", "take", f'{{"it":{text}}}'), ("c2", "give", "{}")),
        says("ok"),
        tools=[tool("take"), tool("give")],
        runner=ScriptedRunner({"take": take, "give": give}),
        limits=DeploymentLimits(tool_text_bytes=SHOWN_BYTES),
        sessions=database.sessions,
    )
    run = await scene.begin(request_with(text, came))
    async for event in run.events():
        response = to_response(event)
        for call, part in values_of(response):
            came[f"{call} {part.DESCRIPTOR.name}"].append(part)
        if isinstance(event.event, ToolInputAvailable | ToolOutputAvailable):
            assert ExecuteAgentResponse.FromString(to_response_bytes(event)) == response
    async for message in transcript(database.sessions):
        for part in message.parts:
            if part.HasField("tool_call"):
                came[f"{part.tool_call.tool_call_id} call kept"].append(part.tool_call.input)
            if part.tool_result.HasField("output"):
                kept = part.tool_result
                came[f"{kept.tool_call_id} result kept"].append(kept.output)
    await database.close()
    return came


async def transcript(sessions: SessionArchive) -> AsyncIterator[message_pb2.Message]:
    """What is kept, page by page, each of which can be sent."""
    tokens, request = PageTokens(), ListMessagesRequest(session_id=KEY.session_id)
    while True:
        asked = from_messages_request(request, tokens, "")
        page = await sessions.transcript(asked.key, asked.size, asked.start)
        assert page is not None
        response = returned(to_messages_response(page, KEY, tokens))
        assert response.ByteSize() < RESPONSE_BYTES
        for message in response.messages:
            yield message
        request.page_token = response.next_page_token
        if not request.page_token:
            return


def request_with(text: str, came: dict[str, list[Any]]) -> RunRequest:
    """A request with a value in its context, or without any where it is refused."""
    spec = RunSpec(bundle=BundleSource(inline=b"x"), message="Hello", session_id="s")
    spec.request_context.json_text = f'{{"it":{text}}}'
    try:
        return from_execute_request(ExecuteAgentRequest(spec=spec).SerializeToString()).request
    except RequestError as error:
        came["refused"].append(error.violations[0].field)
        spec.ClearField("request_context")
        return from_execute_request(ExecuteAgentRequest(spec=spec).SerializeToString()).request


def values_of(response: ExecuteAgentResponse) -> list[tuple[str, Any]]:
    """The events about a tool's input or output, with the id of the call."""
    event = response.event
    kinds = ("tool_input_available", "tool_input_error", "tool_output_available")
    found = [getattr(event, kind) for kind in kinds if event.HasField(kind)]
    return [(each.tool_call_id, each) for each in found]


def check(value: Json) -> None:
    came = asyncio.run(through(value))
    written = f'{{"it":{text_of(value)}}}'
    if came["refused"]:
        assert came["refused"] == ["spec.request_context"]
        assert came["context seen"] == [None]
    else:
        assert came["context seen"] == [value]
    if came["c1 ToolInputError"]:
        (told,) = came["c1 ToolInputError"]
        assert written.startswith(told.input_text)
        assert (told.truncated, told.size_bytes) in {
            (False, 0),
            (told.input_text != written, len(written.encode())),
        }
        assert told.truncated or told.input_text == written
    else:
        assert came["input seen"] == [value]
        assert_carried(came["c1 ToolInputAvailable"][0].input, {"it": value})
    assert_carried(came["c2 ToolOutputAvailable"][0].output, value)
    assert_shown(came["c2 result kept"][0], value)
    try:
        assert_carried(came["c1 call kept"][0], read_json(written))
    except ValueError:  # it is too deep or too wide to be read: kept as the text that it is
        assert_carried(came["c1 call kept"][0], written)


@settings(max_examples=50, deadline=None)
@given(SMALL)
def test_any_value_comes_out_of_a_run_as_it_went_in(value: Json) -> None:
    check(normal(value))


@pytest.mark.parametrize("value", [*LARGE, *DEEP], ids=lambda value: f"{type(value).__name__}")
def test_what_is_large_or_deep_comes_out_as_it_went_in_or_marked(value: Json) -> None:
    check(value)
