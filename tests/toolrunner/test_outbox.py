"""Unread replies of a slow peer are limited, and errors reach the writer."""

from __future__ import annotations

import asyncio

import pytest

from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    Limits,
    Outcome,
    ToolFailure,
    Usage,
)
from services.toolrunner.errors import OverLimitError, ProtocolError, StalledError
from services.toolrunner.messages import (
    CallConsole,
    CallEnded,
    ConsoleText,
    Opened,
    ProgramFailed,
    ProgramLoaded,
    Reply,
)
from services.toolrunner.outbox import Outbox, OutboxBudget, size_of
from services.toolrunner.tenants import NOBODY, Tenant
from tests.toolrunner.pools import tenant


def result(text: str) -> CallEnded:
    return CallEnded("a", Outcome(text, None, Usage()))


def outbox_of(high: int, most: int, whose: Tenant = NOBODY, stall_s: float = 10.0) -> Outbox:
    return Outbox(OutboxBudget(most), whose, high, stall_s)


class Peer:
    """Reads replies only while ``reading`` is set."""

    def __init__(self) -> None:
        self.got: list[Reply] = []
        self.reading = asyncio.Event()

    async def write(self, reply: Reply) -> None:
        await self.reading.wait()
        self.got.append(reply)


async def test_all_replies_are_written_in_order() -> None:
    outbox, peer = outbox_of(10_000, 100_000), Peer()
    peer.reading.set()
    replies = [result(str(number)) for number in range(5)]
    for reply in replies:
        outbox.put(reply)
    outbox.close()
    outbox.put(result("late"))
    await outbox.pump(peer.write)
    assert peer.got == replies


async def test_room_waits_until_peer_reads() -> None:
    outbox, peer = outbox_of(1000, 100_000), Peer()
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
    outbox, peer = outbox_of(1000, 5000), Peer()
    for _ in range(3):
        outbox.put(result("x" * 2000))
    with pytest.raises(OverLimitError, match="does not read"):
        await outbox.pump(peer.write)


async def test_failure_is_raised_in_the_writer_once() -> None:
    outbox, peer = outbox_of(1000, 5000), Peer()
    outbox.fail(ProtocolError("first"))
    outbox.fail(ProtocolError("second"))
    with pytest.raises(ProtocolError, match="first"):
        await outbox.pump(peer.write)


def test_size_counts_bytes_of_all_texts() -> None:
    failure = ToolFailure(FailureKind.THROWN, "m" * 1000, "n" * 1000, "s" * 1000)
    assert size_of(CallEnded("a", Outcome("", failure, Usage()))) > 3000
    line = ConsoleText(ConsoleLevel.LOG, "\N{CYRILLIC SMALL LETTER A}" * 1000, 0)
    assert size_of(CallConsole("a", line)) > 2000
    assert size_of(ProgramFailed(failure, (line,))) > 5000
    assert size_of(Opened(ProgramLoaded(False, Usage(), (line, line)), Limits(), 1, 1)) > 4000


async def test_largest_tenants_fullest_outbox_fails_first() -> None:
    budget = OutboxBudget(20_000)
    large, small, other = (
        Outbox(budget, tenant(name), 100_000, 10.0) for name in ("busy", "busy", "quiet")
    )
    small.put(result("x" * 2000))
    for _ in range(2):
        other.put(result("x" * 2000))
    for _ in range(8):
        large.put(result("x" * 2000))
    with pytest.raises(OverLimitError, match="does not read"):
        await large.pump(Peer().write)
    assert 6000 < budget.held < 10_000
    for outbox in (small, other):
        peer = Peer()
        peer.reading.set()
        outbox.close()
        await outbox.pump(peer.write)
        assert peer.got
    assert budget.held == 0


async def test_failure_frees_unread_replies() -> None:
    budget = OutboxBudget(100_000)
    outbox, peer = Outbox(budget, tenant("a"), 100_000, 10.0), Peer()
    pumping = asyncio.create_task(outbox.pump(peer.write))
    for _ in range(3):
        outbox.put(result("x" * 2000))
    await asyncio.sleep(0)
    outbox.fail(ProtocolError("wrong"))
    assert budget.held == 0
    peer.reading.set()
    with pytest.raises(ProtocolError):
        await pumping
    assert len(peer.got) == 1


async def test_stalled_peer_is_dropped() -> None:
    budget = OutboxBudget(100_000)
    outbox = Outbox(budget, tenant("a"), 100_000, 0.01)
    outbox.put(result("x" * 2000))
    with pytest.raises(StalledError):
        await outbox.pump(Peer().write)
    assert budget.held == 0


async def test_full_outbox_of_a_peer_that_does_not_read_is_dropped_sooner() -> None:
    budget = OutboxBudget(1_000_000)
    outbox = Outbox(budget, tenant("a"), 1000, 0.6)
    outbox.put(result("x" * 10))
    pumping = asyncio.create_task(outbox.pump(Peer().write))
    await asyncio.sleep(0)
    assert not pumping.done()
    for _ in range(64):
        outbox.put(result("x" * 2000))
    with pytest.raises(StalledError, match=r"unread for 0\.05 s"):
        await pumping
    assert budget.held == 0


async def test_a_peer_that_reads_a_full_outbox_slowly_keeps_its_stream() -> None:
    outbox, got = Outbox(OutboxBudget(10_000_000), tenant("a"), 1000, 6.0), 0

    async def write(_: Reply) -> None:
        nonlocal got
        await asyncio.sleep(0)
        got += 1

    for _ in range(200):
        outbox.put(result("x" * 2000))
    outbox.close()
    await outbox.pump(write)
    assert got == 200
