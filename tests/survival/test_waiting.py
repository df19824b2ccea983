"""Runs that wait for approvals while executors are killed: answered once, and done once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.run_pb2 import ApprovalRule
from tests.databases.postgres import Postgres
from tests.repeats import soaking
from tests.survival.stage import LONGEST_S, Stage, stage
from tests.survival.world import Script

SEED = 21
LEASE = {"CAISSON_EXECUTOR_RUN_LEASE_S": "1"}
ENDED = {pb.RUN_STATE_COMPLETED, pb.RUN_STATE_FAILED, pb.RUN_STATE_ABORTED}


def how_many() -> int:
    return 60 if soaking() else 3


async def play(scene: Stage) -> None:
    """Play runs whose calls all need an approval, one after another, and judge them."""
    clients, chance = scene.clients, scene.chance
    for number in range(how_many()):
        script = Script(f"waits{number}", chance.randrange(1 << 30), steps=2)
        async with asyncio.timeout(LONGEST_S):
            run_id = await clients.create(script, approvals=[ApprovalRule(tool="once")])
            watched = asyncio.create_task(clients.watch(run_id))
            answered = 0
            while (await clients.run(run_id)).run.state not in ENDED:
                for each in await clients.inputs(run_id):
                    await answer_and_kill(scene, run_id, each.input_id)
                    answered += 1
                await asyncio.sleep(0.02)
            log = await clients.watch(run_id, quiet=True)
        outcomes = [e.input_answered.outcome for e in log if e.HasField("input_answered")]
        assert outcomes == [pb.INPUT_OUTCOME_APPROVED] * answered
        assert answered == len(script.all_effects())
        scene.judged.take(script, log, [await watched], scene.world)
    print(scene.report())


async def answer_and_kill(scene: Stage, run_id: str, input_id: str) -> None:
    """Let two clients answer at once while an executor is killed: exactly one answer counts."""

    async def kill() -> None:
        executor = scene.chance.choice(scene.executors)
        await asyncio.sleep(scene.chance.uniform(0, 0.3))
        scene.lost()
        await executor.kill()
        await executor.start()

    answers = [scene.clients.approve(run_id, input_id, name) for name in ("one", "two")]
    told = await asyncio.gather(*answers, kill())
    assert told.count(True) == 1


@pytest.mark.timeout(3600)
async def test_waiting_runs_survive_kills_of_their_only_executor(tmp_path: Path) -> None:
    database = {"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "state")}
    async with stage(tmp_path, [database], SEED) as scene:
        await play(scene)


@pytest.mark.timeout(3600)
async def test_waiting_runs_survive_kills_of_either_executor(
    tmp_path: Path, postgres: Postgres
) -> None:
    with postgres.database() as url:
        database: Mapping[str, str] = {"CAISSON_EXECUTOR_DATABASE_URL": url, **LEASE}
        async with stage(tmp_path, [database, database], SEED) as scene:
            await play(scene)
