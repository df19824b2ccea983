"""What waits for a toolrunner that does not read is bounded, and whoever waits can be cancelled."""

from __future__ import annotations

import asyncio

import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.outbox_wire import LinkOutbox

KIB = 1024


def piece(number: int, size: int = 10 * KIB) -> pb.RunToolsRequest:
    return pb.RunToolsRequest(
        host_result=pb.HostResult(host_call_id=number, output_json="x" * size)
    )


class Stream:
    """A stream whose peer reads when the test says so."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.written: list[int] = []

    async def write(self, request: pb.RunToolsRequest) -> None:
        await self.reads.wait()
        self.written.append(request.host_result.host_call_id)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_outbox_is_bounded_and_ordered() -> None:
    outbox, stream = LinkOutbox(most_bytes=50 * KIB), Stream()
    writer = asyncio.create_task(outbox.pump(stream.write))
    putting = [asyncio.create_task(outbox.put(piece(number))) for number in range(100)]
    await settle()
    assert sum(task.done() for task in putting) == 5
    assert outbox.held_bytes < 60 * KIB
    stream.reads.set()
    await asyncio.gather(*putting)
    await settle()
    assert stream.written == list(range(100))
    assert outbox.held_bytes == 0
    await end(writer)


async def test_small_requests_do_not_wait() -> None:
    outbox = LinkOutbox(most_bytes=10 * KIB)
    await outbox.put(piece(0))
    outbox.put_now(piece(1, size=1))
    assert "2 requests" in repr(outbox)


async def test_message_larger_than_outbox_goes_alone() -> None:
    outbox, stream = LinkOutbox(most_bytes=KIB), Stream()
    stream.reads.set()
    writer = asyncio.create_task(outbox.pump(stream.write))
    for number in range(3):
        await outbox.put(piece(number))
    await settle()
    assert stream.written == [0, 1, 2]
    await end(writer)


async def test_cancelled_waiter_sends_nothing_and_keeps_no_turn() -> None:
    outbox, stream = LinkOutbox(most_bytes=10 * KIB), Stream()
    writer = asyncio.create_task(outbox.pump(stream.write))
    await outbox.put(piece(0))
    putting = [asyncio.create_task(outbox.put(piece(number))) for number in (1, 2, 3)]
    await settle()
    await end(putting[0], putting[2])
    stream.reads.set()
    await putting[1]
    await settle()
    assert stream.written == [0, 2]
    await end(writer)


@pytest.mark.parametrize("how", ["the stream breaks", "it is closed"])
async def test_ended_stream_blocks_no_waiter(how: str) -> None:
    outbox = LinkOutbox(most_bytes=10 * KIB)
    broken = asyncio.Event()

    async def write(_: pb.RunToolsRequest) -> None:
        await broken.wait()
        if how == "the stream breaks":
            raise asyncio.InvalidStateError

    writer = asyncio.create_task(outbox.pump(write))
    putting = [asyncio.create_task(outbox.put(piece(number))) for number in range(5)]
    await settle()
    if how == "it is closed":
        outbox.close()
    broken.set()
    await asyncio.gather(*putting)
    await outbox.put(piece(9))
    assert outbox.held_bytes == 0
    await end(writer)
    assert outbox.held_bytes == 0
