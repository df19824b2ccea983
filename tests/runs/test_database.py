"""The databases themselves: one process a file, versions, errors that tell, and lost servers."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.executor.adapters.database import revisions
from services.executor.adapters.database.database import (
    Database,
    State,
    migrate,
    open_database,
    state,
)
from services.executor.adapters.database.opening import PostgresServer, SqliteFile
from services.executor.adapters.database.schema import HEAD
from services.executor.adapters.database.tables import METADATA
from services.executor.conversation import SessionKey, UserMessage
from services.executor.errors import SetupError
from services.executor.run_errors import DatabaseError
from services.executor.runs.rows import End, RunStatus, SessionAppend
from tests.databases.postgres import Postgres, postgres_running
from tests.databases.proxy import Fault, proxied
from tests.runs.journals import KEY, asked, begun, entry, log, record, run, status, turn

HANG_S = 60.0
NEWER = "UPDATE schema_version SET version_num = '9999'"


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    """A server that tests stop."""
    with postgres_running() as server:
        yield server


async def opened(url: str) -> Database:
    return await asyncio.to_thread(open_database, url)


async def test_second_process_is_told_who_has_the_directory(tmp_path: Path) -> None:
    first = open_database(tmp_path)
    with pytest.raises(SetupError) as caught:
        open_database(tmp_path)
    told = str(caught.value)
    assert f"process {os.getpid()}" in told
    assert "--server" in told
    assert "PostgreSQL" in told
    assert str(tmp_path) not in told
    await first.close()
    await open_database(tmp_path).close()


def test_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from services.executor.adapters.database.database import open_database\n"
        "database = open_database(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(SetupError, match=f"process {other.pid}"):
            open_database(tmp_path)
    finally:
        other.kill()
        other.communicate()
    asyncio.run(open_database(tmp_path).close())


def differences(connection: Connection) -> list[object]:
    options = {"version_table": "schema_version", "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


def test_newest_revision_is_the_one_that_new_databases_get(
    tmp_path: Path, postgres_url: str
) -> None:
    assert revisions.head() == HEAD
    assert state(postgres_url) == State("")
    assert migrate(postgres_url) == State("")
    assert migrate(postgres_url) == state(postgres_url) == State(HEAD)
    with PostgresServer(postgres_url).connect(writes=False) as connection:
        assert differences(connection) == []
    asyncio.run(open_database(tmp_path).close())
    with SqliteFile(tmp_path / "caisson.db").connect(writes=False) as connection:
        assert differences(connection) == []


def test_start_of_a_current_database_does_not_import_alembic(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from services.executor.adapters.database.database import open_database\n"
        "open_database(Path(sys.argv[1])); assert 'alembic' not in sys.modules\n"
        "assert 'sqlalchemy.orm' not in sys.modules\n"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script, tmp_path], check=True)


def test_database_of_a_newer_version_is_refused(tmp_path: Path, postgres_url: str) -> None:
    asyncio.run(open_database(tmp_path).close())
    with closing(sqlite3.connect(tmp_path / "caisson.db")) as file, file:
        file.execute(NEWER)
    migrate(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(NEWER)
    for place in (tmp_path, postgres_url):
        for _ in range(2):  # it holds no lock then
            with pytest.raises(SetupError, match=r"newer version.*9999"):
                open_database(place)


def test_revisions_after_the_current_one_are_applied_in_order(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "script.py.mako").touch()
    (tmp_path / "env.py").touch()
    for name, before, step in (("0001", None, ""), ("0002", "0001", "a"), ("0003", "0002", "b")):
        change = f'op.add_column("t", sa.Column("{step}", sa.Text()))' if step else "pass"
        (tmp_path / "versions" / f"{name}_step.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = {name!r}\ndown_revision = {before!r}\n\ndef upgrade():\n    {change}\n"
        )
    with SqliteFile(tmp_path / "x.db").connect(writes=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE t (x TEXT)"))
        assert revisions.upgrade(connection, "0001", tmp_path)
        assert revisions.upgrade(connection, "0003", tmp_path)
        assert not revisions.upgrade(connection, "0004", tmp_path)
        assert list(connection.execute(text("SELECT * FROM t")).keys()) == ["x", "a", "b"]


async def test_many_executors_start_on_an_empty_server_at_once(postgres_url: str) -> None:
    databases = await asyncio.gather(*(opened(postgres_url) for _ in range(5)))
    for database in databases:
        await database.journal.beat("me")
        await database.close()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "postgresql://u:secret@h:x/d", "::"])
def test_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)
    assert "postgresql://" in str(caught.value)


async def test_damaged_file_is_told_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "caisson.db").write_bytes(b"nothing of ours" * 1000)
    with pytest.raises(DatabaseError, match="damaged") as caught:
        open_database(tmp_path)
    assert str(tmp_path) not in str(caught.value)


async def test_operator_is_told_which_server_refuses_without_the_password(own: Postgres) -> None:
    wrong = own.url("postgres").replace("caisson:caisson", "caisson:secret")
    for url in (wrong, own.url("none"), own.url("postgres", port=1)):
        with pytest.raises(DatabaseError, match="cannot be reached") as caught:
            await opened(url)
        told = str(caught.value)
        assert "secret" not in told
        assert "127.0.0.1" in told


async def test_full_disk_leaves_nothing_half_written(postgres: Postgres) -> None:
    with postgres.database() as url:
        database = await opened(url)
        journal, name = database.journal, url.rpartition("/")[2]
        for new in (turn("r1"), run("r2")):
            await begun(journal, new)
        said = SessionAppend(KEY, (UserMessage("x"),), "host", "a")
        end = entry("r1", 1, b"end", end=End(RunStatus.COMPLETED, b"", said))
        both = [entry("r2", 1, b"e", records=(record(0),)), end]
        for table in ("session_runs", "records", "events"):
            await asyncio.to_thread(postgres.fill_disk, name, table)
            with pytest.raises(DatabaseError, match=r"no room.*53100"):
                await journal.write("me", both)
            assert await status(journal, "r1") is RunStatus.RUNNING
            assert await log(journal, "r1") == await log(journal, "r2") == []
            assert await journal.records("r2") == []
            assert await database.sessions.load(KEY) == ()
            await asyncio.to_thread(postgres.free_disk, name, table)
        assert not (await journal.write("me", both)).lost
        assert await database.sessions.load(KEY) == (UserMessage("x"),)
        await database.close()


async def test_write_of_unknown_outcome_may_be_repeated(postgres_url: str, tmp_path: Path) -> None:
    for place in (postgres_url, tmp_path):
        database = await asyncio.to_thread(open_database, place)
        journal = database.journal
        for new in (run("r1"), run("r2"), run("r3")):
            await begun(journal, new)
        waits = entry("r2", 1, b"a", status=RunStatus.WAITING, inputs=(asked("i"),))
        end = entry("r3", 1, b"end", end=End(RunStatus.FAILED, b""))
        for _ in range(3):
            written = await journal.write("me", [entry("r1", 1, b"e", records=(record(0),))])
            assert not written.lost
            assert not (await journal.write("me", [waits, end])).lost
        assert await log(journal, "r1") == [b"e"]
        assert await log(journal, "r2") == [b"a"]
        assert len(await journal.records("r1")) == len(await journal.answers("r2")) == 1
        longer = entry("r1", 1, b"e", b"f", records=(record(0),))
        assert (await journal.write("me", [longer])).lost == {"r1"}
        assert (await journal.write("you", [end])).lost == set()  # nobody's, and as it is
        await database.close()


async def test_claim_that_nobody_waited_for_is_told_again(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    journal = database.journal
    for number in range(3):
        await begun(journal, run(f"r{number}"), "dead")
    await journal.leave("dead")
    await journal.beat("me")
    claiming = asyncio.create_task(journal.claim("me", 60, 2))
    await asyncio.sleep(0)
    claiming.cancel()
    assert (await asyncio.gather(claiming, return_exceptions=True))[0] is not None
    rows = await journal.claim("me", 60, 2)
    assert [(row.new.run_id, row.epoch) for row in rows] == [("r0", 2), ("r1", 2), ("r2", 2)]
    assert await journal.claim("me", 60, 2) == []
    await database.close()


async def test_runs_of_a_file_belong_to_whoever_opens_it(tmp_path: Path) -> None:
    first = open_database(tmp_path)
    await begun(first.journal, run("r1"))
    await first.close()
    second = open_database(tmp_path)
    (row,) = await second.journal.claim("you", 3600, 9)
    assert (row.new.run_id, row.epoch) == ("r1", 2)
    await second.close()


async def test_journal_goes_on_after_its_server_was_restarted(own: Postgres) -> None:
    with own.database() as url:
        database = await opened(url)
        journal = database.journal
        await begun(journal, run("r1"))
        for first, how in enumerate(("fast", "immediate"), 1):
            assert await status(journal, "r1") is RunStatus.RUNNING
            await asyncio.to_thread(own.restart, how)
            assert not (await journal.write("me", [entry("r1", first, b"e")])).lost
            assert len(await log(journal, "r1")) == first
        await asyncio.to_thread(own.stop)
        begin = time.monotonic()
        for _ in range(20):
            with pytest.raises(DatabaseError, match="cannot be reached"):
                await journal.write("me", [entry("r1", 3, b"e")])
        assert time.monotonic() - begin < HANG_S
        await asyncio.to_thread(own.start)
        async with asyncio.timeout(HANG_S):
            while True:
                try:
                    assert not (await journal.write("me", [entry("r1", 3, b"e")])).lost
                except DatabaseError:
                    await asyncio.sleep(0.05)
                else:
                    break
        assert len(await log(journal, "r1")) == 3
        await database.close()


async def test_cut_connections_lose_and_double_nothing(own: Postgres) -> None:
    with own.database() as url, proxied(own.port) as proxy:
        database = await opened(url.replace(str(own.port), str(proxy.port)))
        journal = database.journal
        await begun(journal, run("r1"))

        async def cut() -> None:
            for _ in range(30):
                await asyncio.sleep(0.01)
                await asyncio.to_thread(proxy.cut)

        cutting = asyncio.create_task(cut())
        number, answered = 0, True
        while not cutting.done() or number < 20 or not answered:
            try:
                written = await journal.write("me", [entry("r1", number + 1, b"%d" % number)])
            except DatabaseError:
                answered = False  # it may be written all the same
                await asyncio.sleep(0.01)
                continue
            # One whose answer was lost looks as if another had written; see ``JournalWriter``.
            assert not (written.lost and answered)
            number, answered = number + 1, True
        await cutting
        async with asyncio.timeout(HANG_S):
            while True:
                try:
                    assert await log(journal, "r1") == [b"%d" % each for each in range(number)]
                except DatabaseError:
                    await asyncio.sleep(0.05)
                else:
                    break
        await asyncio.to_thread(proxy.set, Fault.REFUSE)
        with pytest.raises(DatabaseError, match="cannot be reached"):
            await journal.beat("me")
        await database.close()


async def test_executors_hint_each_other(postgres_url: str) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    told: asyncio.Queue[str] = asyncio.Queue()
    end = other.journal.watch(told.put_nowait)
    await begun(one.journal, run("r1"))
    first = 0
    async with asyncio.timeout(HANG_S):
        while told.empty():  # until it listens
            first += 1
            await one.journal.write("me", [entry("r1", first, b"e")])
            await asyncio.sleep(0.05)
        await begun(one.journal, run("r2"))
        while await told.get() != "r2":
            pass
    end()
    await one.close()
    await other.close()


async def test_executors_take_turns_of_one_session(postgres_url: str) -> None:
    databases = [await opened(postgres_url) for _ in range(3)]
    names = ("a", "b", "c")
    for name, database in zip(names, databases, strict=True):
        await database.journal.beat(name)
    running: set[str] = set()
    most = 0

    async def drive(name: str, database: Database, number: int) -> None:
        nonlocal most
        run_id = f"{name}{number}"
        key = SessionKey("res", f"s{number % 2}")
        new = run(run_id, session=key, host=name, connection=run_id)
        created = await database.journal.create(new, name)
        assert created.row is not None
        while created.row.status is not RunStatus.RUNNING:
            if not await database.journal.take_turn(name, run_id, 1):
                break
            await asyncio.sleep(0.01)
        running.add(f"{key.session_id} {run_id}")
        most = max(most, sum(each.startswith(key.session_id) for each in running))
        await asyncio.sleep(0)
        running.discard(f"{key.session_id} {run_id}")
        end = entry(run_id, 1, b"end", end=End(RunStatus.COMPLETED, b""))
        assert not (await database.journal.write(name, [end])).lost

    async with asyncio.timeout(HANG_S):
        await asyncio.gather(
            *(
                drive(name, database, number)
                for name, database in zip(names, databases, strict=True)
                for number in range(8)
            )
        )
    assert most == 1
    for database in databases:
        await database.close()


async def test_frozen_executor_does_not_hold_up_the_others(postgres_url: str) -> None:
    database = await opened(postgres_url)
    journal = database.journal
    said = SessionAppend(KEY, (UserMessage("x"),), "host", "a")
    await begun(journal, turn("r1"))
    await journal.write("me", [entry("r1", 1, b"end", end=End(RunStatus.COMPLETED, b"", said))])
    frozen = PostgresServer(postgres_url).connect(writes=True)
    frozen.execute(text("SELECT bytes FROM hosts WHERE host = '*' FOR UPDATE"))
    await begun(journal, turn("r2"))
    end = entry("r2", 1, b"end", end=End(RunStatus.COMPLETED, b"", said))
    writing = asyncio.create_task(journal.write("me", [end]))
    while not writing.done():
        await journal.beat("me")
        await asyncio.sleep(0.05)
    assert not writing.result().lost
    assert len(await database.sessions.load(KEY)) == 2
    frozen.invalidate()
    frozen.close()
    await database.close()
