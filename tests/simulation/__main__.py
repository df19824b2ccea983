"""Runs many schedules: ``python -m tests.simulation --seeds 100000``, or one with ``--seed N``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.invariants import check
from tests.simulation.schedule import World, simulate

MOST_TURNS = 120  # how many await points of a schedule are tried
BATCH = 500


class ScheduleFailedError(AssertionError):
    """An invariant did not hold; the message says how to run the schedule again."""


def run_seed(seed: int, interfere_at: int = 0) -> World:
    """Run one schedule and look at it; raises ScheduleFailedError."""
    try:
        world, _ = simulate(seed, interfere_at)
        check(world)
    except Exception as error:
        again = f"--seed {seed}" + (f" --turn {interfere_at}" if interfere_at else "")
        message = f"python -m tests.simulation {again}: {type(error).__name__}: {error}"
        raise ScheduleFailedError(message) from error
    return world


def run_seed_interfered(seed: int) -> None:
    """Run one schedule once for each of its turns, and cancel a reader there."""
    _, turns = simulate(seed)
    each = max(1, turns // MOST_TURNS)
    for turn in range(1, turns + 1, each):
        run_seed(seed, turn)


def run_batch(first: int) -> list[str]:
    """Run ``BATCH`` schedules, every tenth of them interfered with; return what failed."""
    failed = []
    for seed in range(first, first + BATCH):
        try:
            run_seed(seed)
            if seed % 10 == 0:
                _, turns = simulate(seed)
                run_seed(seed, 1 + seed * 7919 % turns)
        except ScheduleFailedError as error:
            failed.append(str(error))
    return failed


def run_all(seeds: int) -> int:
    """Run schedules on all cores, with progress on stderr; return how many failed."""
    began, failures = time.monotonic(), 0
    batches = range(0, seeds, BATCH)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done, failed in enumerate(pool.map(run_batch, batches), 1):
            failures += len(failed)
            for line in failed:
                print(line, flush=True)
            if done % 20 == 0 or done == len(batches):
                rate = done * BATCH / (time.monotonic() - began)
                text = f"simulation: {done * BATCH} of {seeds} schedules, {rate:.0f} a second"
                print(f"{text}, {failures} failed", file=sys.stderr, flush=True)
    return failures


def main() -> int:
    """Run one schedule or many; return the exit status."""
    logging.disable()  # disks break here all the time
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000, help="how many schedules to run")
    parser.add_argument("--seed", type=int, help="run this one, and show what happened")
    parser.add_argument("--turn", type=int, default=0, help="cancel a reader at this turn")
    arguments = parser.parse_args()
    if arguments.seed is None:
        return 1 if run_all(arguments.seeds) else 0
    try:
        world, turns = simulate(arguments.seed, arguments.turn)
        print(f"{turns} turns")
        for ran in world.runs:
            print(f"run: {ran.reader}, {ran.policy}, {ran.limits}, refused: {ran.refused}")
            for event in ran.events:
                print(f"  {event.time_ns / 1e9:9.3f} {event.event}")
        check(world)
    except Exception:  # noqa: BLE001 - whatever it is, it is shown
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
