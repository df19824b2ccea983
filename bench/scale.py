"""Several toolrunners: calls a second, warm images by placement, and one that is killed.

``python -m bench.scale [--seconds N] [--programs N] [--share CORES]`` prints JSON lines. With
``--share``, each toolrunner has so much of a processor, as if on machines of their own.

Each toolrunner is a process with one worker. Runs are made by this process: each opens a stream as
an executor does, waits for its program, and makes some calls. A run is *warm* if its toolrunner had
loaded its program before.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bench.cpu_shares import cpu_shares
from bench.report import milliseconds, progress, report
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.fleet import RunnerFleet
from services.executor.adapters.toolrunner.one_runner import OneRunner
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program
from services.executor.limits import ToolCallLimits
from services.executor.runner_settings import parse_addresses
from tests.egress.brokers import asking
from tests.scale.runners import RunnerProcess, toolrunners
from tests.toolrunner.programs import tool_program

COUNTS: Final = (1, 2, 4)
CALLS: Final = 4
RUNS_AT_ONCE: Final = 8
"""For each toolrunner: fewer leave one of several without work at times."""
WORK: Final = "let x = 0; for (let i = 0; i < 20000; i++) x += i; return x;"
SEED: Final = 1


def program(number: int) -> Program:
    """Return a program of its own digest, whose tool computes for some milliseconds."""
    source = tool_program(f"/* {number} */ {WORK}")
    return Program("sha256:" + hashlib.sha256(source).hexdigest(), True, source)


async def hear(_: ConsoleLine) -> None:
    """Hear nothing."""


class RandomFleet(RunnerFleet):
    """Places streams at random, to compare."""

    async def chosen(self, digest: str, without: object) -> OneRunner:
        """Return any toolrunner."""
        await super().chosen(digest, ())
        return random.choice(list(self._runners.values()))


@dataclass
class Load:
    """Runs one after the other, at several places at once, until a time."""

    fleet: RunnerFleet
    programs: list[Program]
    until: float
    calls: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    failed: int = 0
    warm: int = 0
    seen: set[tuple[str, str]] = field(default_factory=set)

    async def run(self, number: int) -> None:
        """Run some programs, by chance."""
        chance = random.Random(SEED + number)
        client = ToolRunnerClient("", runners=self.fleet)
        while time.perf_counter() < self.until:
            of = chance.choice(self.programs)
            began = time.perf_counter()
            async with (
                asking("a.test") as tool,
                client.open("bench", of, ToolCallLimits(), tool.run, "") as session,
            ):
                await session.opened()
                self.loads.append(time.perf_counter() - began)
                for index in range(CALLS):
                    await self._call(session, index)

    async def _call(self, session: object, index: int) -> None:
        began = time.perf_counter()
        invocation = ToolInvocation("demo", "run", "{}", {}, f"c{index}")
        result = await session.call(invocation, hear, lambda: None)  # type: ignore[attr-defined]
        self.calls.append(time.perf_counter() - began)
        self.failed += result.failure is not None


class Counting(Load):
    """Counts warm runs: it sees where its fleet places them."""

    def watch(self) -> None:
        """Note each placement from now on."""
        chosen = self.fleet.chosen

        async def noted(digest: str, without: object) -> OneRunner:
            runner = await chosen(digest, without)  # type: ignore[arg-type]
            if digest:
                self.warm += (runner.address, digest) in self.seen
                self.seen.add((runner.address, digest))
            return runner

        self.fleet.chosen = noted  # type: ignore[method-assign]


@asynccontextmanager
async def fleet_of(addresses: str, kind: type[RunnerFleet]) -> AsyncIterator[RunnerFleet]:
    """Yield a fleet that knows all of its toolrunners."""
    fleet = kind(parse_addresses(addresses), 30.0)
    try:
        await fleet.connected()
        await asyncio.sleep(1.0)
        yield fleet
    finally:
        await fleet.close()


async def measure(
    count: int, kind: type[RunnerFleet], programs: int, seconds: float, share: float
) -> None:
    """Report a load on so many toolrunners, each with a share of a processor unless it is 0."""
    runners = [RunnerProcess() for _ in range(count)]
    name = "random" if kind is RandomFleet else "sticky"
    progress(f"{count} toolrunners, {name}")
    async with toolrunners(*runners) as addresses, fleet_of(addresses, kind) as fleet:
        load = Counting(fleet, [program(each) for each in range(programs)], 0.0)
        load.watch()
        pids = [each.pid for each in runners]
        with cpu_shares(pids, share):
            load.until = time.perf_counter() + seconds
            await asyncio.gather(*(load.run(each) for each in range(RUNS_AT_ONCE * count)))
    about = {"toolrunners": count, "placement": name, "programs": programs, "share": share}
    report(
        {
            "measure": "scale",
            **about,
            "cores": os.cpu_count(),
            "callsPerSecond": round(len(load.calls) / seconds, 1),
            "runs": len(load.loads),
            "warmPercent": round(100 * load.warm / max(1, len(load.loads)), 1),
            "failed": load.failed,
            "load": milliseconds(load.loads),
            "call": milliseconds(load.calls),
        }
    )


async def measure_kill(seconds: float, share: float) -> None:
    """Report a load on two toolrunners, of which one is killed halfway and started again."""
    runners = [RunnerProcess(), RunnerProcess()]
    progress("kill -9 of one of two")
    async with toolrunners(*runners) as addresses, fleet_of(addresses, RunnerFleet) as fleet:
        stack = ExitStack()
        load = Load(fleet, [program(each) for each in range(8)], time.perf_counter() + seconds)

        async def kill() -> None:
            await asyncio.sleep(seconds / 3)
            await runners[0].kill()
            await asyncio.sleep(seconds / 3)
            await runners[0].start()
            stack.enter_context(cpu_shares([runners[0].pid], share))

        with stack:
            stack.enter_context(cpu_shares([each.pid for each in runners], share))
            await asyncio.gather(kill(), *(load.run(each) for each in range(RUNS_AT_ONCE)))
    told = {"failed": load.failed, "runs": len(load.loads), "share": share}
    report(
        {
            "measure": "scale-kill",
            **told,
            "load": milliseconds(load.loads),
            "call": milliseconds(load.calls),
        }
    )


async def measure_all(programs: int, seconds: float, share: float) -> None:
    """Measure all counts, both placements, and a kill."""
    for count in COUNTS:
        await measure(count, RunnerFleet, programs, seconds, share)
    await measure(COUNTS[-1], RandomFleet, programs, seconds, share)
    await measure_kill(max(seconds, 9.0), share)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    parser.add_argument("--programs", type=int, default=24, help="how many programs runs have")
    parser.add_argument("--share", type=float, default=0.0, help="cores of each toolrunner")
    arguments = parser.parse_args()
    asyncio.run(measure_all(arguments.programs, arguments.seconds, arguments.share))


if __name__ == "__main__":
    main()
