"""``caisson database`` shows the database of runs, and brings it up to date."""

from __future__ import annotations

from tests.cli.command import Caisson

PASSWORD = "not-to-be-shown"


def at(caisson: Caisson, url: str) -> Caisson:
    return caisson.given({"CAISSON_EXECUTOR_DATABASE_URL": url})


def test_database_is_migrated_once(caisson: Caisson, postgres_url: str) -> None:
    own = at(caisson, postgres_url)
    before = own("database", "status")
    assert before.status == 1
    assert "no tables yet, this version needs" in before.out
    first, again = own("database", "migrate"), own("database", "migrate")
    assert (first.status, again.status) == (0, 0)
    assert "had no tables and now has revision" in first.out
    assert "already" in again.out
    after = own("database", "status")
    assert after.status == 0
    assert "the newest" in after.out
    assert "PostgreSQL" in after.out


def test_sqlite_needs_no_migration(caisson: Caisson) -> None:
    status = caisson("database", "status")
    assert status.status == 0
    assert "SQLite" in status.out
    refused = caisson("database", "migrate")
    assert refused.status == 2
    assert "needs no migration" in refused.err


def test_database_that_cannot_be_used_is_told_without_its_password(caisson: Caisson) -> None:
    own = at(caisson, f"postgresql://someone:{PASSWORD}@127.0.0.1:1/runs")
    for command in ("status", "migrate"):
        result = own("database", command)
        assert result.status == 1
        assert "at 127.0.0.1:1/runs cannot be reached: Connection refused." in result.err
        assert PASSWORD not in result.err + result.out
    for command in ("runs", "sessions"):
        result = own(command, "list")
        assert result.status == 1
        assert "did not start: The database of runs and sessions at 127.0.0.1:1/runs" in result.err
        assert PASSWORD not in result.err + result.out
    wrong = at(caisson, f"mysql://someone:{PASSWORD}@host/runs")("database", "status")
    assert wrong.status == 2
    assert PASSWORD not in wrong.err + wrong.out
