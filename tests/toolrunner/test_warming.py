"""What is called often is loaded everywhere, in nobody's way; floods of lines hold nobody up."""

from __future__ import annotations

import asyncio
from typing import cast

from services.gen.caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.domain import Program
from services.toolrunner.pool.giving_way import Pace
from services.toolrunner.pool.link import FRAMES_AT_ONCE, WorkerLink
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.warming import OFTEN
from services.toolrunner.pool.wire import HEADER, WorkerMessage
from tests.toolrunner.clients import Runner, opened_stream
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, tenant, until
from tests.toolrunner.programs import tool_program
from tests.toolrunner.scripted_worker import ScriptedLauncher

PROGRAM, ANOTHER, HANGING = program(), program("export {};"), program("hang")
FLOOD = "for (let i = 0; i < 50000; i++) console.log(''); return 1"


async def call_often(pool: WorkerPool, wanted: Program = PROGRAM) -> None:
    """Call a tool of a program so often that it is worth to have it everywhere."""
    for _ in range(OFTEN):
        sink = Recorder()
        pool.call(wanted, call_of("echo"), sink, tenant("quiet"))
        await sink.outcome()


def all_loaded(launcher: ScriptedLauncher, count: int) -> bool:
    """Return whether every worker was asked for so many loads, and has ended them."""
    return all(
        each.kinds().count("load") == count and each.paces[-1:] != [Pace.LAST]
        for each in launcher.started
    )


async def test_program_that_is_called_often_is_loaded_into_other_workers() -> None:
    async with scripted_pool(2) as (pool, launcher):
        await call_often(pool)
        other = next(each for each in launcher.started if not each.starts())
        await until(lambda: other.kinds() == ["load"])
        await until(lambda: other.paces == [Pace.LAST, Pace.USUAL])


async def test_new_worker_gets_what_is_called_often() -> None:
    async with scripted_pool(2) as (pool, launcher):
        for count, each in enumerate((PROGRAM, ANOTHER), start=1):
            await call_often(pool, each)
            await until(lambda count=count: all_loaded(launcher, count))  # type: ignore[misc] # binds now
        launcher.started[0].kill()
        await until(lambda: len(launcher.started) == 3)
        await until(lambda: launcher.started[2].kinds() == ["load", "load"])


async def test_loads_that_nobody_waits_for_are_given_up_when_something_waits() -> None:
    async with scripted_pool(2) as (pool, launcher):
        first, runs, waits = Recorder(), Recorder(), Recorder()
        pool.call(HANGING, call_of("echo"), first, tenant("other"))
        loading, warmed = launcher.started
        await until(lambda: loading.kinds() == ["load"])
        loading.loaded(loading.seen[0].load.work_id)
        await first.outcome()
        for _ in range(OFTEN - 1):
            sink = Recorder()
            pool.call(HANGING, call_of("echo"), sink, tenant("other"))
            await sink.outcome()
        await until(lambda: warmed.kinds() == ["load"])
        pool.call(PROGRAM, call_of("run"), runs, tenant("quiet"))
        pool.call(PROGRAM, call_of("echo"), waits, tenant("quiet"))
        await until(lambda: "cancel" in warmed.kinds())
        assert (await waits.outcome()).failure is None


async def test_program_whose_calls_run_long_is_not_loaded_everywhere() -> None:
    async with scripted_pool(2) as (pool, launcher):
        await call_often(pool)
        await until(lambda: all_loaded(launcher, 1))
        busy = Recorder()
        pool.call(PROGRAM, call_of("run"), busy, tenant("quiet"))
        slow = next(each for each in launcher.started if each.starts()[-1:])
        await until(lambda: any(each.paces[-1:] == [Pace.LAST] for each in launcher.started))
        for each in launcher.started:
            if each is not slow:
                each.kill()
        await until(lambda: len(launcher.started) == 3)
        await until(lambda: len(pool.jail_report) == 2)
        assert launcher.started[2].kinds() == []


class Transport:
    """Notes whether the link reads."""

    def __init__(self) -> None:
        self.paused = 0

    def pause_reading(self) -> None:
        self.paused += 1

    def resume_reading(self) -> None:
        self.paused -= 1


async def test_flood_of_one_worker_lets_others_have_their_turn() -> None:
    taken: list[WorkerMessage] = []
    link, transport = WorkerLink(taken.append, lambda: None), Transport()
    link.connection_made(cast("asyncio.Transport", transport))
    line = pb.WorkConsole(work_id=1, level="CONSOLE_LEVEL_LOG", text="x")
    body = pb.WorkerResponse(console=line).SerializeToString()
    frame = HEADER.pack(len(body)) + body
    count = 2 * FRAMES_AT_ONCE + 1
    link.data_received(frame * count + frame[:5])
    assert (len(taken), transport.paused) == (FRAMES_AT_ONCE, 1)
    await asyncio.sleep(0)
    assert len(taken) == 2 * FRAMES_AT_ONCE
    await until(lambda: len(taken) == count)
    assert transport.paused == 0
    link.data_received(frame[5:])
    assert len(taken) == count + 1


async def test_short_lines_are_bounded_by_their_number(runner: Runner) -> None:
    async with opened_stream(runner.address, tool_program(FLOOD)) as stream:
        done = await stream.run("run", "1")
    assert done.output == "1"
    assert len(done.lines) == 64 * 1024 // 32 + 1
    assert "over its limit" in done.lines[-1]
