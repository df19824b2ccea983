"""What is long is read as what is short, or refused with a sentence; and waits where it must."""

from __future__ import annotations

import asyncio
import json
import threading
from functools import partial
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import sessions_pb2
from services.executor.adapters.rpc_methods import in_parts
from services.executor.adapters.toolrunner.wire import CallResult, result_of
from services.executor.agent.channel import CAPACITY_CHARACTERS, RunChannel
from services.executor.agent.scripted import HeldClock
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.domain import FailureKind, Json, ToolUsage
from services.executor.errors import RequestError
from services.executor.events import Finish, RunEvent, ToolInputAvailable, ToolOutputAvailable
from services.executor.long_json import is_small, read_long, write_long
from services.executor.side_thread import SideThread
from services.executor.wire.events import to_response, to_response_bytes
from services.executor.wire.json_values import to_struct
from services.executor.wire.long_requests import LongRequest, parsed
from services.executor.wire.requests import from_execute_request
from tests.executor.served import served

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_long_json_is_handled_like_short_json(value: Json) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert read_long(text) == json.loads(text)
    assert write_long(value) == json.dumps(value)


@given(st.text(alphabet='[]{},:"\\u0dtrue1e. \n'))
def test_invalid_json_is_refused_short_or_long(text: str) -> None:
    assert outcome(read_long, text) == outcome(json.loads, text)


def outcome(read: Any, text: str) -> Any:
    try:
        return repr(read(text))
    except ValueError:
        return ValueError


def test_value_is_small_only_with_few_values_and_little_text() -> None:
    assert is_small({"a": [1, 2, {"b": "c"}]})
    larger: list[Json] = [[0] * 501, [[]] * 501, {str(at): 0 for at in range(501)}, "x" * 33_000]
    assert not any(map(is_small, larger))


@pytest.mark.parametrize(
    "event",
    [
        ToolOutputAvailable("c1", [{"id": at, "name": "\ud800"} for at in range(500)]),
        ToolInputAvailable("c1", "add", {"a": [1, None, True, "x"], "": {}}),
        Finish(FinishReason.STOP, TokenUsage(), 1, ({"a": 1.5},)),
    ],
    ids=lambda event: type(event).__name__,
)
def test_event_with_long_json_encodes_to_same_message(event: Any) -> None:
    happened = RunEvent("run_1", 7, 1_500_000_000, event)
    message = to_response(happened)
    assert type(message).FromString(to_response_bytes(happened)) == message


async def test_result_with_too_many_values_is_sent_as_text() -> None:
    text = "[" + "0," * 70_000 + "0]"
    result = await result_of(CallResult("c", text, None, ToolUsage()))
    assert (result.output, result.failure, result.output_json) == (text, None, text)


async def test_too_deeply_nested_long_result_is_a_failure() -> None:
    text = "[" * 20_000 + "]" * 20_000
    result = await result_of(CallResult("c", text, None, ToolUsage()))
    assert result.failure is not None
    assert result.failure.kind is FailureKind.OUTPUT_TOO_LARGE


async def test_long_request_is_parsed_like_a_short_one() -> None:
    request = pb.ExecuteAgentRequest(
        bundle=pb.BundleSource(inline=b"x" * 40_000),
        message="Hello",
        request_context=to_struct({"a": [1, "b", None, {"c": 0.5}]}),
        output_schema=to_struct({"type": "object"}),
    )
    data = request.SerializeToString()
    message, structs = await in_parts(pb.ExecuteAgentRequest, LongRequest(data))
    assert from_execute_request(message, structs) == from_execute_request(request)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (b"\x32\x00" * 2000, "more than 1000 fields"),
        (b"\x52\x00" * 2000, "more than 1000 fields"),
        (b"\x52\xd0\x0f" + b"\x0a\x00" * 1000, "more than 1000 fields"),  # in one of its parts
        (to_struct({"a": [None] * 70_000}), "262144 are allowed"),
        (b"\x0a\x7f", "not a valid message"),
        (b"\x0b", "not a valid message"),  # a group
    ],
)
async def test_costly_request_is_refused(more: Any, why: str) -> None:
    given = pb.ExecuteAgentRequest(bundle=pb.BundleSource(inline=b"x" * 40_000), message="Hello")
    if not isinstance(more, bytes):
        given.request_context.CopyFrom(more)
        more = b""
    with pytest.raises(RequestError, match=why):
        await in_parts(pb.ExecuteAgentRequest, LongRequest(given.SerializeToString() + more))


def test_malformed_bytes_are_invalid_argument() -> None:
    with pytest.raises(RequestError, match=r"malformed|not a valid message"):
        parsed(pb.ExecuteAgentRequest, b"\xff")


async def test_other_methods_refuse_long_requests() -> None:
    request = sessions_pb2.ListSessionsRequest(resource_id="x" * 40_000)
    async with served() as client:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await client.stub.ListSessions(request)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "at most 32768" in (raised.value.details() or "")


async def test_large_outputs_wait_for_reader() -> None:
    channel = RunChannel("run", HeldClock(), 15.0)
    large = ToolOutputAvailable("c", "x", CAPACITY_CHARACTERS)
    await channel.emit(large)
    second = asyncio.create_task(channel.emit(large))
    await asyncio.sleep(0)
    assert not second.done()
    events = channel.read()
    await anext(events)
    await asyncio.wait_for(second, 5)
    await events.aclose()


async def test_shortest_task_goes_first_and_cancelled_ones_never() -> None:
    side, begun, go_on = SideThread(), threading.Event(), threading.Event()
    done: list[int] = []

    def hold() -> None:
        begun.set()
        go_on.wait(10)

    first = asyncio.create_task(side.run(0, hold))
    await asyncio.to_thread(begun.wait, 10)
    waiting = [
        asyncio.create_task(side.run(size, partial(done.append, size))) for size in (3, 2, 1)
    ]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.wait([waiting[1]])
    go_on.set()
    await asyncio.gather(first, waiting[0], waiting[2])
    assert done == [1, 3]


async def test_side_thread_errors_reach_their_caller() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        await SideThread().run(1, partial(read_long, "x"))
