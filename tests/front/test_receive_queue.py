"""The receive queue: who gets a slot, who waits, and which requests end to make room."""

from __future__ import annotations

import asyncio

import pytest

from services.front.peers import Peer
from services.front.receive_queue import NotReceivedError, Reason, ReceiveLimits, ReceiveQueue

LONG_S = 60.0


SLOW, OTHER = Peer("slow", "slow:1"), Peer("other", "other:1")


class Sender:
    """Clients whose messages are complete when the test says so."""

    def __init__(self, bounds: ReceiveLimits) -> None:
        self.queue = ReceiveQueue(bounds)
        self.read: list[Peer] = []
        self.never = asyncio.Event()

    def begin(self, peer: Peer) -> asyncio.Task[bytes]:
        """Start a request that never completes."""

        async def read() -> bytes:
            self.read.append(peer)
            await self.never.wait()
            return b"late"

        return asyncio.create_task(self.queue.receive(peer, read))

    async def whole(self, peer: Peer) -> bytes:
        """Send a complete request."""

        async def read() -> bytes:
            return b"whole"

        return await asyncio.wait_for(self.queue.receive(peer, read), LONG_S)


async def ended(task: asyncio.Task[bytes]) -> Reason:
    """Return why a request was not received."""
    with pytest.raises(NotReceivedError) as caught:
        await asyncio.wait_for(task, LONG_S)
    return caught.value.why


async def end(tasks: list[asyncio.Task[bytes]]) -> None:
    """Cancel requests and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def bounds(
    requests: int = 100, reading: int = 2, timeout_s: float = LONG_S, grace_s: float = 0.01
) -> ReceiveLimits:
    return ReceiveLimits(requests, reading, timeout_s, grace_s)


async def test_complete_request_is_received_at_once() -> None:
    sender = Sender(bounds())
    assert await sender.whole(SLOW) == b"whole"
    assert sender.queue.unfinished == 0


async def test_requests_read_at_once_are_limited() -> None:
    sender = Sender(bounds(reading=2))
    tasks = [sender.begin(SLOW) for _ in range(5)]
    await settle()
    assert len(sender.read) == 2
    sender.never.set()
    assert await asyncio.gather(*tasks) == [b"late"] * 5


async def test_incomplete_request_times_out() -> None:
    sender = Sender(bounds(reading=1, timeout_s=0.05))
    reading, waiting = sender.begin(SLOW), sender.begin(SLOW)
    assert await ended(reading) is Reason.INCOMPLETE
    assert await ended(waiting) in (Reason.WAITED, Reason.INCOMPLETE)
    assert sender.queue.unfinished == 0


async def test_slow_request_yields_to_another_host() -> None:
    sender = Sender(bounds(reading=2))
    held = [sender.begin(SLOW) for _ in range(10)]
    assert await sender.whole(OTHER) == b"whole"
    assert await ended(held[0]) is Reason.GAVE_WAY
    await end(held)


async def test_slow_request_yields_to_another_connection_of_its_host() -> None:
    sender = Sender(bounds(reading=2))
    held = [sender.begin(SLOW) for _ in range(10)]
    assert await sender.whole(Peer("slow", "slow:2")) == b"whole"
    await end(held)


@pytest.mark.parametrize("newcomer", [Peer("slow", "slow:new"), OTHER])
async def test_many_connections_do_not_starve_others(newcomer: Peer) -> None:
    sender = Sender(bounds(requests=1000, reading=2))
    peers = [Peer("slow", f"slow:{number}") for number in range(5)]
    held = [sender.begin(peer) for _ in range(100) for peer in peers]
    await settle()
    assert await sender.whole(newcomer) == b"whole"
    assert len(sender.read) < 20
    for task in held:
        task.cancel()


async def test_lone_client_never_preempts_itself() -> None:
    sender = Sender(bounds(reading=2, grace_s=0.0))
    held = [sender.begin(SLOW) for _ in range(10)]
    await settle()
    assert len(sender.read) == 2
    sender.never.set()
    assert await asyncio.gather(*held) == [b"late"] * 10


async def test_equal_clients_do_not_preempt_each_other() -> None:
    sender = Sender(bounds(reading=2, grace_s=0.0))
    held = [sender.begin(peer) for peer in (SLOW, OTHER, SLOW, OTHER)]
    await settle()
    assert sender.read == [SLOW, OTHER]
    sender.never.set()
    assert await asyncio.gather(*held) == [b"late"] * 4


async def test_newcomer_takes_slot_of_largest_client() -> None:
    sender = Sender(bounds(requests=10, reading=2))
    held = [sender.begin(SLOW) for _ in range(10)]
    await settle()
    assert await sender.whole(OTHER) == b"whole"
    assert await ended(held[-1]) is Reason.TOO_MANY
    await end(held)


async def test_largest_client_is_refused() -> None:
    sender = Sender(bounds(requests=10))
    held = [sender.begin(SLOW) for _ in range(10)]
    await settle()
    assert await ended(sender.begin(SLOW)) is Reason.TOO_MANY
    await end(held)
    assert sender.queue.unfinished == 0
    assert await sender.whole(SLOW) == b"whole"


async def test_stop_ends_unfinished_requests() -> None:
    sender = Sender(bounds(reading=1))
    held = [sender.begin(SLOW) for _ in range(3)]
    await settle()
    sender.queue.close()
    assert [await ended(task) for task in held] == [Reason.STOPPING] * 3
    assert await ended(sender.begin(OTHER)) is Reason.STOPPING


async def test_slots_are_released_however_requests_end() -> None:
    sender = Sender(bounds(requests=20, reading=3))
    for round_ in range(20):
        held = [sender.begin(Peer(f"h{n % 3}", f"c{n}")) for n in range(round_ + 1)]
        await settle()
        await end(held)
    assert sender.queue.unfinished == 0
    assert repr(sender.queue) == "ReceiveQueue(0 unfinished, 0 read)"
