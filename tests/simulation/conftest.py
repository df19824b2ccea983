"""Which schedules are run: those of every day, or one that is asked for."""

from __future__ import annotations

import pytest

from tests.repeats import soaking

SEEDS, SEEDS_OF_SOAK = 1000, 3000
BATCH = 100
STOPPED, STOPPED_OF_SOAK = 8, 24  # schedules of which each step is tried
# Runs that are gone on with from each of their states.
RESUMED, RESUMED_OF_SOAK, RESUMED_BATCH = 150, 300, 50


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed``; pytest knows it when it is given this folder."""
    parser.addoption("--seed", type=int, help="run this schedule alone, and stop it at each step")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``seed``, ``seeds`` or ``resumed`` with each of them."""
    asked = metafunc.config.getoption("--seed", default=None)
    usual, many = (SEEDS, STOPPED, RESUMED), (SEEDS_OF_SOAK, STOPPED_OF_SOAK, RESUMED_OF_SOAK)
    last, stopped, resumed = many if soaking() else usual
    for name, number, batch in (("seeds", last, BATCH), ("resumed", resumed, RESUMED_BATCH)):
        if name in metafunc.fixturenames:
            starts = [asked] if asked is not None else range(0, number, batch)
            length = 1 if asked is not None else batch
            metafunc.parametrize(name, [range(each, each + length) for each in starts], ids=str)
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", [asked] if asked is not None else range(stopped))
