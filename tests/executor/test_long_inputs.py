"""What is long is read as what is short, or refused with a sentence; and waits where it must."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from functools import partial
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from caisson.executor.v1.session_service_pb2 import ListSessionsRequest
from services.executor.adapters.rpc_methods import RequestBytes
from services.executor.adapters.toolrunner.wire import CallResult, result_of
from services.executor.agent.channel import CAPACITY_CHARACTERS, RunChannel
from services.executor.agent.scripted import HeldClock
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.domain import Json, JsonText, ToolUsage
from services.executor.errors import RequestError
from services.executor.events import Finish, RunEvent, ToolInputAvailable, ToolOutputAvailable
from services.executor.long_json import is_small, read_long, write_long
from services.executor.side_thread import SideThread
from services.executor.wire.events import to_response, to_response_bytes
from services.executor.wire.inspection import InspectRequest
from services.executor.wire.json_values import to_json_value
from services.executor.wire.requests import from_execute_request
from services.executor.wire.value_bytes import delimited
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


@pytest.mark.parametrize(
    "text",
    ["[" + "0," * 70_000 + "0]", "[" * 300 + "]" * 300, "[" * 20_000 + "]" * 20_000],
    ids=["wide", "deep", "deeper than anything reads"],
)
async def test_a_result_that_is_not_read_is_its_json_text(text: str) -> None:
    result = await result_of(CallResult("c", text, None, ToolUsage()))
    assert isinstance(result.output, JsonText)
    assert (result.output, result.failure, result.output_json) == (text, None, text)


def request(inline: bytes = b"x", **spec: Any) -> bytes:
    """A request that is right but for what is given, perhaps."""
    bundle = BundleSource(inline=inline)
    wanted = {"bundle": bundle, "message": "Hello", **spec}
    return pb.ExecuteAgentRequest(spec=RunSpec(**wanted)).SerializeToString()


async def test_a_long_request_is_read_as_a_short_one() -> None:
    said: dict[str, Any] = {
        "request_context": to_json_value({"a": [1, "b", None, {"c": 0.5}]}),
        "output_schema": to_json_value({"type": "object"}),
    }
    long = await RequestBytes(request(b"x" * 40_000, **said)).read(from_execute_request)
    short = await RequestBytes(request(**said)).read(from_execute_request)
    assert replace(long.request, bundle=short.request.bundle) == short.request
    assert short.request.request_context == {"a": [1, "b", None, {"c": 0.5}]}


def nested(data: bytes, field: int = 1) -> bytes:
    """Bytes as a field of a message; 1 is the request's own `spec`."""
    return delimited(field, data)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (nested(b"\x72\x00" * 60_000), "more than 50000 fields"),
        (nested(b"\x32\x00" * 60_000), "more than 50000 fields"),
        (nested(nested(nested(b"\x0a\x00" * 60_000), 6)), "more than 50000 fields"),
        (nested(b"\xa2\x06\x00" * 60_000), "more than 50000 fields"),  # a field of nobody
        (nested(nested(nested(b"\x1a\x00" * 200_000), 14)), "at most 262144 are allowed"),
        (b"\x0a\x7f", "not a valid message"),
        (b"\x0b", "not a valid message"),  # a group
        (nested(nested(nested(b"\x19\x00"), 14)), "`value` is broken"),
    ],
)
async def test_a_request_that_costs_too_much_is_refused(more: bytes, why: str) -> None:
    with pytest.raises(RequestError, match=why):
        await RequestBytes(request(b"x" * 40_000) + more).read(from_execute_request)


def test_bytes_that_are_no_message_are_the_callers_fault() -> None:
    with pytest.raises(RequestError, match="not a valid message"):
        from_execute_request(b"\xff")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (nested(nested(b"x" * 600_000, 3)), "spec.agent"),
        (nested(nested(b"x" * 5_000_000, 5)), "spec.message"),
    ],
)
def test_text_that_is_far_too_long_is_not_parsed(more: bytes, field: str) -> None:
    with pytest.raises(RequestError, match="are looked at") as raised:
        from_execute_request(request() + more)
    assert [each.field for each in raised.value.violations] == [field]


def test_long_page_token_is_refused_before_it_is_read() -> None:
    asked = pb.InspectBundleRequest(
        bundle=BundleSource(digest="sha256:" + "0" * 64), page_token="A" * 600_000
    )
    with pytest.raises(RequestError) as raised:
        InspectRequest(asked.SerializeToString())
    assert [each.field for each in raised.value.violations] == ["page_token"]


async def test_other_methods_take_no_long_request() -> None:
    asked = ListSessionsRequest(resource_id="x" * 40_000)
    async with served() as client:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await client.sessions.ListSessions(asked)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "at most 32768" in (raised.value.details() or "")


async def test_large_outputs_wait_for_reader() -> None:
    channel = RunChannel("run", HeldClock())
    large = ToolOutputAvailable("c", "x", CAPACITY_CHARACTERS)
    await channel.emit(large)
    second = asyncio.create_task(channel.emit(large))
    await asyncio.sleep(0)
    assert not second.done()
    await channel.take()
    await asyncio.wait_for(second, 60)


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
