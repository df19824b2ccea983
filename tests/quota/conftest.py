"""Stores of quotas: in memory, and in a real Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.quota.stores import Store, store_of
from tests.quota.valkey import Valkey, valkey_running


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests of this process. A test that stops or pauses it makes its own."""
    with valkey_running(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def valkey(shared_valkey: Valkey) -> Valkey:
    """Return an empty server."""
    shared_valkey.clear()
    return shared_valkey


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """Yield a server of the test's own."""
    with valkey_running(tmp_path) as server:
        yield server


@pytest.fixture(params=["memory", "valkey"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Yield an empty store of each kind, whose time a test sets forward."""
    server = request.getfixturevalue("valkey") if request.param == "valkey" else None
    async with store_of(server) as made:
        yield made
