"""``caisson audit`` shows, checks and exports the trail, and says which row is not as it was."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services.executor.adapters.database.database import open_database
from services.executor.audit.chain import Pending
from services.executor.audit.entries import Action, AuditEntry
from tests.cli.command import Caisson

TIME_NS = 1_790_000_000 * 10**9


def filled(place: Path | str) -> None:
    """Make a database with a trail of three rows."""
    entries = [
        AuditEntry(
            Action.RUN_CREATED,
            target=f"run_{number}",
            organisation="acme",
            subject="alice",
            origin="ipv4:10.0.0.1:5",
            detail=(("agent", "weather"),),
        )
        for number in range(2)
    ]
    entries.append(AuditEntry(Action.ACCESS_REFUSED, origin="ipv4:10.0.0.9", count=70))

    async def fill() -> None:
        database = open_database(place)
        pending = [Pending(f"e{at}", TIME_NS + at, each) for at, each in enumerate(entries)]
        await database.audit.append(pending)
        await database.close()

    asyncio.run(fill())


@pytest.fixture(params=["sqlite", "postgresql"])
def trail(request: pytest.FixtureRequest, caisson: Caisson, tmp_path: Path) -> Caisson:
    if request.param == "sqlite":
        filled(tmp_path / "state")
        return caisson.given({"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "state")})
    url: str = request.getfixturevalue("postgres_url")
    filled(url)
    return caisson.given({"CAISSON_EXECUTOR_DATABASE_URL": url})


def test_entries_are_listed(trail: Caisson) -> None:
    shown = trail("audit", "list")
    assert shown.status == 0
    lines = shown.out.splitlines()
    assert len(lines) == 3
    assert "access.refused 70 times · by somebody from ipv4:10.0.0.9" in lines[0]
    assert lines[2].startswith("1 · 2026-09-21 14:13:20Z · run.created · run_0 · by alice of acme")
    assert "agent weather" in lines[2]
    assert len(trail("audit", "list", "--organisation", "acme").out.splitlines()) == 2
    assert len(trail("audit", "list", "--target", "run_1").out.splitlines()) == 1
    assert "no such entries" in trail("audit", "list", "--action", "key.revoked").out


def test_chain_is_checked_against_a_noted_end(trail: Caisson) -> None:
    shown = trail("audit", "verify")
    assert (shown.status, "3 rows follow one another." in shown.out) == (0, True)
    end = shown.out.split("The end: ")[1].strip()
    assert trail("audit", "verify", "--noted", end).status == 0
    forged = trail("audit", "verify", "--noted", f"3:{'0' * 64}")
    assert (forged.status, "Row 3 is not the one that was noted." in forged.out) == (1, True)
    assert trail("audit", "verify", "--noted", "nonsense").status == 2


def test_rows_are_exported_as_lines_of_json(trail: Caisson) -> None:
    lines = [json.loads(line) for line in trail("audit", "export").out.splitlines()]
    assert [line["entry"]["number"] for line in lines] == [1, 2, 3]
    assert [line["previous"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    whose = trail("audit", "export", "--organisation", "").out.splitlines()
    assert [json.loads(line)["entry"]["count"] for line in whose] == [70]


def test_changed_row_is_told(caisson: Caisson, tmp_path: Path) -> None:
    filled(tmp_path / "state")
    with closing(sqlite3.connect(tmp_path / "state" / "caisson.db")) as file, file:
        file.execute("UPDATE audit SET text = replace(text, 'alice', 'bob') WHERE number = 2")
    own = caisson.given({"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "state")})
    shown = own("audit", "verify")
    assert (shown.status, shown.out) == (1, "Row 2 was changed.\n")


def test_no_database_is_told(caisson: Caisson, tmp_path: Path) -> None:
    own = caisson.given({"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "none")})
    shown = own("audit", "verify")
    assert (shown.status, "no executor has run yet" in shown.err) == (2, True)
