"""A real toolrunner for tests of its public behaviour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.toolrunner.clients import Runner, runner_process


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """A toolrunner with two workers, shared by tests that leave its state unchanged."""
    with runner_process() as running:
        yield running
