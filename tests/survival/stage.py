"""Executors of one database with their world, and a load of runs that goes on while faults come."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.e2e.pair import COMPILED
from tests.survival.clients import Clients
from tests.survival.executors import ExecutorProcess, zygote
from tests.survival.judging import Judged
from tests.survival.world import Script, World, world

WATCHERS = 2
LONGEST_S = 120.0  # of one point, with all that it takes on a busy machine


@dataclass(eq=False)
class Stage:
    """Executors, their world and their clients.

    ``faulted`` are the times at which an executor was lost.
    """

    executors: list[ExecutorProcess]
    world: World
    clients: Clients
    chance: random.Random
    judged: Judged = field(default_factory=Judged)
    faulted: list[float] = field(default_factory=list)
    _begun: int = 0

    async def play(
        self,
        faults: int,
        fault: Callable[[int], Awaitable[None]],
        *,
        at_once: int = 4,
        between: tuple[int, int] = (5, 200),
        sessions: int = 0,
    ) -> Judged:
        """Keep runs going until there were so many faults, then let them end, and judge them.

        Args:
            faults: how many faults come.
            fault: makes the one of this number.
            at_once: how many runs there are at any time.
            between: how many events are seen between two faults, at least and at most.
            sessions: in how many sessions the runs are; 0: in none.
        """
        over = asyncio.Event()

        async def disturb() -> None:
            for number in range(faults):
                wanted = self.clients.progress.events + self.chance.randint(*between)
                async with asyncio.timeout(LONGEST_S):
                    await self.clients.progress.reach(wanted)
                await fault(number)
            over.set()

        async def load(number: int) -> None:
            session = f"session {number % sessions}" if sessions else ""
            while not over.is_set():
                await self.one_run(session)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(disturb())
            for number in range(at_once):
                tasks.create_task(load(number))
        return self.judged

    async def one_run(self, session: str = "") -> None:
        """Create a run, watch it to its end, and judge it."""
        self._begun += 1
        seed = self.chance.randrange(1 << 30)
        script = Script(f"run{self._begun}", seed, steps=self.chance.randint(1, 3))
        async with asyncio.timeout(LONGEST_S):
            run_id = await self.clients.create(script, session)
            watched = await asyncio.gather(*[self.clients.watch(run_id) for _ in range(WATCHERS)])
            log = await self.clients.watch(run_id, quiet=True)
        self.judged.take(script, log, watched, self.world)

    def lost(self) -> None:
        """Note that an executor is lost now."""
        self.faulted.append(time.monotonic())

    def take_over(self) -> tuple[float, float]:
        """Return median and maximum of the seconds from a loss until a run went on."""
        took = []
        for at in self.clients.resumed.values():
            before = [each for each in self.faulted if each <= at]
            if before:
                took.append(at - max(before))
        return (statistics.median(took), max(took)) if took else (0.0, 0.0)

    def report(self) -> str:
        """Return what was seen, in one line."""
        half, most = self.take_over()
        return (
            f"{self.judged!r}; faults={len(self.faulted)}, take-over p50 {half:.2f} s, "
            f"max {most:.2f} s; retries={len(self.clients.refusals)}"
        )


@asynccontextmanager
async def stage(
    folder: Path, databases: Sequence[Mapping[str, str]], seed: int, toolrunner: str = ""
) -> AsyncIterator[Stage]:
    """Start an executor for each of ``databases``, the variables that name one, and a world.

    Without ``toolrunner``, the address of one or more, one is started, too.
    """
    runner = ToolRunnerSettings(address="127.0.0.1:0", workers=2, cache_dir=str(COMPILED))
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(world())
        if not toolrunner:
            toolrunner = await stack.enter_async_context(running_toolrunner(runner))
        forks = await stack.enter_async_context(zygote(made.model_url))
        common = {
            "CAISSON_EXECUTOR_ADDRESS": "127.0.0.1:0",
            "CAISSON_EXECUTOR_TOOLRUNNER": toolrunner,
            "CAISSON_EXECUTOR_CACHE_DIR": str(folder / "cache"),
            "CAISSON_EXECUTOR_PARSERS": "1",
            "CAISSON_EXECUTOR_ALLOW_FETCH": made.counter_host,
            "CAISSON_EXECUTOR_DRAIN_S": "0",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": made.model_url,
        }
        chance = random.Random(seed)
        executors = [
            ExecutorProcess(forks, f"executor{number}", folder, {**common, **database})
            for number, database in enumerate(databases)
        ]
        clients = Clients(executors, chance, made.counter_url)
        built = Stage(executors, made, clients, chance)
        try:
            await asyncio.gather(*[each.start() for each in executors])
            yield built
        except BaseException:
            for each in executors:
                print(f"{each.name}:\n{each.log[-8000:]}")
            print("refusals:", clients.refusals[-10:])
            raise
        finally:
            await asyncio.gather(*[each.close() for each in executors])
