"""What waits for a slow peer is bounded, and what went wrong is told."""

from __future__ import annotations

import asyncio

import pytest

from services.toolrunner.domain import Outcome, Usage
from services.toolrunner.errors import OverLimitError, ProtocolError
from services.toolrunner.messages import CallEnded, Reply
from services.toolrunner.outbox import Outbox


def result(text: str) -> CallEnded:
    return CallEnded("a", Outcome(text, None, Usage()))


class Peer:
    """Reads replies only while ``reading`` is set."""

    def __init__(self) -> None:
        self.got: list[Reply] = []
        self.reading = asyncio.Event()

    async def write(self, reply: Reply) -> None:
        await self.reading.wait()
        self.got.append(reply)


async def test_replies_are_written_in_order_and_to_the_end() -> None:
    outbox, peer = Outbox(10_000, 100_000), Peer()
    peer.reading.set()
    replies = [result(str(number)) for number in range(5)]
    for reply in replies:
        outbox.put(reply)
    outbox.close()
    outbox.put(result("late"))
    await outbox.pump(peer.write)
    assert peer.got == replies


async def test_there_is_no_room_until_the_peer_reads() -> None:
    outbox, peer = Outbox(1000, 100_000), Peer()
    pumping = asyncio.create_task(outbox.pump(peer.write))
    outbox.put(result("x" * 2000))
    waiting = asyncio.create_task(outbox.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    peer.reading.set()
    await waiting
    outbox.close()
    await pumping


async def test_peer_that_never_reads_fails_its_stream() -> None:
    outbox, peer = Outbox(1000, 5000), Peer()
    for _ in range(3):
        outbox.put(result("x" * 2000))
    with pytest.raises(OverLimitError, match="does not read"):
        await outbox.pump(peer.write)


async def test_failure_is_raised_to_the_writer_once() -> None:
    outbox, peer = Outbox(1000, 5000), Peer()
    outbox.fail(ProtocolError("first"))
    outbox.fail(ProtocolError("second"))
    with pytest.raises(ProtocolError, match="first"):
        await outbox.pump(peer.write)
