"""Both services are replaced one after the other under load, on PostgreSQL: no run is lost."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.databases.postgres import Postgres
from tests.repeats import soaking
from tests.scale.runners import RunnerProcess, toolrunners
from tests.survival.executors import ExecutorProcess
from tests.survival.stage import stage

SEED = 23
TIMES = 5
DRAIN_S = "4"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(TIMES if soaking() else 1))
async def test_no_run_is_lost_or_broken(tmp_path: Path, postgres: Postgres, number: int) -> None:
    runners = [RunnerProcess(), RunnerProcess()]
    async with AsyncExitStack() as stack:
        url = stack.enter_context(postgres.database())
        database = {
            "CAISSON_EXECUTOR_DATABASE_URL": url,
            "CAISSON_EXECUTOR_RUN_LEASE_S": "3",
            "CAISSON_EXECUTOR_DRAIN_S": DRAIN_S,
        }
        addresses = await stack.enter_async_context(toolrunners(*runners))
        databases = [database, database]
        scene = await stack.enter_async_context(
            stage(tmp_path, databases, SEED + number, addresses)
        )

        async def replace(turn: int) -> None:
            in_turn: list[RunnerProcess | ExecutorProcess] = [
                *(runners[0], scene.executors[0]),
                *(runners[1], scene.executors[1]),
            ]
            service = in_turn[turn % 4]
            if service in scene.executors:
                scene.lost()
            await service.stop()
            await service.start()

        judged = await scene.play(4, replace, at_once=4, between=(20, 60))
        print(scene.report())
    assert judged.runs >= 4
    assert set(judged.outcomes) == {"RETURNED 1"}
