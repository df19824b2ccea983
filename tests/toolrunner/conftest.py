"""A real toolrunner for the tests of what it shows to its peers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.toolrunner.clients import Runner, runner_process


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """A toolrunner with two workers, shared by the tests that leave it as it was."""
    with runner_process() as running:
        yield running
