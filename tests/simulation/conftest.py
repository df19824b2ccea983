"""Which schedules are run: those of every day, or one that is asked for."""

from __future__ import annotations

import pytest

from tests.repeats import soaking

SEEDS, SEEDS_OF_SOAK = 1000, 3000
BATCH = 100
STOPPED, STOPPED_OF_SOAK = 8, 24  # schedules of which each step is tried
# Runs that are gone on with from each of their states.
RESUMED, RESUMED_OF_SOAK, RESUMED_BATCH = 150, 300, 50
# Runs whose process is killed at each of their commits.
CRASHED, CRASHED_OF_SOAK, CRASHED_BATCH = 40, 400, 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed``; pytest knows it when it is given this folder."""
    parser.addoption("--seed", type=int, help="run this schedule alone, and stop it at each step")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``seed``, ``seeds``, ``resumed`` or ``crashed`` with each."""
    asked = metafunc.config.getoption("--seed", default=None)
    usual = (SEEDS, STOPPED, RESUMED, CRASHED)
    many = (SEEDS_OF_SOAK, STOPPED_OF_SOAK, RESUMED_OF_SOAK, CRASHED_OF_SOAK)
    last, stopped, resumed, crashed = many if soaking() else usual
    ranges = (
        *(("seeds", last, BATCH), ("resumed", resumed, RESUMED_BATCH)),
        ("crashed", crashed, CRASHED_BATCH),
    )
    for name, number, batch in ranges:
        if name in metafunc.fixturenames:
            starts = [asked] if asked is not None else range(0, number, batch)
            length = 1 if asked is not None else batch
            metafunc.parametrize(name, [range(each, each + length) for each in starts], ids=str)
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", [asked] if asked is not None else range(stopped))
