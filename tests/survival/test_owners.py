"""Owners of runs on a real PostgreSQL, each behind a proxy: who stops, and who takes over, when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from services.executor.adapters.database.database import open_database
from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.run_errors import DatabaseError
from services.executor.runs.owner import Hands, RunOwner
from services.executor.runs.ports import Journal
from services.executor.runs.rows import End, Entry, RunRow, RunStatus
from tests.databases.postgres import Postgres, postgres_running
from tests.databases.proxy import Fault, Proxy, proxied
from tests.runs.faulty import new_run

LEASE_S = 1.0
LONGEST_S = 40.0


@dataclass(eq=False)
class Owning:
    """An executor's owner, which keeps what it has, and when it came and went."""

    journal: Journal
    proxy: Proxy

    def __post_init__(self) -> None:
        self.rows: dict[str, RunRow] = {}
        self.resumed: dict[str, float] = {}
        self.lost: list[float] = []
        self.clock = SystemClock()
        hands = Hands(
            self._resume, lambda *_: None, self._lose, self.rows.__contains__, lambda: 100
        )
        self.owner = RunOwner(self.journal, hands, self.clock, RandomIds(), LEASE_S)

    def _resume(self, row: RunRow) -> None:
        self.rows[row.new.run_id] = row
        self.resumed[row.new.run_id] = self.clock.monotonic()

    async def _lose(self) -> None:
        self.lost.append(self.clock.monotonic())
        self.rows.clear()

    async def create(self, run_id: str) -> None:
        created = await self.journal.create(new_run(run_id), self.owner.boot_id)
        assert created.row is not None
        self.rows[run_id] = created.row

    async def end(self, run_id: str) -> bool:
        """Return whether this executor could end the run."""
        row = self.rows.pop(run_id)
        entry = Entry(run_id, row.epoch, row.next_sequence, end=End(RunStatus.COMPLETED, b""))
        return not (await self.journal.write(row.owner, [entry])).lost


@asynccontextmanager
async def owners(postgres: Postgres, many: int = 2) -> AsyncIterator[list[Owning]]:
    async with AsyncExitStack() as stack:
        name = stack.enter_context(postgres.database()).rpartition("/")[2]
        made: list[Owning] = []
        for _ in range(many):
            proxy = stack.enter_context(proxied(postgres.port))
            database = await asyncio.to_thread(open_database, postgres.url(name, proxy.port))
            stack.push_async_callback(database.close)
            one = Owning(database.journal, proxy)
            stack.push_async_callback(one.owner.close)
            await one.owner.start()
            made.append(one)
        yield made


async def end_all(each: Owning) -> int:
    """End what an executor has, and return how much; it can, unless it loses its lease meanwhile.

    On a busy machine it may have held that only until the restarted server answered: what it loses
    comes back to one of both.
    """
    ended = 0
    while each.rows:
        losses = len(each.lost)
        if await each.end(next(iter(each.rows))):
            ended += 1
        else:
            assert len(each.lost) > losses or not each.owner.held
    return ended


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(LONGEST_S):
        while True:
            if holds():
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.STALL, Fault.REFUSE], ids=lambda f: f.value)
async def test_partitioned_owner_stops_before_the_other_takes_over(
    postgres: Postgres, fault: Fault
) -> None:
    async with owners(postgres) as (one, two):
        await one.create("run")
        old = one.rows["run"]
        await asyncio.to_thread(one.proxy.set, fault)
        await until(lambda: "run" in two.rows)
        assert one.lost
        assert one.lost[0] < two.resumed["run"]
        with pytest.raises(DatabaseError):
            _ = one.owner.boot_id
        await asyncio.to_thread(one.proxy.set, Fault.NONE)
        await until(lambda: one.owner.held)
        assert one.owner.boot_id != old.owner
        late = Entry("run", old.epoch, 1, events=[b"late"])
        assert (await one.journal.write(old.owner, [late])).lost == {"run"}
        assert await two.end("run")


async def test_restarts_of_the_server_strand_no_run() -> None:
    with postgres_running() as server:
        async with owners(server) as (one, two):
            for number in range(10):
                await one.create(f"run {number}")
            for how in ("fast", "immediate"):
                await asyncio.to_thread(server.restart, how)
            await until(lambda: len({*one.rows, *two.rows}) == 10)
            await until(lambda: one.owner.held and two.owner.held)
            ended = 0
            async with asyncio.timeout(LONGEST_S):
                while ended < 10:
                    for each in (one, two):
                        ended += await end_all(each)
                    await asyncio.sleep(0.02)


async def test_paused_server_is_nobodys_loss_for_long() -> None:
    with postgres_running() as server:
        async with owners(server) as (one, two):
            await one.create("run")
            await asyncio.to_thread(server.pause)
            await until(lambda: one.lost and two.lost)
            await asyncio.to_thread(server.resume)
            await until(lambda: "run" in {*one.rows, *two.rows})
            assert ("run" in one.rows) != ("run" in two.rows)


async def test_cut_connections_lose_nothing(postgres: Postgres) -> None:
    async with owners(postgres) as (one, two):
        await one.create("run")
        for _ in range(20):
            await asyncio.to_thread(one.proxy.cut)
            await asyncio.sleep(0.1)
        await until(lambda: "run" in {*one.rows, *two.rows})
        await until(lambda: one.owner.held)
