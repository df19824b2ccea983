"""Distributes tests between processes (``pytest -n``) and orders them.

A unit is a test module, so that what its tests share is made once. Longer ones: a whole room,
whose session fixtures cost more than its tests. Shorter ones: each test alone, where tests share
nothing and take long. The longest units begin first, so that no process ends long after another.
"""

from __future__ import annotations

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Rooms that are one unit: all their tests look at one campaign, one reading, one run of each table.
ROOMS = ("tests/matrix/", "tests/web/", "tests/ui_stream/")
CAMPAIGN = ("tests/hostile/test_programs.py", "tests/hostile/test_neighbours.py")
# Modules whose tests share nothing, each of them long.
SINGLE = (
    "tests/simulation/test_schedules.py",
    *("tests/survival/test_kills.py", "tests/survival/test_cluster.py"),
)
LONGEST_FIRST: tuple[str, ...] = (
    *(
        "tests/matrix/",
        "tests/hostile/",
        "tests/documents/",
        "tests/cli/",
        "tests/web/",
        "tests/ui_stream/",
    ),
    *("tests/toolrunner/test_kills.py", "tests/frameworks/", "tests/bundlers/", "tests/sdks/"),
    *("tests/projects/", "tests/survival/"),
    *("tests/test262/", "tests/soak/", "tests/simulation/"),
)


def unit_of(nodeid: str) -> str:
    """Return the name of the unit that a test belongs to."""
    module = nodeid.partition("::")[0]
    if module in SINGLE:
        return nodeid
    if module in CAMPAIGN:
        return "tests/hostile/"
    return next((room for room in ROOMS if module.startswith(room)), module)


def rank_of(nodeid: str) -> int:
    """Return the place of a test's unit in the order of units; equals keep the order they have."""
    ranks = (at for at, begin in enumerate(LONGEST_FIRST) if nodeid.startswith(begin))
    return next(ranks, len(LONGEST_FIRST))


class SharedByUnit(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands whole units to the processes, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run one process more than there are cores: tests wait for much, and use no core then."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedByUnit:
    """Share by units, whatever ``--dist`` says."""
    config.option.loadscopereorder = False
    return SharedByUnit(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest units first when several processes share the tests."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank_of(item.nodeid))
