"""Runs hostile programs through a toolrunner: ``python -m bench.attackers ADDRESS``.

A separate process, so that it takes no time from the client whose calls are timed beside it. Prints
one JSON line at the end: how many programs ran, and how many ended unexpectedly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os

from tests.hostile.campaign import is_as_expected, run_steps
from tests.hostile.program_files import Program, programs

AT_ONCE = 4
TENANT = "attackers"


async def attack(address: str, every: int) -> dict[str, int]:
    """Run every ``every``th program, several at once; return the counts."""
    waiting = programs()[::every]
    attacks, unexpected = len(waiting), 0

    async def work() -> None:
        nonlocal unexpected
        while waiting:
            unexpected += not await ends_as_it_must(address, waiting.pop())

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return {"attacks": attacks, "unexpected": unexpected}


async def ends_as_it_must(address: str, program: Program) -> bool:
    """Run a program; return whether each step ended as its header allows."""
    ends, _, _ = await run_steps(address, program, TENANT)
    if len(ends) != len(program.steps):
        return False
    pairs = zip(ends, program.steps, strict=True)
    return all(is_as_expected(end, step.ways) for end, step in pairs)


def main() -> None:
    """Attack and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.attackers", description=__doc__)
    parser.add_argument("address", help="of the toolrunner")
    parser.add_argument("--every", type=int, default=1, help="run only every Nth program")
    arguments = parser.parse_args()
    os.nice(19)
    counts = asyncio.run(attack(arguments.address, arguments.every))
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
