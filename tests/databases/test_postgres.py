"""The PostgreSQL of the tests: each of its faults is one that a client sees."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases.postgres import Postgres, postgres_running


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    with postgres_running() as server:
        yield server


def names(url: str) -> list[str]:
    with psycopg.connect(url, connect_timeout=5) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM things ORDER BY name")]


def add(url: str, name: str) -> None:
    with psycopg.connect(url, connect_timeout=5) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS things (name text)")
        connection.execute("INSERT INTO things VALUES (%s)", (name,))


def test_each_database_is_fresh(own: Postgres) -> None:
    with own.database() as first, own.database() as second:
        add(first, "a")
        with pytest.raises(psycopg.errors.UndefinedTable):
            names(second)


def test_durable_settings_are_on(own: Postgres) -> None:
    with own.database() as url, psycopg.connect(url) as connection:
        shown = [connection.execute(f"SHOW {n}").fetchone() for n in ("fsync", "full_page_writes")]
        assert shown == [("on",), ("on",)]


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_committed_rows_outlive_a_restart(own: Postgres, how: str) -> None:
    with own.database() as url:
        add(url, "kept")
        own.restart(how)
        assert names(url) == ["kept"]


def test_committed_rows_outlive_a_kill(own: Postgres) -> None:
    with own.database() as url:
        add(url, "kept")
        own.kill()
        with pytest.raises(psycopg.OperationalError):
            names(url)
        own.start()
        assert names(url) == ["kept"]


def test_paused_server_answers_when_it_goes_on(own: Postgres) -> None:
    with own.database() as url:
        add(url, "kept")
        own.pause()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2)
        own.resume()
        assert names(url) == ["kept"]


def test_full_disk_refuses_inserts_until_it_is_free(own: Postgres) -> None:
    with own.database() as url:
        add(url, "first")
        database = url.rpartition("/")[2]
        own.fill_disk(database, "things")
        with pytest.raises(psycopg.errors.DiskFull):
            add(url, "second")
        own.free_disk(database, "things")
        add(url, "third")
        assert names(url) == ["first", "third"]


def test_promoted_standby_has_every_committed_row(tmp_path: Path) -> None:
    with postgres_running() as primary, primary.database() as url:
        standby = primary.standby(primary.data.parent.with_name("standby"))
        try:
            for number in range(20):
                add(url, f"row {number:02}")
            primary.kill()
            began = time.monotonic()
            standby.promote()
            took = time.monotonic() - began
            moved = standby.url(url.rpartition("/")[2])
            assert names(moved) == [f"row {number:02}" for number in range(20)], took
            add(moved, "written here")
        finally:
            standby.stop("immediate")
