"""When a worker's memory is full, the largest tenant's calls end first."""

from __future__ import annotations

import asyncio

from services.toolrunner.domain import MIB
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.work import Stage, Work
from services.toolrunner.pool.worker_bounds import WorkerBounds
from services.toolrunner.tenants import Tenant
from tests.toolrunner.clients import opened_stream, runner_process
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, tenant, until
from tests.toolrunner.programs import tool_program
from tests.toolrunner.scripted_worker import ScriptedLauncher

PROGRAM = program()
HOLDS = """
  const all = new Uint8Array(input.mib << 20).fill(1);
  await new Promise((done) => setTimeout(done, input.ms));
  return all.length;
"""


async def waiting_call(
    pool: WorkerPool, launcher: ScriptedLauncher, whose: Tenant, memory_bytes: int
) -> tuple[Work, Recorder]:
    """Start a call that waits and holds so much memory."""
    sink = Recorder()
    work = pool.call(PROGRAM, call_of("run"), sink, whose)
    await until(lambda: work.work_id in [each.work_id for each in launcher.started[0].starts()])
    launcher.started[0].suspended(work.work_id, memory_bytes)
    await until(lambda: work.stage is Stage.SUSPENDED)
    return work, sink


async def test_largest_tenant_loses_its_largest_calls_first() -> None:
    async with scripted_pool(worker=WorkerBounds(memory_bytes=2000 * MIB)) as (pool, launcher):
        (worker,) = launcher.started
        ours = [
            await waiting_call(pool, launcher, tenant("busy"), size * MIB)
            for size in (300, 600, 300)
        ]
        _, theirs = await waiting_call(pool, launcher, tenant("quiet"), 250 * MIB)
        worker.memory = 2001 * MIB
        runs = Recorder()
        running = pool.call(PROGRAM, call_of("run"), runs, tenant("third"))
        await until(lambda: ours[1][1].outcomes)
        assert await ours[1][1].failure() == "MEMORY_EXCEEDED"
        assert "deployment's memory" in str(ours[1][1].outcomes[0].failure)
        worker.done(running.work_id, "1")
        assert (await runs.outcome()).output_json == "1"
        assert [len(sink.outcomes) for _, sink in ours] == [0, 1, 0]
        assert not theirs.outcomes
        assert not worker.dead
        assert [each.cancel.at_once for each in worker.seen if each.HasField("cancel")] == [True]


async def test_running_call_counts_towards_its_tenant() -> None:
    async with scripted_pool(worker=WorkerBounds(memory_bytes=2000 * MIB)) as (pool, launcher):
        (worker,) = launcher.started
        _, theirs = await waiting_call(pool, launcher, tenant("quiet"), 300 * MIB)
        runs = Recorder()
        pool.call(PROGRAM, call_of("run"), runs, tenant("busy"))
        worker.memory = 2100 * MIB
        assert await runs.failure() == "MEMORY_EXCEEDED"
        worker.memory = 300 * MIB
        assert not theirs.outcomes
        after = Recorder()
        pool.call(PROGRAM, call_of("echo"), after, tenant("quiet"))
        assert (await after.outcome()).failure is None


async def test_worker_starts_no_call_that_may_not_fit() -> None:
    async with scripted_pool(worker=WorkerBounds(memory_bytes=2000 * MIB)) as (pool, launcher):
        (worker,) = launcher.started
        held = [await waiting_call(pool, launcher, tenant("busy"), 500 * MIB) for _ in range(3)]
        more, theirs = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("echo"), more, tenant("busy"))
        pool.call(PROGRAM, call_of("echo"), theirs, tenant("quiet"))
        assert (await theirs.outcome()).failure is None
        assert not more.outcomes
        worker.done(held[0][0].work_id, "1")
        assert (await more.outcome()).failure is None


async def test_tenant_that_fills_memory_ends_no_calls_of_neighbours() -> None:
    """The busy tenant's calls start small, and grow once they all wait."""
    body = """
      await new Promise((done) => setTimeout(done, 1500));
      const all = new Uint8Array(input << 20).fill(1);
      await new Promise((done) => setTimeout(done, 3000));
      return all.length;
    """
    settings = {"workers": "1", "worker_memory_bytes": str(700 * MIB)}
    with runner_process(**settings) as own:
        before = own.workers()
        async with (
            opened_stream(own.address, tool_program(body), tenant="a/busy") as busy,
            opened_stream(own.address, tool_program(HOLDS), tenant="b/quiet") as quiet,
        ):
            ids = [await busy.start("run", "64") for _ in range(16)]
            mine = asyncio.create_task(quiet.run("run", '{"mib": 20, "ms": 6000}'))
            ends = [await busy.receive() for _ in ids]
            kinds = [end.result.failure.kind for end in ends if end.result.HasField("failure")]
            assert {4} == set(kinds)
            assert 4 <= len(kinds) < len(ids)
            assert (await mine).output == str(20 << 20)
        assert own.workers() == before
