"""Several executors of one PostgreSQL, and everything that may come between them and it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases.postgres import Postgres, postgres_running
from tests.databases.proxy import Fault, Proxy, proxied
from tests.repeats import soaking
from tests.survival.stage import Stage, stage
from tests.survival.world import Script

SEED = 21
LEASE_S = 1.0
AWAY_S = 2.5  # long enough for others to take over
pytestmark = pytest.mark.timeout(3600)


def times(usual: int, soak: int) -> int:
    return soak if soaking() else usual


@dataclass(frozen=True)
class Cluster:
    """Executors, each with a proxy before the database."""

    stage: Stage
    proxies: Sequence[Proxy]


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """A server that no other test uses, for tests that end it."""
    with postgres_running() as server:
        yield server


@asynccontextmanager
async def cluster(
    folder: Path, postgres: Postgres, executors: int = 2, seed: int = SEED
) -> AsyncIterator[tuple[Cluster, str]]:
    """Start executors on a fresh database; yield them with the database's name."""
    with ExitStack() as stack:
        name = stack.enter_context(postgres.database()).rpartition("/")[2]
        proxies = [stack.enter_context(proxied(postgres.port)) for _ in range(executors)]
        databases = [
            {
                "CAISSON_EXECUTOR_DATABASE_URL": postgres.url(name, proxy.port),
                "CAISSON_EXECUTOR_RUN_LEASE_S": str(LEASE_S),
            }
            for proxy in proxies
        ]
        async with stage(folder, databases, seed) as scene:
            yield Cluster(scene, proxies), name


async def test_frozen_owner_does_nothing_twice(tmp_path: Path, postgres: Postgres) -> None:
    async with cluster(tmp_path, postgres) as (made, _):

        async def freeze(number: int) -> None:
            executor = made.stage.executors[number % 2]
            made.stage.lost()
            executor.freeze()
            await asyncio.sleep(AWAY_S)
            executor.thaw()

        judged = await made.stage.play(times(3, 60), freeze, sessions=3)
        print("frozen:", made.stage.report())
    assert judged.resumed


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.STALL, Fault.REFUSE], ids=lambda f: f.value)
async def test_partitioned_owner_does_nothing_twice(
    tmp_path: Path, postgres: Postgres, fault: Fault
) -> None:
    async with cluster(tmp_path, postgres) as (made, _):

        async def part(number: int) -> None:
            proxy = made.proxies[number % 2]
            made.stage.lost()
            await asyncio.to_thread(proxy.set, fault)
            await asyncio.sleep(AWAY_S)
            await asyncio.to_thread(proxy.set, Fault.NONE)

        judged = await made.stage.play(times(2, 40), part, sessions=3)
        print(f"{fault.value}:", made.stage.report())
    assert judged.resumed


async def test_runs_survive_restarts_of_the_server(tmp_path: Path) -> None:
    with own_postgres() as server:
        async with cluster(tmp_path, server, executors=3) as (made, _):

            async def restart(number: int) -> None:
                how = ("fast", "immediate")[number % 2]
                made.stage.lost()
                await asyncio.to_thread(server.restart, how)
                await asyncio.sleep(1.0)

            await made.stage.play(times(3, 60), restart)
            print("restarts:", made.stage.report())
        assert made.stage.judged.runs


async def test_runs_survive_a_fail_over_to_the_standby(tmp_path: Path) -> None:
    with own_postgres() as primary:
        folder = primary.data.parent.with_name("standby")
        async with cluster(tmp_path, primary) as (made, _):
            standby = await asyncio.to_thread(primary.standby, folder)
            try:

                async def fail_over(_: int) -> None:
                    made.stage.lost()
                    await asyncio.to_thread(primary.kill)
                    await asyncio.to_thread(standby.promote)
                    for proxy in made.proxies:
                        await asyncio.to_thread(proxy.point_at, standby.port)

                await made.stage.play(1, fail_over, between=(100, 200))
                print("fail-over:", made.stage.report())
                assert made.stage.judged.runs
            finally:
                await asyncio.to_thread(standby.stop, "immediate")


async def test_full_disk_of_the_server_loses_nothing(tmp_path: Path, postgres: Postgres) -> None:
    async with cluster(tmp_path, postgres) as (made, name):

        async def fill(number: int) -> None:
            table = ("events", "records")[number % 2]
            made.stage.lost()
            await asyncio.to_thread(postgres.fill_disk, name, table)
            await asyncio.sleep(AWAY_S)
            await asyncio.to_thread(postgres.free_disk, name, table)

        await made.stage.play(times(2, 20), fill)
        print("disk full:", made.stage.report())
    assert made.stage.judged.runs


async def test_three_executors_share_runs_and_kills(tmp_path: Path, postgres: Postgres) -> None:
    async with cluster(tmp_path, postgres, executors=3) as (made, _):

        async def kill(number: int) -> None:
            executor = made.stage.executors[number % 3]
            made.stage.lost()
            await executor.kill()
            await asyncio.sleep(AWAY_S)
            await executor.start()

        judged = await made.stage.play(times(3, 60), kill, at_once=6, sessions=2)
        print("three:", made.stage.report())
    assert judged.resumed


async def test_fifty_subscribers_see_the_same(tmp_path: Path, postgres: Postgres) -> None:
    """Some are slow, some connect again each second, at either executor, and one is killed."""
    async with cluster(tmp_path, postgres) as (made, _):
        clients, scene = made.stage.clients, made.stage
        script = Script("watched", SEED, steps=3, words=60, gap_s=0.02)
        run_id = await clients.create(script)
        ways = [(0.0, 10.0), (0.05, 10.0), (0.0, 1.0)]  # seconds between reads, of a connection
        watching = [
            asyncio.create_task(clients.watch(run_id, slow_s=slow_s, longest_s=longest_s))
            for slow_s, longest_s in (ways[at % 3] for at in range(50))
        ]
        await clients.progress.reach(1000)
        scene.lost()
        await scene.executors[0].kill()
        await scene.executors[0].start()
        watched = await asyncio.gather(*watching)
        log = await clients.watch(run_id, quiet=True)
        scene.judged.take(script, log, watched, scene.world)
        print("fifty:", scene.report())
