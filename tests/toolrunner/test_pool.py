"""How work is shared among workers, bounded, cancelled, and survives the loss of a worker."""

from __future__ import annotations

import asyncio

import pytest

from services.toolrunner.domain import Limits
from services.toolrunner.errors import OverloadedError, SetupError
from services.toolrunner.messages import HostResult, ProgramFailed, ProgramLoaded
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.shared_load import LoadReport
from services.toolrunner.pool.work import Stage
from services.toolrunner.pool.worker_bounds import PoolBounds, WorkerBounds
from tests.toolrunner.pools import Recorder, call_of, loaded, program, scripted_pool, until
from tests.toolrunner.scripted_worker import ScriptedLauncher

PROGRAM = program()
HASTY = WorkerBounds(kill_grace_s=0.05)


async def test_call_loads_its_program_once_and_returns() -> None:
    async with scripted_pool() as (pool, launcher):
        for number in range(3):
            sink = Recorder()
            pool.call(PROGRAM, call_of("echo", str(number)), sink)
            assert (await sink.outcome()).output_json == str(number)
        assert launcher.started[0].kinds() == ["load", "start", "start", "start"]


async def test_call_console_precedes_outcome_and_excludes_hidden_load() -> None:
    async with scripted_pool() as (pool, _):
        sink = Recorder()
        pool.call(PROGRAM, call_of("talk"), sink)
        await sink.outcome()
        assert sink.lines == ["1", "2", "3"]


async def test_load_reports_console_and_is_warm_next_time() -> None:
    async with scripted_pool() as (pool, _):
        first, second = await loaded(pool, PROGRAM), await loaded(pool, PROGRAM)
        assert isinstance(first, ProgramLoaded)
        assert isinstance(second, ProgramLoaded)
        assert [line.text for line in first.console] == ["loading"]
        assert (first.warm, second.warm) == (False, True)


async def test_failed_load_is_not_kept() -> None:
    async with scripted_pool() as (pool, launcher):
        for _ in range(2):
            report = await loaded(pool, program("throw"))
            assert isinstance(report, ProgramFailed)
            assert report.failure.message == "it threw"
        assert launcher.started[0].kinds() == ["load", "load"]


async def test_concurrent_loads_of_one_program_are_shared() -> None:
    async with scripted_pool(2) as (pool, launcher):
        reports = await asyncio.gather(*(loaded(pool, PROGRAM) for _ in range(5)))
        assert all(isinstance(report, ProgramLoaded) for report in reports)
        assert sum(worker.kinds().count("load") for worker in launcher.started) == 1


async def test_abandoned_load_is_cancelled() -> None:
    async with scripted_pool() as (pool, launcher):
        reports: list[LoadReport] = []
        tickets = [pool.load(program("hang"), reports.append) for _ in range(2)]
        pool.leave(tickets[0])
        await until(lambda: launcher.started[0].kinds() == ["load"])
        pool.leave(tickets[1])
        await until(lambda: launcher.started[0].kinds() == ["load", "cancel"])
        assert not reports


async def test_module_and_script_of_same_text_are_two_programs() -> None:
    async with scripted_pool() as (pool, launcher):
        await loaded(pool, program("x", is_module=True))
        await loaded(pool, program("x", is_module=False))
        first, second = (request.load for request in launcher.started[0].seen)
        assert first.digest != second.digest
        assert first.format != second.format


async def test_idle_worker_is_preferred_to_busy_one() -> None:
    async with scripted_pool(2) as (pool, launcher):
        await loaded(pool, PROGRAM)
        first, second = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("run"), first)
        pool.call(PROGRAM, call_of("echo"), second)
        await second.outcome()
        assert [len(worker.starts()) for worker in launcher.started] == [1, 1]


async def test_worker_with_the_image_is_preferred() -> None:
    async with scripted_pool(2) as (pool, launcher):
        held = program("held")
        blocker = Recorder()
        pool.call(PROGRAM, call_of("run"), blocker)
        await loaded(pool, held)
        await until(lambda: any(worker.starts() for worker in launcher.started))
        busy = next(worker for worker in launcher.started if worker.starts())
        busy.done(busy.starts()[0].work_id, "1")
        await blocker.outcome()
        sink = Recorder()
        pool.call(held, call_of("echo"), sink)
        await sink.outcome()
        assert [len(worker.starts()) for worker in launcher.started] == [1, 1]
        assert sum(worker.kinds().count("load") for worker in launcher.started) == 2


async def test_suspended_call_frees_its_worker() -> None:
    async with scripted_pool() as (pool, launcher):
        waiting, other = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("suspend"), waiting)
        pool.call(PROGRAM, call_of("echo"), other)
        await other.outcome()
        worker = launcher.started[0]
        worker.done(worker.starts()[0].work_id, '"late"')
        assert (await waiting.outcome()).output_json == '"late"'


async def test_host_call_is_answered() -> None:
    async with scripted_pool() as (pool, _):
        sink = Recorder()
        work = pool.call(PROGRAM, call_of("ask"), sink)
        await until(lambda: sink.asked == [(1, "fetch")])
        pool.deliver(work, HostResult("", 1, '"page"'))
        assert (await sink.outcome()).output_json == '"page"'


async def test_queue_is_limited() -> None:
    async with scripted_pool(queued=1) as (pool, launcher):
        running, queued = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("run"), running)
        pool.call(PROGRAM, call_of("echo"), queued)
        with pytest.raises(OverloadedError, match="1 calls wait") as caught:
            pool.call(PROGRAM, call_of("echo"), Recorder())
        assert caught.value.retry_after_s
        worker = launcher.started[0]
        await until(worker.starts)
        worker.done(worker.starts()[0].work_id, "1")
        await asyncio.gather(running.outcome(), queued.outcome())


async def test_queued_call_can_be_cancelled() -> None:
    async with scripted_pool() as (pool, launcher):
        running, queued = Recorder(), Recorder()
        first = pool.call(PROGRAM, call_of("run"), running)
        second = pool.call(PROGRAM, call_of("echo"), queued)
        pool.cancel(second)
        assert await queued.failure() == "CANCELLED"
        pool.cancel(first)
        assert await running.failure() == "CANCELLED"
        assert [start.tool for start in launcher.started[0].starts()] in ([], ["run"])


async def test_queued_call_times_out() -> None:
    async with scripted_pool() as (pool, _):
        pool.call(PROGRAM, call_of("run"), Recorder())
        queued = Recorder()
        pool.call(PROGRAM, call_of("echo", timeout_s=0.05), queued)
        assert await queued.failure() == "DEADLINE_EXCEEDED"


async def test_running_call_is_cancelled_by_its_worker() -> None:
    async with scripted_pool() as (pool, launcher):
        sink = Recorder()
        work = pool.call(PROGRAM, call_of("run"), sink)
        await until(launcher.started[0].starts)
        pool.cancel(work)
        pool.cancel(work)
        assert await sink.failure() == "CANCELLED"
        assert not launcher.started[0].dead


async def test_worker_that_ignores_a_cancel_is_killed_and_replaced() -> None:
    async with scripted_pool(worker=HASTY) as (pool, launcher):
        sink, after = Recorder(), Recorder()
        work = pool.call(PROGRAM, call_of("stuck"), sink)
        await until(launcher.started[0].starts)
        pool.cancel(work)
        assert await sink.failure() == "CANCELLED"
        assert launcher.started[0].dead
        pool.call(PROGRAM, call_of("echo"), after)
        assert (await after.outcome()).failure is None
        assert len(launcher.started) == 2


async def test_worker_that_misses_a_deadline_is_killed_and_replaced() -> None:
    async with scripted_pool(worker=HASTY) as (pool, launcher):
        sink, after = Recorder(), Recorder()
        pool.call(PROGRAM, call_of("stuck", timeout_s=0.01), sink)
        assert await sink.failure() == "DEADLINE_EXCEEDED"
        pool.call(PROGRAM, call_of("echo"), after)
        assert (await after.outcome()).failure is None
        assert launcher.started[0].dead
        assert launcher.started[0].reaped


async def test_hanging_load_ends_at_its_limit() -> None:
    bounds = WorkerBounds(load_limits=Limits(timeout_s=0.01), kill_grace_s=0.05)
    async with scripted_pool(worker=bounds) as (pool, _):
        report = await loaded(pool, program("hang"))
        assert isinstance(report, ProgramFailed)
        assert report.failure.kind.name == "DEADLINE_EXCEEDED"
        assert "top level" in report.failure.message


async def test_stuck_call_does_not_fail_waiting_neighbours() -> None:
    async with scripted_pool(worker=HASTY) as (pool, launcher):
        neighbour, stuck, after = Recorder(), Recorder(), Recorder()
        waiting = pool.call(PROGRAM, call_of("suspend"), neighbour)
        await until(lambda: waiting.stage is Stage.SUSPENDED)
        pool.call(PROGRAM, call_of("stuck", timeout_s=0.01), stuck)
        assert await stuck.failure() == "DEADLINE_EXCEEDED"
        worker = launcher.started[0]
        assert not worker.dead
        pool.call(PROGRAM, call_of("echo"), after)
        assert after.outcomes == []
        worker.done(worker.starts()[0].work_id, '"late"')
        assert (await neighbour.outcome()).output_json == '"late"'
        assert (await after.outcome()).failure is None
        assert worker.dead


async def test_late_worker_is_reused() -> None:
    async with scripted_pool(worker=HASTY) as (pool, launcher):
        neighbour, late, after = Recorder(), Recorder(), Recorder()
        waiting = pool.call(PROGRAM, call_of("suspend"), neighbour)
        await until(lambda: waiting.stage is Stage.SUSPENDED)
        pool.call(PROGRAM, call_of("stuck", timeout_s=0.01), late)
        await late.outcome()
        worker = launcher.started[0]
        worker.done(worker.starts()[1].work_id, "1")
        pool.call(PROGRAM, call_of("echo"), after)
        await after.outcome()
        assert not worker.dead
        pool.cancel(waiting)
        await neighbour.outcome()


async def test_crash_fails_only_calls_of_that_worker() -> None:
    async with scripted_pool(2) as (pool, launcher):
        other, crashed, suspended = Recorder(), Recorder(), Recorder()
        waiting = pool.call(PROGRAM, call_of("suspend"), suspended)
        await until(lambda: waiting.stage is Stage.SUSPENDED)
        pool.call(PROGRAM, call_of("crash"), crashed)
        pool.call(PROGRAM, call_of("run"), other)
        assert await crashed.failure() == "RUNNER_LOST"
        assert await suspended.failure() == "RUNNER_LOST"
        assert other.outcomes == []
        await until(lambda: len(launcher.started) == 3)


async def test_worker_that_breaks_the_protocol_is_replaced() -> None:
    async with scripted_pool() as (pool, launcher):
        sink = Recorder()
        pool.call(PROGRAM, call_of("run"), sink)
        for number in range(2):
            await until(lambda: len(launcher.started) > number)  # noqa: B023
            await until(launcher.started[number].starts)
            launcher.started[number].send_raw(b"\xff\xff\xff\xff")
        assert await sink.failure() == "RUNNER_LOST"
        await until(lambda: len(launcher.started) == 3 and pool.ready)


async def test_least_recently_used_images_are_dropped_first() -> None:
    async with scripted_pool(worker=WorkerBounds(images=2)) as (pool, launcher):
        first, second, third = program("1"), program("2"), program("3")
        await loaded(pool, first)
        await loaded(pool, second)
        sink = Recorder()
        pool.call(first, call_of("echo"), sink)
        await sink.outcome()
        await loaded(pool, third)
        worker = launcher.started[0]
        await until(lambda: "drop" in worker.kinds())
        dropped = [request.drop.digest for request in worker.seen if request.HasField("drop")]
        assert [name.startswith(second.digest) for name in dropped] == [True]


async def test_images_are_limited_by_bytes() -> None:
    async with scripted_pool(worker=WorkerBounds(image_bytes=2500)) as (pool, launcher):
        for text in "123":
            await loaded(pool, program(text))
        worker = launcher.started[0]
        await until(lambda: worker.kinds().count("drop") == 1)


async def test_jail_of_each_worker_is_reported() -> None:
    async with scripted_pool(2) as (pool, _):
        assert [report.jail for report in pool.jail_report] == [("seccomp",)] * 2
        assert [report.missing for report in pool.jail_report] == [("landlock",)] * 2


async def test_start_fails_when_worker_fails() -> None:
    launcher = ScriptedLauncher(broken=1)
    pool = WorkerPool(launcher, PoolBounds(workers=2, start_timeout_s=5.0))
    with pytest.raises(SetupError, match="did not start: it ended with status 1"):
        await pool.start()
    assert all(worker.dead and worker.reaped for worker in launcher.started)


async def test_start_fails_when_system_refuses_a_process() -> None:
    launcher = ScriptedLauncher()
    launcher.refusals = 1
    pool = WorkerPool(launcher, PoolBounds(workers=1))
    with pytest.raises(SetupError, match="the system refused it: Resource temporarily"):
        await pool.start()


async def test_replacement_is_retried_until_it_starts() -> None:
    async with scripted_pool() as (pool, launcher):
        launcher.refusals = 2
        launcher.started[0].kill()
        sink = Recorder()
        await until(lambda: not pool.ready)
        pool.call(PROGRAM, call_of("echo"), sink)
        assert (await sink.outcome()).failure is None
        assert launcher.refusals == 0


async def test_readiness_follows_workers() -> None:
    heard: list[bool] = []
    launcher = ScriptedLauncher()
    pool = WorkerPool(launcher, PoolBounds(workers=1), heard.append)
    await pool.start()
    assert heard[-1]
    launcher.started[0].kill()
    await until(lambda: heard[-2:] == [False, True])
    await pool.stop()
    assert heard[-1] is False


async def test_stop_fails_work_in_progress() -> None:
    running, queued = Recorder(), Recorder()
    async with scripted_pool() as (pool, launcher):
        pool.call(PROGRAM, call_of("run"), running)
        pool.call(PROGRAM, call_of("echo"), queued)
        await until(launcher.started[0].starts)
    assert await running.failure() == "RUNNER_LOST"
    assert await queued.failure() == "RUNNER_LOST"
