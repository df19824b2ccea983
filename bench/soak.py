"""Makes many tool calls, alternating between two tenants: ``python -m bench.soak [--calls N]``.

A tenth of them are calls of short runs, whose bundle reads a value of the run as it loads: each has
an image of its own. Each call looks for traces of earlier calls and leaves its own canary; process
resources are sampled along the way. Prints JSON lines: the machine, a line after each twentieth of
the calls, and a verdict. Exits with 1 when a canary crossed or something grew, and with 130 when
interrupted, leaving no process behind.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time

from bench.canary_tenants import MARK, Tenant, tenant
from bench.machine import describe
from bench.memory import Held, held_by
from bench.report import progress, report
from bench.verdict import MEMORY_SLACK_KIB, Verdict
from services.cli.hosting import all_started, private_toolrunner

PARTS = 20
CALLS = 200_000
CALLS_OF_A_RUN = 5
WARM_PARTS = 4
INTERRUPTED = 130
# A spare worker that starts midway, on a busy machine, would look like growth.
SETTINGS = {"CAISSON_TOOLRUNNER_SPARE_WORKERS": "0"}


async def soak(calls: int, slack_kib: int = MEMORY_SLACK_KIB) -> Verdict:
    """Make the calls; return what crossed and what grew."""
    async with private_toolrunner(SETTINGS) as toolrunner:
        await all_started(toolrunner)
        samples: list[Held] = []
        crossed: list[str] = []
        began = time.perf_counter()
        for part in range(1, PARTS + 1):
            crossed += await visit(toolrunner.address, calls // PARTS)
            samples.append(held_by(toolrunner.process.pid))
            report_part(part * (calls // PARTS), time.perf_counter() - began, samples[-1])
    return Verdict(calls, crossed, samples[WARM_PARTS:], slack_kib)


async def visit(address: str, calls: int) -> list[str]:
    """Make calls on a stream of each tenant, and beside them runs; return what crossed."""
    async with tenant(address, "red") as red, tenant(address, "blue") as blue:
        crossed, _ = await asyncio.gather(
            make_runs(address, calls // 10 // CALLS_OF_A_RUN),
            make_calls(red, blue, calls - calls // 10),
        )
        return [*red.crossed, *blue.crossed, *crossed]


async def make_runs(address: str, runs: int) -> list[str]:
    """Make runs of the tenants' bundles, each with an image of its own; return what crossed."""
    crossed: list[str] = []
    for number in range(runs):
        given = f"{MARK}run-{secrets.token_hex(8)}"
        async with tenant(address, ("red", "blue")[number % 2], given) as own:
            for _ in range(CALLS_OF_A_RUN):
                await own.probe()
            crossed += own.crossed
    return crossed


async def make_calls(red: Tenant, blue: Tenant, calls: int) -> None:
    """Alternate calls: red, blue, blue, red, so that each tenant follows either.

    Two more calls of each tenant are in flight at the same time, to share the workers.
    """

    async def turns(count: int) -> None:
        for _ in range(count // 4):
            for each in (red, blue, blue, red):
                await each.probe()

    await asyncio.gather(turns(calls // 2), turns(calls - calls // 2))


def report_part(done: int, seconds: float, held: Held) -> None:
    """Print the resources held after this many calls."""
    report(
        {
            "measure": "soak",
            "calls": done,
            "seconds": round(seconds, 1),
            "pssMiB": round(held.pss_kib / 1024, 1),
            "ownMiB": round(held.own_kib / 1024, 1),
            "descriptors": held.descriptors,
            "threads": held.threads,
            "processes": held.processes,
        }
    )


def main() -> int:
    """Run the soak; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help=f"how many; default {CALLS}")
    arguments = parser.parse_args()
    report(describe())
    progress(f"{arguments.calls} calls for two tenants; Ctrl-C ends it")
    try:
        verdict = asyncio.run(soak(arguments.calls))
    except KeyboardInterrupt:
        progress("interrupted before the verdict")
        return INTERRUPTED
    report(verdict.as_fields())
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
