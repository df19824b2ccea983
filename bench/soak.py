"""Makes many tool calls and watches memory: ``python -m bench.soak [--calls N]``.

Prints JSON lines: the machine, then memory of the toolrunner after each tenth of the calls.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from bench.machine import describe
from bench.memory import memory_of
from bench.report import report
from bench.tool_calls import Case, ToolStream, cases, tool_stream
from services.cli.hosting import all_started, private_toolrunner
from tests.real_bundles.build import build_real_bundles

PARTS = 10
IN_FLIGHT = 4


async def soak(calls: int) -> None:
    """Make the calls, and report memory as they go on."""
    case = cases(build_real_bundles())[0]
    async with private_toolrunner() as toolrunner:
        await all_started(toolrunner)
        async with tool_stream(toolrunner.address, case) as (stream, _):
            began = time.perf_counter()
            for part in range(1, PARTS + 1):
                await make_calls(stream, case, calls // PARTS)
                memory = memory_of(toolrunner.process.pid)
                done = part * (calls // PARTS)
                taken = round(time.perf_counter() - began, 1)
                report({"measure": "soak", "calls": done, "seconds": taken, **memory.as_fields()})


async def make_calls(stream: ToolStream, case: Case, calls: int) -> None:
    """Make calls, a few at a time."""

    async def work() -> None:
        for _ in range(calls // IN_FLIGHT):
            await stream.call(case)

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000, help="how many; default 20000")
    arguments = parser.parse_args()
    report(describe())
    asyncio.run(soak(arguments.calls))


if __name__ == "__main__":
    main()
