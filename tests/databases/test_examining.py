"""What an operator is told of a PostgreSQL; its password never."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import make_url

from services.cli import checkup
from services.executor.adapters.database.database import migrate
from services.executor.adapters.database.examining import examine
from services.executor.adapters.database.schema import HEAD
from services.executor.errors import SetupError
from services.executor.run_errors import DatabaseError
from services.executor.settings import Settings

PASSWORD = "not-to-be-shown"
NOWHERE = f"postgresql://someone:{PASSWORD}@127.0.0.1:1/runs"


def checks(url: str) -> dict[str, tuple[bool | None, str]]:
    found = checkup.check_database(Settings(database_url=url))
    return {each.name: (each.works, each.detail) for each in found}


def test_database_is_examined_and_left_as_it_is(postgres_url: str) -> None:
    for _ in range(2):
        found = examine(postgres_url)
        assert found.version.startswith("PostgreSQL ")
        assert (found.state.current, found.state.head, found.refusal) == ("", HEAD, "")
        assert abs(found.ahead_s) < 5.0
    assert checks(postgres_url)["database tables"][0] is None
    assert migrate(postgres_url).current == ""
    assert migrate(postgres_url).current == HEAD
    assert examine(postgres_url).state.current == HEAD
    found_checks = checks(postgres_url)
    assert {name: works for name, (works, _) in found_checks.items()} == {
        "database": True,
        "database tables": True,
        "database clock": True,
        "database writes": True,
    }


@pytest.mark.parametrize("migrated", [True, False])
def test_database_that_may_only_be_read_is_told(postgres_url: str, migrated: bool) -> None:
    if migrated:
        migrate(postgres_url)
    name = make_url(postgres_url).database
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    found = examine(postgres_url)
    assert "may only be read" in found.refusal
    works, detail = checks(postgres_url)["database writes"]
    assert works is False
    assert "may only be read" in detail


def test_unreachable_database_is_told_without_its_password() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached") as raised:
        examine(NOWHERE)
    assert PASSWORD not in str(raised.value)
    works, detail = checks(NOWHERE)["database"]
    assert works is False
    assert PASSWORD not in detail
    with pytest.raises(SetupError) as refused:
        examine(f"mysql://a:{PASSWORD}@host/x")
    assert PASSWORD not in str(refused.value)


def test_sqlite_is_the_default() -> None:
    (check,) = checkup.check_database(Settings(state_dir="/state"))
    assert (check.works, check.detail) == (True, "SQLite in /state, for one executor")


def test_encryption_is_told_by_the_ids_of_its_keys() -> None:
    key = "ab" * 32
    (check,) = checkup.check_keys(Settings(journal_keys=(f"new:{key}", f"old:{key}")))
    assert (check.works, check.detail) == (True, "on: new encrypts, old still decrypts")
    (off,) = checkup.check_keys(Settings())
    assert off.works is None
