"""One run at a time in a session: refused, queued, or before the others, over all executors."""

from __future__ import annotations

import asyncio

from services.executor.conversation import SessionPolicy
from services.executor.runs.ports import Creation, Journal
from services.executor.runs.rows import End, RunStatus
from tests.runs.journals import asked, begun, entry, status, turn
from tests.runs.test_journal import journal

__all__ = ["journal"]
REJECT, QUEUE, INTERRUPT = SessionPolicy.REJECT, SessionPolicy.QUEUE, SessionPolicy.INTERRUPT


async def end(journal: Journal, run_id: str, owner: str = "me", epoch: int = 1) -> None:
    row = await journal.run(run_id, "t")
    assert row is not None
    ended = End(RunStatus.COMPLETED, b"")
    last = entry(run_id, row.next_sequence, b"end", epoch=epoch, end=ended)
    assert not (await journal.write(owner, [last])).lost


async def test_second_run_of_a_session_is_refused(journal: Journal) -> None:
    await begun(journal, turn("r1", REJECT))
    refused = await journal.create(turn("r2", REJECT), "other")
    assert (refused.creation, refused.row) == (Creation.SESSION_BUSY, None)
    assert await journal.run("r2", "t") is None
    await end(journal, "r1")
    assert (await begun(journal, turn("r3", REJECT))).status is RunStatus.RUNNING


async def test_queued_runs_take_turns_in_order(journal: Journal) -> None:
    await begun(journal, turn("r1"))
    for name in ("r2", "r3", "r4"):
        assert (await begun(journal, turn(name), name)).status is RunStatus.QUEUED
    ahead = [await journal.take_turn(name, name, 1) for name in ("r2", "r3", "r4")]
    assert ahead == [1, 2, 3]
    await end(journal, "r1")
    ahead = [await journal.take_turn(name, name, 1) for name in ("r4", "r3")]
    assert ahead == [2, 1]
    assert await journal.take_turn("r2", "r2", 1) == 0
    assert await status(journal, "r2") is RunStatus.RUNNING
    assert await journal.take_turn("r2", "r2", 1) == 0
    await end(journal, "r3", "r3")  # one that stops waiting
    await end(journal, "r2", "r2")
    assert await journal.take_turn("r4", "r4", 1) == 0


async def test_interrupting_runs_go_first_and_stop_the_active_one(journal: Journal) -> None:
    await begun(journal, turn("r1"))
    await begun(journal, turn("r2"))
    await begun(journal, turn("r3", INTERRUPT))
    await begun(journal, turn("r4", INTERRUPT))
    assert list(await journal.cancels("me")) == [("r1", "interrupted")]
    ahead = [await journal.take_turn("me", name, 1) for name in ("r4", "r3", "r2")]
    assert ahead == [1, 2, 3]
    await end(journal, "r1")
    assert await journal.take_turn("me", "r3", 1) == 1
    assert await journal.take_turn("me", "r4", 1) == 0
    assert await journal.take_turn("me", "r3", 1) == 1
    assert list(await journal.cancels("me")) == []
    await end(journal, "r4")
    assert await journal.take_turn("me", "r3", 1) == 0


async def test_waiting_run_keeps_its_turn_until_interrupted(journal: Journal) -> None:
    await begun(journal, turn("r1"))
    waits = entry("r1", 1, b"asks", status=RunStatus.WAITING, inputs=(asked("i1"),))
    await journal.write("me", [waits])
    assert (await journal.create(turn("r2", REJECT), "me")).creation is Creation.SESSION_BUSY
    await begun(journal, turn("r3"))
    assert await journal.take_turn("me", "r3", 1) == 1
    await begun(journal, turn("r4", INTERRUPT))
    assert await status(journal, "r1") is RunStatus.READY
    (claimed,) = await journal.claim("you", 60, 9)
    assert (claimed.new.run_id, claimed.cancel) == ("r1", "interrupted")
    assert await journal.take_turn("me", "r4", 1) == 1
    await end(journal, "r1", "you", 2)
    assert await journal.take_turn("me", "r4", 1) == 0


async def test_queue_is_bounded_in_all_and_for_a_connection(journal: Journal) -> None:
    await begun(journal, turn("r0", connection="other"))
    made = [await journal.create(turn(f"a{number}"), "me") for number in range(30)]
    mine = sum(each.creation is Creation.NEW for each in made)
    assert mine < 21
    assert made[-1].creation is Creation.QUEUE_FULL
    made = [
        await journal.create(turn(f"b{number}", host=f"h{number}", connection=f"c{number}"), "me")
        for number in range(30)
    ]
    assert mine + sum(each.creation is Creation.NEW for each in made) == 21


async def test_queued_run_that_is_claimed_still_waits(journal: Journal) -> None:
    await begun(journal, turn("r1"))
    await begun(journal, turn("r2"), "dead")
    await journal.leave("dead")
    (claimed,) = await journal.claim("you", 60, 9)
    assert (claimed.status, claimed.owner, claimed.epoch) == (RunStatus.QUEUED, "you", 2)
    assert await journal.take_turn("you", "r2", 2) == 1
    await end(journal, "r1")
    assert await journal.take_turn("you", "r2", 2) == 0


async def test_runs_created_at_once_get_one_turn(journal: Journal) -> None:
    await journal.beat("me")
    made = await asyncio.gather(
        *(
            journal.create(turn(f"r{number}", host=f"h{number}", connection=f"c{number}"), "me")
            for number in range(10)
        )
    )
    rows = [each.row for each in made if each.row is not None]
    assert sorted(row.status.value for row in rows) == ["queued"] * 9 + ["running"]
