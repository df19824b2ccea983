"""Executors are killed at seeded points of runs whose tools have effects: none is lost or doubled.

`make test` kills at some points, `make soak` at 500 for each kind of database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.databases.postgres import Postgres
from tests.repeats import soaking
from tests.survival.stage import stage

SEED = 20
LEASE = {"CAISSON_EXECUTOR_RUN_LEASE_S": "1"}


def points() -> int:
    return 500 if soaking() else 20


@pytest.mark.timeout(3600)
async def test_runs_survive_kills_of_their_only_executor(tmp_path: Path) -> None:
    database = {"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "state")}
    async with stage(tmp_path, [database], SEED) as scene:
        (executor,) = scene.executors

        async def kill(_: int) -> None:
            scene.lost()
            await executor.kill()
            await executor.start()

        judged = await scene.play(points(), kill)
        print(scene.report())
    assert judged.runs > points() / 10


@pytest.mark.timeout(3600)
async def test_runs_survive_kills_of_their_owner(tmp_path: Path, postgres: Postgres) -> None:
    with postgres.database() as url:
        database: Mapping[str, str] = {"CAISSON_EXECUTOR_DATABASE_URL": url, **LEASE}
        async with stage(tmp_path, [database, database], SEED) as scene:

            async def kill(_: int) -> None:
                executor = scene.chance.choice(scene.executors)
                scene.lost()
                await executor.kill()
                await executor.start()

            judged = await scene.play(points(), kill, sessions=3)
            print(scene.report())
    assert judged.runs > points() / 10


@pytest.mark.timeout(3600)
async def test_runs_survive_a_full_disk(tmp_path: Path) -> None:
    database = {"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "state")}
    async with stage(tmp_path, [database], SEED) as scene:
        (executor,) = scene.executors

        async def fill(_: int) -> None:
            scene.lost()
            executor.fill_disk()
            await asyncio.sleep(2.0)
            executor.free_disk()

        await scene.play(20 if soaking() else 2, fill)
        print("disk full:", scene.report())
    assert scene.judged.runs
