"""Several executors before one toolrunner, each with a share of a processor: calls a second.

``python -m bench.executor_scale [--seconds N] [--share CORES]`` prints JSON lines. Runs are spread
evenly; needs root, as ``bench.cpu_shares`` says.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from typing import Final

import grpc

from bench.asking import CALLS_OF_A_RUN, Asking, run, settings_of
from bench.cpu_shares import cpu_shares
from bench.executors import fresh_executor
from bench.report import progress, report
from services.cli.hosting import TOOLRUNNER_OF_EXECUTOR, private_toolrunner, started
from tests.loopback import listening

COUNTS: Final = (1, 2, 4)
RUNS_OF_EACH: Final = 4


async def run_until(until: float, channel: grpc.aio.Channel) -> int:
    """Run an agent again and again until a time; return the calls of tools of whole runs."""
    calls = 0
    while time.perf_counter() < until:
        await run(channel)
        calls += CALLS_OF_A_RUN
    return calls


async def measure(count: int, seconds: float, share: float) -> None:
    """Report a load on so many executors."""
    progress(f"{count} executors")
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(Asking([]).serve))
        toolrunner = await stack.enter_async_context(private_toolrunner())
        settings = {
            TOOLRUNNER_OF_EXECUTOR: toolrunner.address,
            **settings_of(f"http://127.0.0.1:{port}/v1"),
            "CAISSON_EXECUTOR_STATE_DIR": "",
            "CAISSON_EXECUTOR_LOG_LEVEL": "WARNING",
        }
        await started(toolrunner)
        executors = [
            await stack.enter_async_context(fresh_executor(settings)) for _ in range(count)
        ]
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(await started(each)))
            for each in executors
        ]
        await asyncio.gather(*(run_until(time.perf_counter() + 2, each) for each in channels))
        with cpu_shares([each.process.pid for each in executors], share):
            began = time.perf_counter()
            loads = [run_until(began + seconds, each) for each in channels * RUNS_OF_EACH]
            calls = sum(await asyncio.gather(*loads))
            took = time.perf_counter() - began
    told = {"executors": count, "share": share, "callsPerSecond": round(calls / took, 1)}
    report({"measure": "executor-scale", **told})


async def measure_all(seconds: float, share: float) -> None:
    """Measure all counts."""
    for count in COUNTS:
        await measure(count, seconds, share)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.executor_scale", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load")
    parser.add_argument("--share", type=float, default=0.15, help="cores of each executor")
    arguments = parser.parse_args()
    asyncio.run(measure_all(arguments.seconds, arguments.share))


if __name__ == "__main__":
    main()
