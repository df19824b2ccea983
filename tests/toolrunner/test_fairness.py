"""A busy stream does not hold up the others."""

from __future__ import annotations

import pytest

from services.toolrunner.domain import Limits
from services.toolrunner.errors import OverloadedError
from services.toolrunner.pool.fair_queue import FairQueue
from services.toolrunner.pool.work import Work
from services.toolrunner.tenants import Tenant
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, tenant, until


def work(whose: Tenant) -> Work:
    return Work(program(), call_of("echo"), Limits(), Recorder(), whose)


async def test_tenants_take_turns() -> None:
    queue = FairQueue()
    busy, quiet = [work(tenant("busy")) for _ in range(3)], work(tenant("quiet"))
    for each in (*busy, quiet):
        queue.put(each)
    assert [queue.take() for _ in range(4)] == [busy[0], quiet, busy[1], busy[2]]
    assert queue.take() is None


async def test_hosts_take_turns_before_the_tenants_of_a_host() -> None:
    queue = FairQueue()
    crowd = [work(tenant(str(number), "crowd")) for number in range(3)]
    alone = [work(tenant("alone")) for _ in range(2)]
    for each in (*crowd, *alone):
        queue.put(each)
    taken = [queue.take() for _ in range(5)]
    assert taken == [crowd[0], alone[0], crowd[1], alone[1], crowd[2]]


async def test_peers_take_turns_before_the_hosts_that_they_name() -> None:
    queue = FairQueue()
    liar = [work(Tenant("liar", str(number), str(number))) for number in range(3)]
    honest = [work(Tenant("honest", "h", "h")) for _ in range(2)]
    for each in (*liar, *honest):
        queue.put(each)
    assert [queue.take() for _ in range(4)] == [liar[0], honest[0], liar[1], honest[1]]


async def test_blocked_tenant_does_not_hold_up_others() -> None:
    queue = FairQueue()
    first, second = work(tenant("a")), work(tenant("b"))
    for each in (first, second):
        queue.put(each)
    assert queue.take(lambda each: each is second) is second
    assert queue.take(lambda each: each is second) is None
    assert queue.take() is first


async def test_queued_calls_are_limited_by_bytes() -> None:
    async with scripted_pool(queued=100, queued_bytes=100_000) as (pool, _):
        pool.call(program(), call_of("run"), Recorder(), tenant("busy"))
        large, busy = call_of("echo", "1" * 40_000), [Recorder() for _ in range(2)]
        for sink in busy:
            pool.call(program(), large, sink, tenant("busy"))
        with pytest.raises(OverloadedError):
            pool.call(program(), large, Recorder(), tenant("busy"))
        quiet = Recorder()
        pool.call(program(), large, quiet, tenant("quiet"))
        assert await busy[1].failure() == "OVERLOADED"
        assert not busy[0].outcomes
        assert not quiet.outcomes


async def test_full_queue_evicts_work_of_the_largest_host() -> None:
    async with scripted_pool(queued=4) as (pool, _):
        pool.call(program(), call_of("run"), Recorder(), tenant("first"))
        crowd, quiet = [Recorder() for _ in range(4)], Recorder()
        for number, sink in enumerate(crowd):
            pool.call(program(), call_of("echo"), sink, tenant(str(number), "crowd"))
        pool.call(program(), call_of("echo"), quiet, tenant("quiet"))
        assert sum(len(sink.outcomes) for sink in crowd) == 1
        assert not quiet.outcomes


async def test_full_queue_makes_room_for_tenants_with_far_fewer_slots() -> None:
    async with scripted_pool(queued=3) as (pool, _):
        pool.call(program(), call_of("run"), Recorder(), tenant("busy"))
        busy, quiet = [Recorder() for _ in range(3)], Recorder()
        for sink in busy:
            pool.call(program(), call_of("echo"), sink, tenant("busy"))
        pool.call(program(), call_of("echo"), quiet, tenant("quiet"))
        assert [len(sink.outcomes) for sink in busy] == [0, 0, 1]
        assert await busy[2].failure() == "OVERLOADED"
        for name in ("quiet", "busy"):
            with pytest.raises(OverloadedError):
                pool.call(program(), call_of("echo"), Recorder(), tenant(name))
        assert not quiet.outcomes


async def test_removed_work_is_not_taken() -> None:
    queue = FairQueue()
    first, second = work(tenant("a")), work(tenant("b"))
    queue.put(first)
    queue.put(second)
    queue.remove(first)
    assert len(queue) == 1
    assert queue.take() is second
    assert not queue


async def test_second_stream_is_served_before_first_is_done() -> None:
    async with scripted_pool() as (pool, launcher):
        busy = [Recorder() for _ in range(5)]
        for sink in busy:
            pool.call(program(), call_of("run"), sink, tenant("busy"))
        quiet = Recorder()
        pool.call(program(), call_of("echo"), quiet, tenant("quiet"))
        worker = launcher.started[0]
        for number in range(2):
            await until(lambda number=number: len(worker.starts()) > number)  # type: ignore[misc] # binds now
            worker.done(worker.starts()[number].work_id, "1")
        await quiet.outcome()
        assert sum(len(sink.outcomes) for sink in busy) == 2
