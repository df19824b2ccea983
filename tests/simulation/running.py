"""Runs schedules and looks at them: one, one with something done at each of its steps, or many."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.simulation.chance import world_script
from tests.simulation.play import Interference, play
from tests.simulation.records import Played
from tests.simulation.resuming import run_resumed
from tests.simulation.rules import check
from tests.simulation.trace import traced
from tests.simulation.virtual_loop import MOST_STEPS

# Of a schedule with more steps than this not every one is tried.
MOST_TRIED = 300
# How many steps after the first stop the reader is cancelled, too; 0 for not at all.
AGAIN = (0, 1, 2, 3, 5, 8)
# At how many of its states, of many schedules, a run is gone on with.
MOST_RESUMED = 4


class ScheduleFailedError(AssertionError):
    """A rule does not hold; the message says how to run the schedule again, and what happened."""


def run_seed(
    seed: int, interference: Interference | None = None, most_steps: int = MOST_STEPS
) -> Played:
    """Play one schedule and look at it.

    Raises:
        ScheduleFailedError: something does not hold.
    """
    played: Played | None = None
    try:
        played = play(world_script(seed), interference, most_steps)
        check(played)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        happened = traced(played) if played is not None else "it did not end"
        raise ScheduleFailedError(f"{how_again(seed, interference)}\n{what}\n{happened}") from error
    return played


def how_again(seed: int, interference: Interference | None) -> str:
    """Return the commands that run a schedule again."""
    shown = f"python -m tests.simulation --seed {seed}"
    if interference is not None:
        shown += f" --step {interference.step} --again {interference.again}"
        shown += " --abort" * interference.aborts
    return f"again: pytest tests/simulation --seed {seed}; with all that happens: {shown}"


def run_each_step(seed: int) -> int:
    """Play a schedule again and again, and stop a run of it before each of its steps.

    Each step is tried twice: the run is aborted, and its reader is cancelled. Return how many
    schedules that were.
    """
    steps = run_seed(seed).steps
    tried = range(1, steps + 1, -(-steps // MOST_TRIED))
    for step in tried:
        again = AGAIN[(step + seed) % len(AGAIN)]
        run_seed(seed, Interference(step, aborts=False, again=again))
        run_seed(seed, Interference(step, aborts=True, again=again))
    return 1 + 2 * len(tried)


def run_batch(seeds: range) -> list[str]:
    """Run schedules; return what failed.

    Every fourth is run again with something done at one step, and its first run is stopped at some
    of its states and gone on with.
    """
    failed: list[str] = []
    with _told_of_warnings(failed):
        for seed in seeds:
            try:
                played = run_seed(seed)
                if seed % 4 == 0:
                    run_seed(seed, _somewhere(seed, played.steps))
                    run_resumed(seed, MOST_RESUMED)
            except AssertionError as error:
                failed.append(str(error))
    return failed


def _somewhere(seed: int, steps: int) -> Interference:
    rng = random.Random(seed)
    return Interference(rng.randint(1, steps), aborts=rng.random() < 0.5, again=rng.choice(AGAIN))


@contextmanager
def _told_of_warnings(failed: list[str]) -> Iterator[None]:
    """Count what Python only writes about, such as a coroutine that nobody awaited, as failed."""

    def take(unraisable: Any) -> None:
        failed.append(f"{unraisable.err_msg}: {unraisable.exc_value!r}")

    before, sys.unraisablehook = sys.unraisablehook, take
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        sys.unraisablehook = before
