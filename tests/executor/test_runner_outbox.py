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


MIB = 1024 * KIB
CANCEL = pb.RunToolsRequest(cancel=pb.Cancel(call_id="a"))


def begin(call_id: str, size: int) -> pb.RunToolsRequest:
    return pb.RunToolsRequest(call=pb.Call(call_id=call_id, input_json="x" * size))


class Kinds:
    """A stream that lets one message through at a time, and notes what kind each was."""

    def __init__(self) -> None:
        self.lets = asyncio.Semaphore(0)
        self.written: list[str] = []

    async def write(self, request: pb.RunToolsRequest) -> None:
        self.written.append(request.WhichOneof("message") or "")
        if request.part.last:
            self.written[-1] += " last"
        if request.part.abandoned:
            self.written[-1] += " abandoned"
        await self.lets.acquire()

    def read(self, count: int) -> None:
        for _ in range(count):
            self.lets.release()


async def test_cancel_overtakes_what_waits_and_comes_between_parts() -> None:
    outbox, stream = LinkOutbox(most_bytes=100 * MIB), Kinds()
    writer = asyncio.create_task(outbox.pump(stream.write))
    await outbox.put(begin("a", 10), "a")
    await outbox.put(begin("b", 3 * MIB), "b")
    await outbox.put(piece(1, size=2 * MIB), "b")
    stream.read(1)
    await settle()
    assert stream.written == ["call", "part"]
    outbox.cancel("a", CANCEL)
    stream.read(20)
    await settle()
    assert stream.written[2] == "cancel"
    assert stream.written.count("part last") == 2
    assert outbox.held_bytes == 0
    await end(writer)


async def test_call_that_is_cancelled_while_it_waits_is_not_sent_at_all() -> None:
    outbox, stream = LinkOutbox(), Kinds()
    await outbox.put(begin("a", 10), "a")
    await outbox.put(piece(1), "b")
    outbox.cancel("a", CANCEL)
    writer = asyncio.create_task(outbox.pump(stream.write))
    stream.read(20)
    await settle()
    assert stream.written == ["host_result"]
    assert outbox.held_bytes == 0
    await end(writer)


async def test_call_that_is_cancelled_between_its_parts_is_abandoned() -> None:
    outbox, stream = LinkOutbox(), Kinds()
    writer = asyncio.create_task(outbox.pump(stream.write))
    await outbox.put(begin("a", 3 * MIB), "a")
    await settle()
    outbox.cancel("a", CANCEL)
    stream.read(20)
    await settle()
    assert stream.written == ["part", "part abandoned"]
    await end(writer)


async def test_call_that_is_cancelled_while_it_is_written_whole_is_cancelled_after() -> None:
    outbox, stream = LinkOutbox(), Kinds()
    writer = asyncio.create_task(outbox.pump(stream.write))
    await outbox.put(begin("a", 10), "a")
    await settle()
    outbox.cancel("a", CANCEL)
    stream.read(20)
    await settle()
    assert stream.written == ["call", "cancel"]
    await end(writer)


async def test_cancelled_call_takes_its_answers_with_it() -> None:
    outbox, stream = LinkOutbox(most_bytes=100 * MIB), Kinds()
    writer = asyncio.create_task(outbox.pump(stream.write))
    await outbox.put(piece(1, size=3 * MIB), "a")
    await outbox.put(piece(2, size=3 * MIB), "a")
    await settle()
    outbox.cancel("a", CANCEL)
    stream.read(20)
    await settle()
    assert stream.written == ["part", "cancel", "part abandoned"]
    await end(writer)
