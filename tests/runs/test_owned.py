"""Runs that an executor has, and lets go of: the same in every journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.executor.adapters.database.database import open_database
from services.executor.adapters.system import SystemClock
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.ports import Journal
from services.executor.runs.rows import End, Entry
from services.executor.runs.rows import RunStatus as Status
from tests.databases.postgres import Postgres
from tests.runs.faulty import new_run


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def journal(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres
) -> AsyncIterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal(SystemClock())
        return
    with postgres.database() as url:
        opened = open_database(tmp_path if request.param == "sqlite" else url)
        yield opened.journal
        await opened.close()


async def test_executor_has_its_runs_until_they_end(journal: Journal) -> None:
    await journal.beat("one")
    await journal.create(new_run("first", "session"), "one")
    await journal.create(new_run("second", "session"), "one")
    await journal.create(new_run("third"), "other")
    assert sorted(await journal.owned("one")) == ["first", "second"]
    ended = Entry("first", 1, 1, end=End(Status.COMPLETED, b""))
    assert not (await journal.write("one", [ended])).lost
    assert list(await journal.owned("one")) == ["second"]


async def test_run_that_is_let_go_is_claimed_at_once_and_keeps_its_turn(journal: Journal) -> None:
    for name in ("one", "two"):
        await journal.beat(name)
    for name in ("first", "second"):
        await journal.create(new_run(name, "session"), "one")
    await journal.create(new_run("kept"), "one")
    await journal.free("two", ["first"])
    assert len(await journal.owned("one")) == 3
    await journal.free("one", ["first", "second"])
    assert list(await journal.owned("one")) == ["kept"]
    claimed = {row.new.run_id: row for row in await journal.claim("two", 60.0, 10)}
    assert set(claimed) == {"first", "second"}
    assert {row.epoch for row in claimed.values()} == {2}
    assert await journal.take_turn("two", "first", 2) == 0
    assert await journal.take_turn("two", "second", 2) == 1
    assert await journal.take_turn("one", "first", 1) == -1
    late = Entry("first", 1, 1, events=[b"late"])
    assert (await journal.write("one", [late])).lost == {"first"}


async def test_executors_of_one_server_never_claim_the_same(postgres: Postgres) -> None:
    with postgres.database() as url:
        opened = [open_database(url) for _ in range(3)]
        for number in range(100):
            await opened[0].journal.create(new_run(f"run {number}"), "dead")

        async def claims(name: str, journal: Journal) -> list[str]:
            await journal.beat(name)
            rows = [row for _ in range(30) for row in await journal.claim(name, 60.0, 2)]
            return [row.new.run_id for row in rows]

        each = [claims(str(at), one.journal) for at, one in enumerate(opened)]
        claimed = [run_id for batch in await asyncio.gather(*each) for run_id in batch]
        assert len(claimed) == len(set(claimed)) == 100
        for one in opened:
            await one.close()
