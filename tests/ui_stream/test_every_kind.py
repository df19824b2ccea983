"""Each kind of event: what it becomes, with no field that the AI SDK does not know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.ui_stream.message_stream import HEADERS, UiMessageStream, sse_line
from services.ui_stream.parts import DATA_PREFIX, ui_parts
from tests.ui_stream.reader import Reader, happened

KINDS = [field.name for field in pb.RunEvent.DESCRIPTOR.oneofs_by_name["event"].fields]
# From `start` to `finish_step` in the proto.
MIRRORED = KINDS[KINDS.index("start") : KINDS.index("finish_step") + 1]


def filled(message: Any, depth: int = 6) -> Any:
    """Return ``message`` with something in every field."""
    for field in message.DESCRIPTOR.fields if depth else ():
        if field.message_type is None:
            value = _scalar(field)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
        elif field.is_repeated and not field.message_type.GetOptions().map_entry:
            filled(getattr(message, field.name).add(), depth - 1)
        elif not field.is_repeated:
            getattr(message, field.name).SetInParent()
            filled(getattr(message, field.name), depth - 1)
    return message


def _scalar(field: Any) -> Any:
    if field.enum_type is not None:
        return 1
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return b"x" if field.type == FieldDescriptor.TYPE_BYTES else "x"
    return True if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else 1


def event(kind: str) -> pb.RunEvent:
    """An event of a kind, with something in every field."""
    found = pb.RunEvent(run_id="run_1", sequence=1)
    getattr(found, kind).SetInParent()
    filled(getattr(found, kind))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_kind_maps_to_parts_the_sdk_knows(reader: Reader, kind: str) -> None:
    fields = {number: reader.fields(number) for number in (6, 7)}
    assert {"start", "tool-output-denied", "abort"} <= fields[6].keys()
    parts = ui_parts(event(kind))
    assert parts
    for part in parts:
        name = str(part["type"])
        for known in fields.values():
            if name.startswith("data-"):
                assert part.keys() <= {"type", "id", "data", "transient"}
            else:
                assert part.keys() <= known[name]
        assert name.startswith(DATA_PREFIX) or not name.startswith("data-")
        assert json.loads(sse_line(part).removeprefix(b"data: ")) == part


@pytest.mark.parametrize("kind", MIRRORED)
def test_event_with_a_protocol_part_becomes_that_part(kind: str) -> None:
    assert kind.replace("_", "-") in {part["type"] for part in ui_parts(event(kind))}


APART = {"run_started", "run_ended", "step_restarted", "input_required"}
OTHERS = sorted({*KINDS} - {*MIRRORED, *APART})


@pytest.mark.parametrize("kind", OTHERS)
def test_event_without_a_protocol_part_becomes_transient_data(kind: str) -> None:
    (part,) = ui_parts(event(kind))
    assert part["type"] == f"data-caisson-{kind.replace('_', '-')}"
    assert part["transient"] is True


def test_unknown_event_kind_is_skipped() -> None:
    newer = pb.RunEvent.FromString(b"\x0a\x01r\xa2\x06\x02\x08\x01")  # field 100
    assert newer.run_id == "r"
    assert ui_parts(newer) == []
    assert UiMessageStream().feed(ExecuteAgentResponse(event=newer)) == []


def test_unknown_ending_is_shown_as_stopped() -> None:
    newer = pb.RunEvent(run_ended=pb.RunEnded(state=99))  # type: ignore[arg-type]
    assert [part["type"] for part in ui_parts(newer)][1:] == ["abort", "error"]


def test_data_uses_numbers_milliseconds_and_words() -> None:
    request = pb.ToolRequest(tool_call_id="c1", method="GET", host="x", path="/", status=200)
    request.wall_time.FromMicroseconds(1_234_567)
    (part,) = ui_parts(pb.RunEvent(tool_request=request))
    assert part["data"] == {
        "toolCallId": "c1",
        "method": "GET",
        "host": "x",
        "path": "/",
        "status": 200,
        "requestBytes": 0,
        "responseBytes": 0,
        "wallTimeMs": 1234.567,
        "errorText": "",
    }
    usage = ui_parts(pb.RunEvent(tool_usage=pb.ToolUsage(fuel=60_000_000_000)))
    assert usage[0]["data"]["fuel"] == 60_000_000_000  # type: ignore[index,call-overload]


def test_unknown_enum_value_becomes_its_number() -> None:
    event = pb.RunEvent()
    event.run_ended.finish.finish_reason = 99  # type: ignore[assignment]
    (part,) = ui_parts(event)
    assert part["finishReason"] == "other"
    assert part["messageMetadata"] == {"finishReason": "99"}


def test_error_has_reason_and_retry_delay() -> None:
    status = status_pb2.Status(code=code_pb2.RESOURCE_EXHAUSTED, message="Later.")
    info = error_details_pb2.ErrorInfo(reason="MODEL_RATE_LIMITED", domain="caisson")
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromSeconds(3)
    pack(status, info)
    pack(status, retry)
    metadata, last = ui_parts(pb.RunEvent(run_ended=pb.RunEnded(error=status)))
    assert metadata["messageMetadata"] == {
        "error": {"reason": "MODEL_RATE_LIMITED", "retryAfterMs": 3000}
    }
    assert last == {"type": "error", "errorText": "Later."}


def test_error_without_message_gets_one() -> None:
    _, last = ui_parts(pb.RunEvent(run_ended=pb.RunEnded(error=status_pb2.Status())))
    assert "Try again" in str(last["errorText"])


def test_events_after_the_end_are_ignored() -> None:
    stream = UiMessageStream()
    assert stream.feed(happened(run_ended=pb.RunEnded(error=status_pb2.Status())))
    assert stream.ended
    assert stream.feed(ExecuteAgentResponse(heartbeat=pb.Heartbeat())) == []
    assert stream.cut("Lost.") == []


def test_headers_match_the_sdk(reader: Reader) -> None:
    theirs = reader.headers(6)
    assert theirs.pop("connection") == "keep-alive"
    assert theirs == HEADERS


def pack(status: status_pb2.Status, detail: Message) -> None:
    status.details.add().Pack(detail)
