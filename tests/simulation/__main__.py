"""Runs many schedules: ``python -m tests.simulation --seeds 100000``, or one with ``--seed N``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.play import Interference
from tests.simulation.running import ScheduleFailedError, run_batch, run_seed
from tests.simulation.trace import traced

BATCH = 500
MOST_SHOWN = 5


def run_all(first: int, seeds: int) -> int:
    """Run schedules on all cores, with progress on stderr; return how many failed."""
    began, failures = time.monotonic(), 0
    last = first + seeds
    batches = [range(start, min(start + BATCH, last)) for start in range(first, last, BATCH)]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done, failed in enumerate(pool.map(run_batch, batches), 1):
            for text in failed[: MOST_SHOWN - failures] if failures < MOST_SHOWN else ():
                print(text, flush=True)
            failures += len(failed)
            if done % 20 == 0 or done == len(batches):
                number = batches[done - 1].stop - first
                rate = number / (time.monotonic() - began)
                text = f"simulation: {number} of {seeds} schedules, {rate:.0f} a second"
                print(f"{text}, {failures} failed", file=sys.stderr, flush=True)
    return failures


def run_one(seed: int, interference: Interference | None) -> int:
    """Run one schedule and show it; return the exit status."""
    try:
        print(traced(run_seed(seed, interference)))
    except ScheduleFailedError as error:
        print(error)
        return 1
    return 0


def main() -> int:
    """Run one schedule or many; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000, help="how many schedules to run")
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    parser.add_argument("--seed", type=int, help="run this one, and show what happened")
    parser.add_argument("--step", type=int, help="stop a run of it before this step of the loop")
    parser.add_argument("--abort", action="store_true", help="by an abort, not by its reader")
    parser.add_argument("--again", type=int, default=0, help="cancel its reader so much later")
    given = parser.parse_args()
    if given.seed is None:
        return 1 if run_all(given.first, given.seeds) else 0
    stop = None if given.step is None else Interference(given.step, given.abort, given.again)
    return run_one(given.seed, stop)


if __name__ == "__main__":
    sys.exit(main())
