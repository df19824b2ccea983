"""Random schedules on virtual time: whatever happens, the invariants hold."""

from __future__ import annotations

import pytest

from tests.simulation.__main__ import run_seed, run_seed_interfered

SEEDS = 3000
BATCH = 100
INTERFERED = 60


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_the_invariants_hold_in_random_schedules(first: int) -> None:
    for seed in range(first, first + BATCH):
        run_seed(seed)


@pytest.mark.parametrize("seed", range(INTERFERED))
def test_a_run_can_be_cancelled_at_each_of_its_await_points(seed: int) -> None:
    """A schedule is run again and again, and its reader cancelled after each turn of the loop."""
    run_seed_interfered(seed)


def test_the_same_seed_is_the_same_schedule() -> None:
    first, second = run_seed(7), run_seed(7)
    assert [ran.events for ran in first.runs] == [ran.events for ran in second.runs]
