"""A stream with much to do does not keep the others waiting for all of it."""

from __future__ import annotations

import pytest

from services.toolrunner.domain import Limits
from services.toolrunner.errors import OverloadedError
from services.toolrunner.pool.fair_queue import FairQueue
from services.toolrunner.pool.work import Work
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, until


def work(owner: object) -> Work:
    return Work(program(), "image", call_of("echo"), Limits(), Recorder(), owner)


async def test_owners_take_turns() -> None:
    queue = FairQueue()
    busy, quiet = [work("busy") for _ in range(3)], work("quiet")
    for each in (*busy, quiet):
        queue.put(each)
    assert [queue.take() for _ in range(4)] == [busy[0], quiet, busy[1], busy[2]]
    assert queue.take() is None


async def test_full_queue_makes_room_for_who_has_far_fewer() -> None:
    async with scripted_pool(queued=3) as (pool, _):
        pool.call(program(), call_of("run"), Recorder(), "busy")
        busy, quiet = [Recorder() for _ in range(3)], Recorder()
        for sink in busy:
            pool.call(program(), call_of("echo"), sink, "busy")
        pool.call(program(), call_of("echo"), quiet, "quiet")
        assert [len(sink.outcomes) for sink in busy] == [0, 0, 1]
        assert await busy[2].failure() == "RUNNER_LOST"
        for owner in ("quiet", "busy"):
            with pytest.raises(OverloadedError):
                pool.call(program(), call_of("echo"), Recorder(), owner)
        assert not quiet.outcomes


async def test_removed_work_is_not_taken() -> None:
    queue = FairQueue()
    first, second = work("a"), work("b")
    queue.put(first)
    queue.put(second)
    queue.remove(first)
    assert len(queue) == 1
    assert queue.take() is second
    assert not queue


async def test_second_stream_is_served_before_the_first_is_done() -> None:
    async with scripted_pool() as (pool, launcher):
        busy = [Recorder() for _ in range(5)]
        for sink in busy:
            pool.call(program(), call_of("run"), sink, "busy")
        quiet = Recorder()
        pool.call(program(), call_of("echo"), quiet, "quiet")
        worker = launcher.started[0]
        for number in range(2):
            await until(lambda number=number: len(worker.starts()) > number)  # type: ignore[misc] # binds now
            worker.done(worker.starts()[number].work_id, "1")
        await quiet.outcome()
        assert sum(len(sink.outcomes) for sink in busy) == 2
