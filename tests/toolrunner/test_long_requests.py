"""Requests are checked before they are parsed; frames are handled a few at a time."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.worker.v1 import worker_pb2
from services.toolrunner.domain import Limits, Program
from services.toolrunner.errors import ProtocolError
from services.toolrunner.messages import Call
from services.toolrunner.parsing_wire import parsed_request
from services.toolrunner.pool.link import WorkerLink
from services.toolrunner.pool.wire import HEADER, load_frame
from services.toolrunner.upload import Upload
from services.toolrunner.wire import from_request
from services.toolrunner.worker.wire import resume_of


def test_long_request_with_few_fields_is_parsed() -> None:
    call = pb.Call(call_id="a", agent="m", tool="t", input_json="x" * 100_000)
    request = parsed_request(pb.RunToolsRequest(call=call).SerializeToString())
    message = from_request(request)
    assert isinstance(message, Call)
    assert len(message.input_json) == 100_000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pb.RunToolsRequest(open=pb.Open(capabilities=[""] * 20_000)), "more than 500 fields"),
        (b"\x08\x01" * 20_000, "more than 500 fields"),
        (b"\xff" * 20_000, "bytes are corrupt"),
        (b"\xff", "bytes are corrupt"),
    ],
)
def test_request_with_too_many_fields_is_refused(data: Any, why: str) -> None:
    raw = data if isinstance(data, bytes) else data.SerializeToString()
    with pytest.raises(ProtocolError, match=why):
        from_request(parsed_request(raw))


def test_program_framing_matches_protobuf() -> None:
    program = Program("0" * 64, True, "caf\u00e9".encode() * 1000)
    head, source = load_frame(7, program, Limits())
    (size,) = HEADER.unpack_from(head)
    assert size == len(head) + len(source) - HEADER.size
    request = worker_pb2.WorkerRequest.FromString(head[HEADER.size :] + source)
    assert (request.load.work_id, request.load.source) == (7, program.source)
    assert request.load.limits.fuel == Limits().fuel


def test_utf8_is_checked_across_chunks() -> None:
    upload = Upload("0" * 64, True, 1000)
    upload.add(b"ab\xc3", last=False)
    upload.add(b"\xa9", last=False)
    with pytest.raises(ProtocolError, match="not UTF-8 at byte 5"):
        upload.add(b"c\xc3(", last=False)
    cut = Upload("0" * 64, True, 1000)
    with pytest.raises(ProtocolError, match="not UTF-8 at byte 1"):
        cut.add(b"a\xc3", last=True)


def test_long_invalid_json_answer_fails_in_guest() -> None:
    result = worker_pb2.DeliverHostResult(work_id=1, host_call_id=2, output_json="[" * 50_000)
    assert b'"failure":{"kind":"THROWN"' in resume_of(result)


async def test_burst_of_frames_yields_to_others_and_keeps_order() -> None:
    seen: list[int] = []
    transport, done = _Transport(), asyncio.Event()

    def take(message: Any) -> None:
        seen.append(message.work_id)
        if len(seen) == 20_000:
            done.set()

    link = WorkerLink(take, lambda: None)
    link.connection_made(cast("Any", transport))
    burst = b"".join(map(_suspended, range(20_000)))
    link.data_received(burst[:11])
    link.data_received(burst[11:])
    at_once = len(seen)
    await asyncio.wait_for(done.wait(), 60)
    assert at_once < 20_000
    assert seen == list(range(20_000))
    assert transport.said == ["pause", "resume"]


def _suspended(work_id: int) -> bytes:
    message = worker_pb2.WorkerResponse(suspended=worker_pb2.Suspended(work_id=work_id))
    body = message.SerializeToString()
    return HEADER.pack(len(body)) + body


class _Transport:
    def __init__(self) -> None:
        self.said: list[str] = []

    def pause_reading(self) -> None:
        self.said.append("pause")

    def resume_reading(self) -> None:
        self.said.append("resume")
