"""Turns of a session's runs, which are on several executors."""

from __future__ import annotations

import asyncio

import pytest

from services.executor.run_errors import DatabaseError
from services.executor.runs.turns import JournalTurn, asked_turn
from tests.runs.faulty import Cluster
from tests.runs.test_owner import closed, die, play, started


async def entered(turn: JournalTurn) -> None:
    async with turn:
        pass


def test_runs_of_two_executors_take_turns() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("first", "session")
        row = await two.create("second", "session")
        turn = await asked_turn(two.connection, two.owner.boot_id, row)
        assert turn.ahead == 1
        waiting = asyncio.create_task(entered(turn))
        await asyncio.sleep(10)
        assert not waiting.done()
        await one.end("first")
        await asyncio.sleep(0.01)
        assert waiting.done()
        assert turn.ahead == 0
        await closed(one, two)

    play(scene)


def test_turn_is_given_on_by_whoever_ends_the_run() -> None:
    async def scene(cluster: Cluster) -> None:
        dead, live = cluster.executor(), cluster.executor()
        await started(dead, live)
        await dead.create("first", "session")
        row = await live.create("second", "session")
        turn = await asked_turn(live.connection, live.owner.boot_id, row)
        await die(dead)
        waiting = asyncio.create_task(entered(turn))
        await asyncio.sleep(10)
        assert set(live.rows) == {"first", "second"}
        await live.end("first")
        await waiting
        await closed(live)

    play(scene)


def test_claimed_run_that_was_queued_waits_for_its_turn() -> None:
    async def scene(cluster: Cluster) -> None:
        one, dead = cluster.executor(), cluster.executor()
        await started(one, dead)
        await one.create("first", "session")
        await dead.create("second", "session")
        await die(dead)
        await asyncio.sleep(10)
        turn = await asked_turn(one.connection, one.owner.boot_id, one.rows["second"])
        assert turn.ahead == 1
        await closed(one)

    play(scene)


def test_run_that_was_taken_over_gets_no_turn() -> None:
    async def scene(cluster: Cluster) -> None:
        one, two = cluster.executor(), cluster.executor()
        await started(one, two)
        await one.create("first", "session")
        row = await one.create("second", "session")
        boot = one.owner.boot_id
        turn = await asked_turn(one.connection, boot, row)
        await one.owner.close()
        await asyncio.sleep(2)
        assert "second" in two.rows
        with pytest.raises(DatabaseError):
            await entered(turn)
        with pytest.raises(DatabaseError):
            await asked_turn(one.connection, boot, row)
        await closed(two)

    play(scene)


def test_outage_of_the_database_ends_no_wait() -> None:
    async def scene(cluster: Cluster) -> None:
        one = cluster.executor()
        await started(one)
        await one.create("first", "session")
        row = await one.create("second", "session")
        turn = await asked_turn(one.connection, one.owner.boot_id, row)
        waiting = asyncio.create_task(entered(turn))
        await asyncio.sleep(0.5)
        one.connection.cut = True
        await asyncio.sleep(1.5)
        one.connection.cut = False
        await one.end("first")
        await waiting
        await closed(one)

    play(scene)


def test_cancelled_wait_leaves_the_run_in_its_queue() -> None:
    async def scene(cluster: Cluster) -> None:
        one = cluster.executor()
        await started(one)
        await one.create("first", "session")
        row = await one.create("second", "session")
        turn = await asked_turn(one.connection, one.owner.boot_id, row)
        waiting = asyncio.create_task(entered(turn))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        third = await one.create("third", "session")
        assert (await asked_turn(one.connection, one.owner.boot_id, third)).ahead == 2
        await one.end("second")
        assert (await asked_turn(one.connection, one.owner.boot_id, third)).ahead == 1
        await closed(one)

    play(scene)
