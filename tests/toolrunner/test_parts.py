"""Large requests arrive in parts, which are reassembled within one budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.parts_wire import in_parts
from services.toolrunner.errors import OverLimitError, OverloadedError, ProtocolError
from services.toolrunner.messages import Unreceived
from services.toolrunner.reassembly_wire import PartsBudget, whole_requests

MIB = 1024 * 1024


def budget(total: int = 64 * MIB, timeout_s: float = 60.0) -> PartsBudget:
    return PartsBudget(total, 4 * MIB, timeout_s)


def call(size: int) -> pb.RunToolsRequest:
    return pb.RunToolsRequest(call=pb.Call(call_id="1", input_json="x" * size))


def part(data: bytes = b"", *, last: bool = False) -> pb.RunToolsRequest:
    return pb.RunToolsRequest(part=pb.RequestPart(data=data, last=last))


async def read(
    *messages: pb.RunToolsRequest, within: PartsBudget | None = None, host: str = "h"
) -> list[pb.RunToolsRequest | Unreceived]:
    async def stream() -> AsyncIterator[pb.RunToolsRequest]:
        for message in messages:
            yield message

    chosen = within or budget()
    try:
        return [each async for each in whole_requests(stream(), host, chosen)]
    finally:
        assert not chosen.held


@pytest.mark.parametrize("size", [0, 1000, MIB, MIB + 1024, 2 * MIB, 3 * MIB + 7])
async def test_a_request_arrives_as_it_was_sent(size: int) -> None:
    messages = list(in_parts(call(size), call(size).ByteSize()))
    assert all(message.ByteSize() < MIB + 64 * 1024 for message in messages)
    assert await read(*messages, call(1)) == [call(size), call(1)]


async def test_a_piece_of_a_program_goes_whole() -> None:
    chunk = pb.RunToolsRequest(program_chunk=pb.ProgramChunk(data=bytes(MIB), last=True))
    assert list(in_parts(chunk, chunk.ByteSize())) == [chunk]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([part(b"x")], ProtocolError),
        ([part(b"x"), call(1)], ProtocolError),
        ([part(b"\xff" * 9, last=True)], ProtocolError),
        ([part(part(b"x").SerializeToString(), last=True)], ProtocolError),
        ([part(bytes(MIB + 1))], OverLimitError),
        ([part(bytes(MIB))] * 5, OverLimitError),
    ],
)
async def test_malformed_parts_end_the_stream(
    messages: list[pb.RunToolsRequest], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await read(*messages)


async def test_parts_share_one_budget_that_no_host_exhausts() -> None:
    shared = budget(total=4 * MIB)
    for host, size in (("a", MIB), ("a", MIB), ("a", MIB)):
        shared.take(host, size)
    with pytest.raises(OverloadedError):
        shared.take("a", MIB)
    shared.take("b", MIB)
    with pytest.raises(OverloadedError):
        shared.take("c", 1)


async def test_incomplete_request_times_out() -> None:
    async def stream() -> AsyncIterator[pb.RunToolsRequest]:
        yield part(b"x")
        await asyncio.Event().wait()

    shared = budget(timeout_s=0.05)
    with pytest.raises(ProtocolError, match="incomplete"):
        _ = [each async for each in whole_requests(stream(), "h", shared)]
    assert not shared.held
