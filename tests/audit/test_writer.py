"""The writer of the audit trail: many entries in one commit, and bounds for strangers' part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.executor.agent.scripted import CountingIds, HeldClock
from services.executor.audit.chain import faults
from services.executor.audit.entries import Action, AuditEntry
from services.executor.audit.memory import MemoryChain
from services.executor.audit.writer import MOST_COUNTED, AuditWriter

YEAR_S = 365 * 86_400.0


def done(number: int) -> AuditEntry:
    return AuditEntry(Action.RUN_CREATED, target=f"run_{number}")


def refused(origin: str) -> AuditEntry:
    return AuditEntry(Action.ACCESS_REFUSED, origin=origin)


@asynccontextmanager
async def writing(
    chain: MemoryChain, clock: HeldClock | None = None, **more: int
) -> AsyncIterator[AuditWriter]:
    writer = AuditWriter(chain, clock or HeldClock(), CountingIds(), YEAR_S, **more)
    await writer.start()
    yield writer
    await writer.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Let other tasks run until something is so."""
    for _ in range(100_000):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError


def has(chain: MemoryChain, count: int) -> Callable[[], bool]:
    return lambda: len(chain.rows) >= count


async def test_entries_of_a_moment_are_one_commit_in_their_order() -> None:
    chain = MemoryChain()
    async with writing(chain) as writer:
        for number in range(300):
            writer.record(done(number))
        await until(has(chain, 300))
        assert chain.commits == 1
    said = [json.loads(row.text)["target"] for row in chain.rows]
    assert said == [f"run_{number}" for number in range(300)]
    assert list(faults(chain.rows, chain.ends)) == []


async def test_close_writes_what_is_left() -> None:
    chain = MemoryChain()
    async with writing(chain) as writer:
        for number in range(1200):
            writer.record(done(number))
        writer.count(refused("ipv4:10.0.0.1:1"))
    assert len(chain.rows) == 1201


async def test_refusals_are_counted_by_host_in_one_row_each() -> None:
    chain = MemoryChain()
    clock = HeldClock(longest_s=100.0)
    async with writing(chain, clock) as writer:
        for port in range(5000):
            writer.count(refused(f"ipv4:10.0.0.1:{port}"))
            writer.count(refused("ipv6:[::1]:7"))
        await until(has(chain, 2))
    said = {json.loads(row.text)["origin"]: json.loads(row.text)["count"] for row in chain.rows}
    assert said == {"ipv4:10.0.0.1": 5000, "ipv6:[::1]": 5000}


async def test_refusals_of_ever_new_hosts_fill_no_disk() -> None:
    chain = MemoryChain()
    async with writing(chain) as writer:
        for number in range(50_000):
            writer.count(refused(f"ipv6:[2001:db8::{number:x}]:1"))
    said = [json.loads(row.text) for row in chain.rows]
    assert len(said) == MOST_COUNTED + 1
    assert sum(each["count"] for each in said) == 50_000
    assert said[-1]["detail"] == {"others": "true"}


async def test_entries_wait_for_a_database_that_is_away_and_the_lost_are_told() -> None:
    chain = MemoryChain(broken=True)
    async with writing(chain, most_pending=50) as writer:
        for number in range(80):
            writer.record(done(number))
        for _ in range(100):
            await asyncio.sleep(0)
        assert chain.rows == []
        chain.broken = False
        await until(has(chain, 51))
    said = [json.loads(row.text) for row in chain.rows]
    assert [each["target"] for each in said[:50]] == [f"run_{number}" for number in range(50)]
    assert (said[50]["action"], said[50]["count"]) == ("audit.lost", 30)


async def test_old_entries_are_deleted_and_that_is_an_entry() -> None:
    chain = MemoryChain()
    clock = HeldClock(seconds=10.0)
    async with writing(chain, clock) as writer:
        for number in range(30):
            writer.record(done(number))
        await until(has(chain, 30))
    clock.seconds = 10.0 + YEAR_S + 100.0
    async with writing(chain, clock):
        await until(lambda: chain.ends.anchor.number == 30)
    said = [json.loads(row.text) for row in chain.rows]
    assert [(each["action"], each["count"]) for each in said] == [("audit.shortened", 30)]
    assert list(faults(chain.rows, chain.ends)) == []


async def test_entry_whose_commit_has_an_unknown_outcome_is_written_once() -> None:
    chain = MemoryChain()
    writer = AuditWriter(chain, HeldClock(), CountingIds(), YEAR_S)
    writer.record(done(1))
    await writer.close()
    again = AuditWriter(chain, HeldClock(), CountingIds(), YEAR_S)
    again.record(done(1))  # under the same id, as one that is written again
    await again.close()
    assert len(chain.rows) == 1
