"""Work of a lost worker is retried once, unless it had visible effects."""

from __future__ import annotations

from services.toolrunner.messages import ProgramFailed, ProgramLoaded
from services.toolrunner.pool.shared_load import LoadReport
from services.toolrunner.pool.work import Stage
from services.toolrunner.pool.worker_bounds import WorkerBounds
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, until

PROGRAM = program()
HASTY = WorkerBounds(kill_grace_s=0.05)


async def test_lost_load_is_retried_once() -> None:
    async with scripted_pool() as (pool, launcher):
        reports: list[LoadReport] = []
        pool.load(program("hang"), reports.append)
        for number in range(2):
            await until(lambda: len(launcher.started) > number and pool.ready)  # noqa: B023
            await until(launcher.started[number].kinds)
            assert not reports
            launcher.started[number].kill()
        await until(lambda: reports)
        (report,) = reports
        assert isinstance(report, ProgramFailed)
        assert report.failure.kind.name == "RUNNER_LOST"


async def test_queued_call_survives_lost_worker() -> None:
    async with scripted_pool() as (pool, launcher):
        sink = Recorder()
        pool.call(PROGRAM, call_of("echo"), sink)
        launcher.started[0].kill()
        assert (await sink.outcome()).failure is None
        assert len(launcher.started) == 2


async def test_call_without_visible_effects_is_retried_once() -> None:
    async with scripted_pool() as (pool, launcher):
        sink = Recorder()
        pool.call(PROGRAM, call_of("run"), sink)
        await until(launcher.started[0].starts)
        launcher.started[0].kill()
        await until(lambda: len(launcher.started) == 2)
        await until(launcher.started[1].starts)
        worker = launcher.started[1]
        worker.done(worker.starts()[0].work_id, '"done"')
        assert (await sink.outcome()).output_json == '"done"'
        assert sink.beginnings == 2


async def test_call_is_not_retried_twice() -> None:
    async with scripted_pool() as (pool, launcher):
        sink = Recorder()
        pool.call(PROGRAM, call_of("crash"), sink)
        assert await sink.failure() == "RUNNER_LOST"
        assert sum(len(worker.starts()) for worker in launcher.started) == 2


async def test_call_with_visible_effects_is_not_retried() -> None:
    async with scripted_pool() as (pool, launcher):
        (worker,) = launcher.started
        wrote, asked, waited = Recorder(), Recorder(), Recorder()
        pool.call(PROGRAM, call_of("ask"), asked)
        waiting = pool.call(PROGRAM, call_of("suspend"), waited)
        await until(lambda: waiting.stage is Stage.SUSPENDED and asked.asked)
        pool.call(PROGRAM, call_of("run"), wrote)
        await until(lambda: len(worker.starts()) == 3)
        worker.line(worker.starts()[2].work_id, "seen")
        await until(lambda: wrote.lines)
        worker.kill()
        for sink in (wrote, asked, waited):
            assert await sink.failure() == "RUNNER_LOST"
            assert sink.beginnings == 1


async def test_call_past_its_deadline_is_not_retried() -> None:
    async with scripted_pool(worker=HASTY) as (pool, launcher):
        sink = Recorder()
        pool.call(PROGRAM, call_of("stuck", timeout_s=0.01), sink)
        assert await sink.failure() == "DEADLINE_EXCEEDED"
        await until(lambda: len(launcher.started) == 2 and pool.ready)
        assert launcher.started[1].starts() == []


async def test_worker_is_replaced_when_ending_calls_frees_too_little() -> None:
    bounds = WorkerBounds(memory_bytes=1000)
    async with scripted_pool(worker=bounds) as (pool, launcher):
        waits, runs, after = Recorder(), Recorder(), Recorder()
        waiting = pool.call(PROGRAM, call_of("suspend"), waits)
        await until(lambda: waiting.stage is Stage.SUSPENDED)
        pool.call(PROGRAM, call_of("run"), runs)
        launcher.started[0].memory = 1001
        assert await runs.failure() == "MEMORY_EXCEEDED"
        assert await waits.failure() == "RUNNER_LOST"
        assert "too much memory" in str(waits.outcomes[0].failure)
        assert waits.beginnings == runs.beginnings == 1
        assert launcher.started[0].dead
        pool.call(PROGRAM, call_of("echo"), after)
        assert (await after.outcome()).failure is None


async def test_retried_load_reports_its_console_once() -> None:
    async with scripted_pool() as (pool, launcher):
        reports: list[LoadReport] = []
        pool.load(program("hang"), reports.append)
        await until(launcher.started[0].kinds)
        launcher.started[0].kill()
        await until(lambda: len(launcher.started) == 2 and launcher.started[1].kinds())
        worker = launcher.started[1]
        worker.loaded(worker.seen[0].load.work_id)
        await until(lambda: reports)
        assert isinstance(reports[0], ProgramLoaded)
        assert [line.text for line in reports[0].console] == ["loading"]
