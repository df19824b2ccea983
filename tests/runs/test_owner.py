"""Who owns runs: claims, leases that run out, databases that do not answer, and orderly ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from services.executor.run_errors import DatabaseError
from services.executor.runs.rows import RunStatus
from tests.runs.faulty import Cluster, Executor
from tests.simulation.virtual_loop import VirtualClock, VirtualLoop

LEASE_S = 3.0


def play(scene: Callable[[Cluster], Coroutine[Any, Any, None]]) -> None:
    """Play a scene on virtual time."""
    loop = VirtualLoop(callback_s=0.0001)

    async def whole() -> None:
        await scene(Cluster(VirtualClock()))

    loop.play(whole())
    assert not loop.faults


async def started(*executors: Executor) -> None:
    for each in executors:
        await each.owner.start()


async def closed(*executors: Executor) -> None:
    for each in executors:
        await each.owner.close()


async def die(executor: Executor) -> None:
    """End an executor as SIGKILL does: without a word to the journal."""
    executor.connection.cut = True
    await executor.owner.close()


def test_runs_of_a_dead_executor_are_claimed_within_two_leases() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        for number in range(20):
            await one.create(f"run {number}")
        died = cluster.clock.monotonic()
        await die(one)
        await asyncio.sleep(2 * LEASE_S)
        assert sorted(two.rows) == sorted(one.rows)
        assert all(row.epoch == 2 for row in two.rows.values())
        took = [at - died for at, _ in two.resumed]
        assert min(took) > LEASE_S / 2
        assert max(took) < 2 * LEASE_S
        await closed(two)

    play(scene)


def test_live_executor_keeps_its_runs() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("run")
        await asyncio.sleep(100)
        assert not two.rows
        assert not one.lost
        assert (await one.end("run")).lost == frozenset()
        await closed(one, two)

    play(scene)


@pytest.mark.parametrize("fault", ["cut", "frozen"])
def test_executor_without_its_database_stops_before_others_claim(fault: str) -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("run")
        boot = one.owner.boot_id
        await asyncio.sleep(5.5)
        if fault == "cut":
            one.connection.cut = True
        else:
            one.connection.freeze()
        await asyncio.sleep(2 * LEASE_S)
        assert len(one.lost) == 1
        assert one.lost[0] < two.resumed[0][0]
        with pytest.raises(DatabaseError):
            _ = one.owner.boot_id
        one.connection.cut = False
        one.connection.thaw()
        await asyncio.sleep(LEASE_S)
        assert one.owner.boot_id != boot
        assert not one.rows
        await closed(one, two)

    play(scene)


def test_short_outage_costs_nothing() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("run")
        for _ in range(20):
            one.connection.cut = True
            await asyncio.sleep(LEASE_S / 3)
            one.connection.cut = False
            await asyncio.sleep(LEASE_S / 3)
        assert not one.lost
        assert not two.rows
        await closed(one, two)

    play(scene)


class JumpingClock(VirtualClock):
    """A clock of one process: what stops it stands still for the loop, and not for others."""

    frozen_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.frozen_s

    def now_ns(self) -> int:
        raise AssertionError("the wall clock counts for nothing")


def test_executor_that_was_frozen_stops_its_runs_before_it_beats_again() -> None:
    async def scene(cluster: Cluster) -> None:
        one = cluster.executor()
        one.clock = clock = JumpingClock()
        one.__post_init__()
        await started(one)
        await one.create("run")
        boot = one.owner.boot_id
        await asyncio.sleep(1.2)
        clock.frozen_s += 4.0
        assert not one.owner.held
        await asyncio.sleep(1.0)
        assert len(one.lost) == 1
        assert one.owner.boot_id != boot
        await asyncio.sleep(LEASE_S)
        # Nobody else has claimed it: this executor goes on with it, as a new owner.
        assert one.rows["run"].epoch == 2
        assert not any(row.owner == boot for row in one.rows.values())
        await closed(one)

    play(scene)


def test_wall_clock_is_never_asked() -> None:
    async def scene(cluster: Cluster) -> None:
        one = cluster.executor()
        one.clock = JumpingClock()
        one.__post_init__()
        await started(one)
        await asyncio.sleep(10)
        await closed(one)

    play(scene)


def test_closed_executor_hands_over_at_once() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("run")
        one.owner.drain()
        await closed(one)
        left = cluster.clock.monotonic()
        await asyncio.sleep(LEASE_S / 2)
        assert two.resumed[0][0] - left <= LEASE_S / 3 + 0.2
        await closed(two)

    play(scene)


def test_drained_executor_claims_nothing_and_keeps_what_it_has() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("mine")
        one.owner.drain()
        await two.create("other")
        await die(two)
        await asyncio.sleep(10)
        assert list(one.rows) == ["mine"]
        assert one.owner.held
        await closed(one)

    play(scene)


def test_executors_share_what_a_dead_one_had() -> None:
    async def scene(cluster: Cluster) -> None:
        dead, *live = (cluster.executor() for _ in range(4))
        await started(dead, *live)
        for number in range(300):
            await dead.create(f"run {number}")
        await die(dead)
        await asyncio.sleep(2 * LEASE_S)
        taken = [len(each.rows) for each in live]
        assert sum(taken) == 300
        assert min(taken) > 30, taken
        await closed(*live)

    play(scene)


def test_executor_claims_no_more_than_it_has_room_for() -> None:
    async def scene(cluster: Cluster) -> None:
        dead, full = cluster.executor(), cluster.executor(most=5)
        await started(dead, full)
        for number in range(12):
            await dead.create(f"run {number}")
        await die(dead)
        await asyncio.sleep(3 * LEASE_S)
        assert len(full.rows) == 5
        for run_id in list(full.rows):
            await full.end(run_id)
        await asyncio.sleep(LEASE_S)
        assert len(full.rows) == 5
        await closed(full)

    play(scene)


def test_cancel_reaches_the_owner_in_no_time() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("run")
        await asyncio.sleep(1.0)
        await two.connection.request_cancel("run", "", "client-cancelled")
        await asyncio.sleep(0.1)
        assert one.stopped[0] == ("run", "client-cancelled")
        assert not two.stopped
        await closed(one, two)

    play(scene)


@pytest.mark.parametrize("way", ["created", "claimed"])
def test_run_whose_answer_was_lost_is_not_stranded(way: str) -> None:
    """The journal has given it to an executor that does not know."""

    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one)
        if way == "created":
            one.connection.deaf = True
            with pytest.raises(DatabaseError):
                await one.create("run")
        else:
            await started(two)
            await two.create("run")
            await die(two)
            await asyncio.sleep(2.0)
            one.connection.deaf = True
            await asyncio.sleep(1.6)
        row = await cluster.journal.run("run", "")
        assert row is not None
        assert row.owner == one.owner.boot_id
        one.connection.deaf = False
        await asyncio.sleep(4 * LEASE_S)
        assert list(one.rows) == ["run"]
        assert not one.lost
        await closed(one)

    play(scene)


def test_run_that_begins_is_no_orphan() -> None:
    async def scene(cluster: Cluster) -> None:
        one = cluster.executor()
        await started(one)
        for number in range(100):
            await one.create(f"run {number}")
            await asyncio.sleep(0.1)
            await one.end(f"run {number}")
        assert not one.resumed
        await closed(one)

    play(scene)


def test_lonely_executor_owns_all_runs_at_its_start() -> None:
    async def scene(cluster: Cluster) -> None:
        before = cluster.executor(alone=True)
        await started(before)
        await before.create("run")
        await die(before)
        after = cluster.executor(alone=True)
        await started(after)
        await asyncio.sleep(0.1)
        assert after.rows["run"].epoch == 2
        await asyncio.sleep(100)
        assert after.rows["run"].epoch == 2
        assert not after.lost
        await closed(after)

    play(scene)


def test_executor_that_starts_without_its_database_begins_when_that_answers() -> None:
    async def scene(cluster: Cluster) -> None:
        one = cluster.executor()
        one.connection.cut = True
        await started(one)
        assert not one.owner.held
        await asyncio.sleep(10)
        one.connection.cut = False
        await asyncio.sleep(1)
        row = await one.create("run")
        assert row.status is RunStatus.RUNNING
        await closed(one)
        await closed(one)

    play(scene)
