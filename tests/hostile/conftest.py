"""One toolrunner with two workers and one campaign for all hostile programs of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.campaign import Campaign
from tests.hostile.program_files import Program
from tests.toolrunner.clients import Runner, runner_process

LOAD_LIMITS = {"load_fuel": "2000000000", "load_timeout_s": "25"}


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """A toolrunner whose limits of a load are small, since programs attack there too."""
    with runner_process(spare_workers="2", **LOAD_LIMITS) as running:
        yield running


@pytest.fixture(scope="session")
def workers(runner: Runner) -> frozenset[int]:
    """The workers with which the toolrunner started."""
    return frozenset(runner.workers())


@pytest.fixture(scope="session")
def campaign(
    runner: Runner, workers: frozenset[int], request: pytest.FixtureRequest
) -> Iterator[Campaign]:
    """The programs of the selected tests, all started."""
    running = Campaign(runner.address)
    selected = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = [spec.params["program"] for spec in selected if spec and "program" in spec.params]
    running.start([program for program in wanted if isinstance(program, Program)])
    yield running
    running.close()
