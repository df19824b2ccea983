"""The audit trail in SQLite and PostgreSQL: appended by many, read beside them, shortened."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from services.executor.adapters.database.audit_reading import (
    AuditFilter,
    exported,
    latest,
    verified,
)
from services.executor.adapters.database.database import Database, open_database
from services.executor.audit.chain import AuditRow, Link, Pending
from services.executor.audit.entries import Action, AuditEntry
from services.executor.errors import SetupError


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgres_url")
    return url


def entries(count: int, first: int = 0, organisation: str = "acme") -> list[Pending]:
    return [
        Pending(
            f"{organisation}-{number}",
            1000 + number,
            AuditEntry(Action.RUN_CREATED, target=f"run_{number}", organisation=organisation),
        )
        for number in range(first, first + count)
    ]


async def opened(place: Path | str) -> Database:
    return await asyncio.to_thread(open_database, place)


def changed(place: Path | str, statement: str) -> None:
    if isinstance(place, Path):
        with closing(sqlite3.connect(place / "caisson.db")) as file, file:
            file.execute(statement)
    else:
        with psycopg.connect(place) as connection:
            connection.execute(statement.encode())


async def test_trail_is_read_while_an_executor_writes(place: Path | str) -> None:
    database = await opened(place)
    try:
        for first in range(0, 1200, 400):
            await database.audit.append(entries(400, first))
            found = await asyncio.to_thread(verified, place)
            assert (found.rows, found.faults, found.ends.head.number) == (
                first + 400,
                (),
                first + 400,
            )
        await database.audit.append(entries(3, organisation="other"))
        rows = await asyncio.to_thread(latest, place, AuditFilter("acme"), 2)
        assert [row.number for row in rows] == [1200, 1199]
        rows = await asyncio.to_thread(latest, place, AuditFilter(target="run_1"), 9)
        assert [row.organisation for row in rows] == ["other", "acme"]
        rows = await asyncio.to_thread(latest, place, AuditFilter(before=3), 9)
        assert [row.number for row in rows] == [2, 1]
        out: list[AuditRow] = []
        await asyncio.to_thread(exported, place, "acme", out.append)
        assert [row.number for row in out] == list(range(1, 1201))
    finally:
        await database.close()


async def test_trail_is_read_with_no_executor(place: Path | str) -> None:
    database = await opened(place)
    await database.audit.append(entries(5))
    await database.close()
    assert verified(place).rows == 5
    if isinstance(place, Path):
        with read_only(place):
            assert verified(place).rows == 5


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    (folder / "caisson.db").chmod(0o400)
    try:
        yield
    finally:
        (folder / "caisson.db").chmod(0o600)


async def test_entries_are_appended_once_even_if_asked_twice(place: Path | str) -> None:
    database = await opened(place)
    await database.audit.append(entries(5))
    await database.audit.append(entries(8))
    await database.close()
    found = verified(place)
    assert (found.rows, found.faults) == (8, ())


async def test_executors_append_one_chain(postgres_url: str) -> None:
    databases = [await opened(postgres_url) for _ in range(4)]
    names = [f"o{number}" for number in range(4)]
    await asyncio.gather(
        *(
            database.audit.append(entries(7, first, name))
            for first in range(0, 140, 7)
            for database, name in zip(databases, names, strict=True)
        )
    )
    for database in databases:
        await database.close()
    found = verified(postgres_url)
    assert (found.rows, found.faults) == (560, ())
    order: dict[str, list[int]] = {name: [] for name in names}
    for name in names:

        def note(row: AuditRow, name: str = name) -> None:
            order[name].append(int(json.loads(row.text)["target"].removeprefix("run_")))

        exported(postgres_url, name, note)
        assert sorted(order[name]) == list(range(140))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET text = replace(text, 'run_4', 'run_9') WHERE number = 5", "Row 5 was"),
        ("UPDATE audit SET organisation = 'x' WHERE number = 5", "Row 5 was changed."),
        ("DELETE FROM audit WHERE number = 5", "Row 5 is missing."),
        ("DELETE FROM audit WHERE number > 7", "Rows 8 to 9 are missing, at the end."),
        ("UPDATE audit SET number = 99 WHERE number = 5", "Row 5 is missing."),
    ],
)
async def test_what_is_changed_behind_its_back_is_found(
    place: Path | str, statement: str, said: str
) -> None:
    database = await opened(place)
    await database.audit.append(entries(9))
    await database.close()
    changed(place, statement)
    assert verified(place).faults[0].startswith(said)


async def test_chain_is_shortened_and_goes_on_from_its_anchor(place: Path | str) -> None:
    database = await opened(place)
    await database.audit.append(entries(20))
    head = verified(place).ends.head
    assert await database.audit.shorten(1000, 100) == 0
    assert await database.audit.shorten(1010, 4) == 4
    assert await database.audit.shorten(1010, 100) == 6
    assert await database.audit.shorten(1010, 100) == 0
    await database.audit.append(entries(5, 20))
    found = verified(place, head)
    assert (found.rows, found.faults, found.ends.anchor.number) == (15, (), 10)
    assert await database.audit.shorten(10**9, 100) == 15
    await database.audit.append(entries(1, 25))
    await database.close()
    found = verified(place, Link(26, "other"))
    assert (found.rows, found.faults) == (1, ("Row 26 is not the one that was noted.",))
    changed(place, "UPDATE audit_ends SET anchor_hash = 'x'")
    assert verified(place).faults[0].startswith("Row 26 does not follow row 25")


def test_database_without_a_trail_is_told(tmp_path: Path, postgres_url: str) -> None:
    for empty, said in ((tmp_path, "no executor has run yet"), (postgres_url, "revision none")):
        with pytest.raises(SetupError, match=said):
            verified(empty)
