"""Measures Caisson on this machine: ``python -m bench [--quick]``.

Prints JSON lines on stdout, the first of which describes the machine; progress goes to stderr. It
measures, and asserts nothing.
"""

from __future__ import annotations

import argparse
import asyncio

from bench import runs, starts, tool_calls
from bench.machine import describe
from bench.report import report
from tests.real_bundles.build import build_real_bundles


async def measure(*, quick: bool) -> None:
    """Measure tool calls, then runs, then starts."""
    bundles = build_real_bundles()
    await tool_calls.measure(bundles, calls=200 if quick else 2000)
    bundle = bundles.numbers_min_cjs
    await runs.measure(bundle, bundle.read_bytes(), runs=10 if quick else 50)
    await starts.measure(starts=1 if quick else 5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, under a minute")
    arguments = parser.parse_args()
    report(describe())
    asyncio.run(measure(quick=arguments.quick))


if __name__ == "__main__":
    main()
