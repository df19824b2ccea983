"""The fixtures of tests that need a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases.postgres import Postgres, postgres_running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this process. A test that stops or pauses it makes its own."""
    with postgres_running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Yield the URL of a fresh database."""
    with postgres.database() as url:
        yield url
