"""Subscribers of runs get what is recorded, once and in order, wherever they read it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from services.executor.agent.scripted import HeldClock
from services.executor.errors import ShuttingDownError
from services.executor.run_errors import UnknownRunError
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import Entry, EventChunk, RunStatus
from services.executor.runs.tails import Tails
from services.executor.runs.wire import HEARTBEAT
from tests.runs.recorded import OWNER, new_input, new_run, record

RUN = "run_1"
LONG_S = 60.0


class WithoutHints(MemoryJournal):
    """A journal whose hints are lost, as those of some databases are."""

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Never call ``changed``."""
        return lambda: None


async def take(events: AsyncGenerator[bytes, None], count: int) -> list[bytes]:
    """Return the next items."""
    return [await anext(events) for _ in range(count)]


async def pause(seed: random.Random, most: int) -> None:
    """Let other tasks run for some turns of the event loop."""
    for _ in range(seed.randrange(most + 1)):
        await asyncio.sleep(0)


class Replicas:
    """A run that is written by one of two processes, and goes from one to the other."""

    def __init__(self, seed: int, journal: MemoryJournal) -> None:
        self.seed = random.Random(seed)
        self.journal = journal
        self.tails = [Tails(journal, LONG_S, 0.01, self.seed.choice((1, 200, 3000))) for _ in "ab"]
        self.log: list[bytes] = []

    async def write(self, steps: int) -> None:
        """Write the run to its end, and show what is written."""
        at, epoch = 0, 1
        self.tails[at].begin(RUN, 1)
        for step in range(steps):
            count = self.seed.randrange(1, 5)
            size = self.seed.choice((1, 20, 20, 500, 70_000))
            events = [b"%d:" % (len(self.log) + n) + b"x" * size for n in range(count)]
            first, is_last = len(self.log) + 1, step == steps - 1
            self.log += events
            await self._write(f"boot_{at}", epoch, first, events, is_last=is_last)
            await pause(self.seed, 3)
            self.tails[at].publish(RUN, first, events)
            await pause(self.seed, 6)
            if is_last or self.seed.random() < 0.2:
                self.tails[at].end(RUN)
            if not is_last and self.seed.random() < 0.2:
                self.tails[at].end(RUN)
                await self.journal.leave(f"boot_{at}")
                at = 1 - at
                (row,) = await self.journal.claim(f"boot_{at}", 1.0, 1)
                epoch = row.epoch
                await pause(self.seed, 2)
                self.tails[at].begin(RUN, row.next_sequence)

    async def _write(
        self, owner: str, epoch: int, first: int, events: list[bytes], *, is_last: bool
    ) -> None:
        if is_last:
            written = await record(self.journal, RUN, events, owner=owner, end=RunStatus.COMPLETED)
        else:
            written = await self.journal.write(owner, [Entry(RUN, epoch, first, events)])
        assert not written.lost

    async def watch(self, number: int) -> list[bytes]:
        """Return what a subscriber got, who is slow, or comes again, or both, or neither."""
        seed, got = random.Random(number), list[bytes]()
        while True:
            tails = self.tails[seed.randrange(2)]
            async with aclosing(tails.follow(RUN, "", len(got))) as events:
                async for data in events:
                    got.append(data)
                    await pause(seed, (0, 3, 30)[number % 3])
                    if number % 2 and seed.random() < 0.1:
                        break
                else:
                    return got


@pytest.mark.parametrize("kind", [MemoryJournal, WithoutHints])
@pytest.mark.parametrize("seed", range(20))
async def test_every_subscriber_gets_the_log(seed: int, kind: type[MemoryJournal]) -> None:
    replicas = Replicas(seed, kind(HeldClock()))
    await replicas.journal.create(new_run(RUN), "boot_0")
    async with asyncio.timeout(LONG_S):
        watching = [asyncio.create_task(replicas.watch(number)) for number in range(12)]
        await replicas.write(30)
        late = await replicas.watch(0)
        got = await asyncio.gather(*watching)
    assert all(each == replicas.log for each in (*got, late))


async def test_subscriber_of_silent_run_gets_heartbeats() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    here, elsewhere = Tails(journal, 0.01), Tails(journal, 0.01)
    here.begin(RUN, 1)
    for tails in (here, elsewhere):
        async with aclosing(tails.follow(RUN, "", 0)) as events:
            assert await take(events, 3) == [HEARTBEAT] * 3


async def test_waiting_run_gets_heartbeats_then_events() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    tails = Tails(journal, 0.01)
    await record(journal, RUN, [b"one"], status=RunStatus.WAITING, inputs=[new_input("inp_1")])
    async with aclosing(tails.follow(RUN, "", 0)) as events:
        assert await take(events, 2) == [b"one", HEARTBEAT]
        await journal.answer(RUN, "", "inp_1", "", b"yes")
        await journal.claim(OWNER, 3.0, 1)
        await record(journal, RUN, [b"two"], end=RunStatus.ABORTED)
        assert [data async for data in events if data != HEARTBEAT] == [b"two"]


async def test_ended_run_is_streamed_from_what_is_recorded() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    await record(journal, RUN, [b"a", b"b", b"c"], end=RunStatus.COMPLETED)
    tails = Tails(journal, LONG_S)
    assert [data async for data in tails.follow(RUN, "", 1)] == [b"b", b"c"]
    assert [data async for data in tails.follow(RUN, "", 3)] == []


async def test_subscriber_learns_that_the_run_was_deleted() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    await record(journal, RUN, [b"a" * 70_000, b"b"], end=RunStatus.COMPLETED)
    events = Tails(journal, LONG_S).follow(RUN, "", 0)
    assert await anext(events) == b"a" * 70_000
    await journal.delete(RUN, "")
    with pytest.raises(UnknownRunError):
        await anext(events)


async def test_closing_ends_subscriptions() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    tails = Tails(journal, LONG_S)
    watching = asyncio.ensure_future(anext(tails.follow(RUN, "", 0)))
    await asyncio.sleep(0)
    tails.close()
    with pytest.raises(ShuttingDownError):
        await watching
    assert "0 subscribers" in repr(tails)


async def test_draining_ends_only_the_subscriptions_of_other_processes_runs() -> None:
    journal = MemoryJournal(HeldClock())
    for run_id in (RUN, "run_2"):
        await journal.create(new_run(run_id), OWNER)
    tails = Tails(journal, LONG_S)
    tails.begin(RUN, 1)
    following = tails.follow(RUN, "", 0)
    mine = asyncio.ensure_future(anext(following))
    other = asyncio.ensure_future(anext(tails.follow("run_2", "", 0)))
    await asyncio.sleep(0)
    tails.drain()
    with pytest.raises(ShuttingDownError):
        await other
    await record(journal, RUN, [b"a"])
    tails.publish(RUN, 1, [b"a"])
    assert await mine == b"a"
    await following.aclose()


async def test_leaving_subscriber_leaves_nothing() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    tails = Tails(journal, LONG_S)
    watching = asyncio.ensure_future(anext(tails.follow(RUN, "", 0)))
    await asyncio.sleep(0)
    assert "1 subscribers" in repr(tails)
    watching.cancel()
    await asyncio.wait([watching])
    assert "0 subscribers" in repr(tails)


class Counting(MemoryJournal):
    """A journal that counts how often it is read."""

    reads = 0

    async def events(self, run_id: str, after: int, most_bytes: int) -> Sequence[EventChunk]:
        """Count, and let others run meanwhile, as a database does."""
        self.reads += 1
        await asyncio.sleep(0)
        return await super().events(run_id, after, most_bytes)


async def test_subscribers_of_another_process_s_run_read_together() -> None:
    journal = Counting(HeldClock())
    await journal.create(new_run(RUN), OWNER)
    elsewhere = Tails(journal, LONG_S, LONG_S)

    async def watch() -> list[bytes]:
        return [data async for data in elsewhere.follow(RUN, "", 0)]

    watching = [asyncio.create_task(watch()) for _ in range(50)]
    log = [b"%d" % number for number in range(20)]
    for data in log:
        for _ in range(20):
            await asyncio.sleep(0)
        await record(journal, RUN, [data], end=RunStatus.COMPLETED if data is log[-1] else None)
    assert await asyncio.gather(*watching) == [log] * 50
    assert journal.reads < 4 * len(log)
