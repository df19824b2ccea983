"""Long-running work does not hold up others: its priority drops, and a spare worker steps in."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.priority import LOWER_BY, Priority, can_be_restored
from services.toolrunner.pool.process import SubprocessLauncher
from services.toolrunner.pool.shared_load import LoadReport
from services.toolrunner.pool.work import Stage
from tests.toolrunner.clients import opened_stream, runner_process
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, tenant, until
from tests.toolrunner.programs import TOOLS
from tests.toolrunner.scripted_worker import ScriptedLauncher

PROGRAM = program()

LOWEST = 19


def holding(launcher: ScriptedLauncher) -> int:
    """Return how many workers have idle priority."""
    return sum(worker.priorities[-1:] == [Priority.IDLE] for worker in launcher.started)


async def run_long(
    pool: WorkerPool, launcher: ScriptedLauncher, name: str, host: str = ""
) -> Recorder:
    """Start a call that occupies its worker until its priority is lowered."""
    sink, before = Recorder(), holding(launcher)
    pool.call(PROGRAM, call_of("run"), sink, tenant(name, host))
    await until(lambda: holding(launcher) > before)
    return sink


async def start_spares(pool: WorkerPool, launcher: ScriptedLauncher, count: int) -> None:
    """Let a neighbour's call wait, for which the spare workers are started."""
    already, sink = len(launcher.started), Recorder()
    pool.call(PROGRAM, call_of("echo"), sink, tenant("quiet"))
    await sink.outcome()
    await until(lambda: len(pool.jail_report) == already + count)


async def test_spare_worker_takes_neighbours_calls() -> None:
    async with scripted_pool(1, spares=1) as (pool, launcher):
        long, neighbour = await run_long(pool, launcher, "busy"), Recorder()
        assert len(launcher.started) == 1
        pool.call(PROGRAM, call_of("echo", "7"), neighbour, tenant("quiet"))
        assert (await neighbour.outcome()).output_json == "7"
        assert not long.outcomes
        assert len(launcher.started) == 2


async def test_long_running_worker_has_idle_priority_until_free() -> None:
    async with scripted_pool(1, spares=1) as (pool, launcher):
        long = await run_long(pool, launcher, "busy")
        (worker, *_) = launcher.started
        worker.done(worker.starts()[0].work_id, "1")
        await long.outcome()
        assert worker.priorities == [Priority.IDLE, Priority.NORMAL]


async def test_old_work_is_not_starved() -> None:
    async with scripted_pool(1) as (pool, launcher):
        pool.call(PROGRAM, call_of("run", timeout_s=0.2), Recorder())
        await until(lambda: launcher.started[0].priorities == [Priority.IDLE, Priority.LOW])


async def test_recent_long_runner_starts_at_idle_priority() -> None:
    async with scripted_pool(1) as (pool, launcher):
        (worker,) = launcher.started
        long = await run_long(pool, launcher, "busy")
        worker.done(worker.starts()[0].work_id, "1")
        await long.outcome()
        for name, priorities in (("quiet", []), ("busy", [Priority.IDLE, Priority.NORMAL])):
            worker.priorities.clear()
            sink = Recorder()
            pool.call(PROGRAM, call_of("echo"), sink, tenant(name))
            await sink.outcome()
            assert worker.priorities == priorities


async def test_short_work_uses_at_most_one_worker_per_core() -> None:
    async with scripted_pool(1, spares=1) as (pool, launcher):
        await run_long(pool, launcher, "first")
        await start_spares(pool, launcher, 1)
        worker = launcher.started[0]
        worker.done(worker.starts()[0].work_id, "1")
        await until(lambda: not holding(launcher))
        sinks = [Recorder(), Recorder()]
        for sink in sinks:
            pool.call(PROGRAM, call_of("run"), sink, tenant("second"))
        running = [len(each.starts()) for each in launcher.started]
        assert sum(running) <= 3  # the first call, the one that waited, and one of these


async def test_last_idle_worker_is_reserved_for_other_tenants() -> None:
    async with scripted_pool(1, spares=2) as (pool, launcher):
        await run_long(pool, launcher, "busy")
        await start_spares(pool, launcher, 2)
        await run_long(pool, launcher, "busy")
        more, neighbour = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("echo"), more, tenant("busy"))
        pool.call(PROGRAM, call_of("echo"), neighbour, tenant("quiet"))
        await neighbour.outcome()
        assert not more.outcomes
        worker = next(each for each in launcher.started if each.priorities)
        worker.done(worker.starts()[0].work_id, "1")
        assert (await more.outcome()).failure is None


async def test_last_idle_worker_is_reserved_for_other_hosts_and_short_runners() -> None:
    async with scripted_pool(1, spares=3) as (pool, launcher):
        known, unknown, elsewhere = Recorder(), Recorder(), Recorder()
        pool.call(PROGRAM, call_of("echo"), known, tenant("known", "crowd"))
        await known.outcome()
        await run_long(pool, launcher, "1", "crowd")
        await start_spares(pool, launcher, 3)
        for name in ("2", "3"):
            await run_long(pool, launcher, name, "crowd")
        pool.call(PROGRAM, call_of("echo"), unknown, tenant("4", "crowd"))
        assert not unknown.outcomes
        known = Recorder()
        pool.call(PROGRAM, call_of("echo"), known, tenant("known", "crowd"))
        assert (await known.outcome()).failure is None
        pool.call(PROGRAM, call_of("echo"), elsewhere, tenant("elsewhere"))
        assert (await elsewhere.outcome()).failure is None
        assert not unknown.outcomes


async def test_loading_a_program_does_not_make_a_short_runner() -> None:
    async with scripted_pool(1, spares=3) as (pool, launcher):
        report: asyncio.Future[LoadReport] = asyncio.get_running_loop().create_future()
        pool.load(program("export default 4"), report.set_result, tenant("4", "crowd"))
        await report
        await run_long(pool, launcher, "1", "crowd")
        await start_spares(pool, launcher, 3)
        for name in ("2", "3"):
            await run_long(pool, launcher, name, "crowd")
        unknown, elsewhere = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("echo"), unknown, tenant("4", "crowd"))
        pool.call(PROGRAM, call_of("echo"), elsewhere, tenant("elsewhere"))
        assert (await elsewhere.outcome()).failure is None
        assert not unknown.outcomes


async def test_without_spares_no_worker_is_reserved() -> None:
    async with scripted_pool(2) as (pool, launcher):
        await run_long(pool, launcher, "busy")
        more = Recorder()
        pool.call(PROGRAM, call_of("echo"), more, tenant("busy"))
        assert (await more.outcome()).failure is None
        assert len(launcher.started) == 2


async def test_call_behind_resumed_timer_moves_to_another_worker() -> None:
    """The worker took up a suspended call by itself, just when the front sent it another."""
    async with scripted_pool(1, spares=1) as (pool, launcher):
        (worker,) = launcher.started
        timed, behind = Recorder(), Recorder()
        work = pool.call(PROGRAM, call_of("suspend"), timed, tenant("busy"))
        await until(lambda: work.stage is Stage.SUSPENDED)
        pool.call(PROGRAM, call_of("stuck"), behind, tenant("quiet"))
        worker.resumed(work.work_id)
        await until(lambda: len(launcher.started) == 2 and launcher.started[1].starts())
        assert worker.kinds()[-1] == "cancel"
        other = launcher.started[1]
        other.done(other.starts()[0].work_id, '"elsewhere"')
        assert (await behind.outcome()).output_json == '"elsewhere"'
        assert not timed.outcomes


async def test_worker_with_resumed_call_is_not_idle() -> None:
    async with scripted_pool(1) as (pool, launcher):
        (worker,) = launcher.started
        timed, after = Recorder(), Recorder()
        work = pool.call(PROGRAM, call_of("suspend"), timed)
        await until(lambda: work.stage is Stage.SUSPENDED)
        worker.resumed(work.work_id)
        await until(lambda: work.stage is Stage.RUNNING)
        pool.call(PROGRAM, call_of("echo"), after)
        worker.suspended(work.work_id)
        assert (await after.outcome()).failure is None
        worker.done(work.work_id, "1")
        assert (await timed.outcome()).output_json == "1"


async def test_real_worker_priority_is_lowered_and_raised() -> None:
    sock, process = await SubprocessLauncher().start()
    with sock:
        assert sock.recv(1)  # it is ready, so all its threads have started
        usual = scheduling(process.pid)
        seen = []
        for priority in (Priority.IDLE, Priority.LOW, Priority.NORMAL):
            process.set_priority(priority)
            seen.append(scheduling(process.pid))
        process.kill()
        await process.wait()
    ((_, nice),) = usual
    low = {(os.SCHED_OTHER, min(LOWEST, nice + LOWER_BY))}  # these tests may run lowered
    lowered = [{(os.SCHED_IDLE, nice)}, low, usual]
    assert seen == (lowered if can_be_restored() else [usual] * 3)


def scheduling(pid: int) -> set[tuple[int, int]]:
    """Return scheduling class and niceness of a process's threads but the first."""
    threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
    return {
        (os.sched_getscheduler(each), os.getpriority(os.PRIO_PROCESS, each))
        for each in threads
        if each != pid
    }


async def test_neighbour_is_served_while_tenant_is_at_its_limit() -> None:
    with runner_process(workers="1", spare_workers="1") as own:
        async with AsyncExitStack() as stack:
            hogs = []
            for _ in range(3):
                busy = opened_stream(own.address, TOOLS, tenant="busy")
                hogs.append(await stack.enter_async_context(busy))
                await hogs[-1].start("loops")
            quiet = opened_stream(own.address, TOOLS, tenant="quiet")
            neighbour = await stack.enter_async_context(quiet)
            for _ in range(3):
                assert (await neighbour.run("echo", "1")).output == "1"
            for hog in hogs:
                await hog.send(cancel=pb.Cancel(call_id="call-1"))
                assert (await hog.end("call-1")).kind == "CANCELLED"
