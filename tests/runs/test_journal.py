"""What every journal keeps: order, ownership, and what belongs together in one commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from services.executor.conversation import SessionKey, UserMessage
from services.executor.runs.ports import Answered, Creation, Journal
from services.executor.runs.rows import End, RunFilter, RunStatus, SessionAppend
from tests.runs.journals import (
    FAR_NS,
    JOURNALS,
    KEY,
    asked,
    begun,
    entry,
    log,
    record,
    run,
    status,
    turn,
)

DONE = End(RunStatus.COMPLETED, b"ended")


@pytest.fixture(params=JOURNALS, ids=lambda made: made.__name__)
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    def url() -> str:
        return cast("str", request.getfixturevalue("postgres_url"))

    if request.param.__name__ == "postgres":
        url()  # the server is not started within the event loop's own fixtures
    async with request.param(tmp_path, url) as made:
        yield made


async def test_run_is_kept_as_it_was_asked_for(journal: Journal) -> None:
    for new in (run("r1"), turn("r2", request_id="q")):
        row = await begun(journal, new)
        assert (row.new, row.status, row.owner, row.epoch) == (new, RunStatus.RUNNING, "me", 1)
        assert (row.next_sequence, row.next_record, row.cancel) == (1, 0, "")
        assert row.created_ns > 10**18
        assert await journal.run(new.run_id, "t") == row
        assert await journal.run(new.run_id, "other") is None


async def test_events_and_records_are_read_as_written(journal: Journal) -> None:
    await begun(journal, run("r1"))
    written = [b"%d" % number * (number % 7) for number in range(1, 101)]
    for first in range(0, 100, 5):
        records = tuple(record(number) for number in (first, first + 1))
        added = entry("r1", first + 1, *written[first : first + 5], records=records)
        added = entry(
            "r1", added.first, *added.events, records=records, first_record=2 * first // 5
        )
        assert not (await journal.write("me", [added])).lost
    assert await log(journal, "r1") == written
    for after in (1, 4, 5, 50, 99, 100, 200):
        assert await log(journal, "r1", after) == written[after:]
    assert 0 < len(await log(journal, "r1", 10, 20)) < 90
    assert await journal.records("r1", "odd") == [
        each for each in await journal.records("r1") if each.kind == "odd"
    ]
    assert [each.data for each in await journal.records("r1")] == [
        b"%d" % number for first in range(0, 100, 5) for number in (first, first + 1)
    ]
    row = await journal.run("r1", "t")
    assert row is not None
    assert (row.next_sequence, row.next_record) == (101, 40)


async def test_long_log_is_read_in_pieces(journal: Journal) -> None:
    await begun(journal, run("r1"))
    for number in range(70):
        await journal.write("me", [entry("r1", number + 1, bytes([number]) * 1000)])
    found: list[bytes] = []
    while piece := await log(journal, "r1", len(found), 10_000):
        assert len(piece) <= 20
        found += piece
    assert found == [bytes([number]) * 1000 for number in range(70)]


async def test_writes_of_others_do_nothing(journal: Journal) -> None:
    await begun(journal, run("r1"))
    await begun(journal, run("r2"), "other")
    wrong = [
        entry("r2", 1, b"of another"),
        entry("r1", 1, b"of another epoch", epoch=2),
        entry("none", 1, b"of none"),
        entry("r1", 2, b"after a gap"),
        entry("r1", 1, b"after a gap of records", first_record=1, records=(record(1),)),
        entry("r2", 1, b"of another", end=DONE),
        entry("r2", 1, b"of another", status=RunStatus.WAITING, inputs=(asked("i"),)),
    ]
    for each in wrong:
        assert (await journal.write("me", [each])).lost == {each.run_id}
    right = entry("r1", 1, b"mine")
    assert (await journal.write("me", [wrong[0], right])).lost == {"r2"}
    assert (await log(journal, "r1"), await log(journal, "r2")) == ([b"mine"], [])
    assert await status(journal, "r2") is RunStatus.RUNNING
    assert await journal.answers("r2") == []


async def test_one_write_may_have_several_entries_of_a_run(journal: Journal) -> None:
    await begun(journal, run("r1"))
    await begun(journal, run("r2"))
    entries = [
        entry("r1", 1, b"a"),
        entry("r2", 1, b"x"),
        entry("r1", 2, b"b", b"c", status=RunStatus.RUNNING),
        entry("r1", 4, b"d", end=DONE),
    ]
    assert not (await journal.write("me", entries)).lost
    assert (await log(journal, "r1"), await log(journal, "r2")) == (
        [b"a", b"b", b"c", b"d"],
        [b"x"],
    )
    row = await journal.run("r1", "t")
    assert row is not None
    assert (row.status, row.ended, row.owner) == (RunStatus.COMPLETED, b"ended", "")
    assert row.ended_ns >= row.created_ns
    assert (await journal.write("me", [entry("r1", 5, b"late")])).lost == {"r1"}


async def test_end_without_room_in_its_session_writes_nothing(journal: Journal) -> None:
    for new in (turn("r1"), run("r2")):
        await begun(journal, new)
    big = SessionAppend(KEY, (UserMessage("x" * 100_000),), "host", "a")
    end = entry("r1", 1, b"end", records=(record(0),), end=End(RunStatus.COMPLETED, b"", big))
    written = await journal.write("me", [end, entry("r2", 1, b"fits")])
    assert written.lost == frozenset()
    assert list(written.refused) == ["r1"]
    assert "bytes of storage" in written.refused["r1"]
    assert (await log(journal, "r1"), await log(journal, "r2")) == ([], [b"fits"])
    assert await journal.records("r1") == []
    assert await status(journal, "r1") is RunStatus.RUNNING
    small = SessionAppend(KEY, (UserMessage("x"),), "host", "a")
    end = entry("r1", 1, b"end", end=End(RunStatus.FAILED, b"", small))
    assert not (await journal.write("me", [end])).refused


async def test_same_request_joins_and_another_is_refused(journal: Journal) -> None:
    first = await begun(journal, run("r1", request_id="q"))
    joined = await journal.create(run("r2", request_id="q"), "you")
    assert (joined.creation, joined.row) == (Creation.JOINED, first)
    other = await journal.create(run("r3", request_id="q", spec_digest="d2"), "you")
    assert other.creation is Creation.OTHER_REQUEST
    for name, more in (("r4", {"tenant": "u"}), ("r5", {"host": "i"}), ("r6", {"request_id": ""})):
        assert (await journal.create(run(name, **{"request_id": "q", **more}), "me")).row
    assert await journal.run("r2", "t") is None


async def test_runs_are_listed_the_latest_first(journal: Journal) -> None:
    rows = [await begun(journal, run(f"r{number}")) for number in range(5)]
    rows.append(await begun(journal, turn("s")))
    await begun(journal, run("hidden", tenant="u"))
    await journal.write("me", [entry("r3", 1, b"e", end=DONE)])

    async def names(most: int = 9, **wanted: object) -> list[str]:
        found = await journal.runs(RunFilter(tenant="t", **wanted), most)  # type: ignore[arg-type]
        return [row.new.run_id for row in found]

    assert await names() == ["s", "r4", "r3", "r2", "r1", "r0"]
    first = await journal.runs(RunFilter(tenant="t"), 2)
    place = (first[-1].created_ns, first[-1].new.run_id)
    assert await names(3, before=place) == ["r3", "r2", "r1"]
    assert await names(session_id="ses") == await names(resource_id="res") == ["s"]
    assert await names(resource_id="") == ["r4", "r3", "r2", "r1", "r0"]
    assert await names(statuses=(RunStatus.COMPLETED, RunStatus.FAILED)) == ["r3"]
    assert await names(from_ns=rows[4].created_ns) == ["s", "r4"]
    assert await names(before_ns=rows[1].created_ns) == ["r0"]


async def test_waiting_run_is_ready_once_all_is_answered(journal: Journal) -> None:
    await begun(journal, turn("r1"))
    asks = entry("r1", 1, b"asks", status=RunStatus.WAITING, inputs=(asked("i1"), asked("i2")))
    assert not (await journal.write("me", [asks])).lost
    found = await journal.inputs("t", "", None, "", 9)
    assert [each.new.input_id for each in found] == ["i1", "i2"]
    assert (found[0].run_id, found[0].resource_id, found[0].answer) == ("r1", "res", None)
    assert [row.new.input_id for row in await journal.inputs("t", "r1", "res", "i1", 9)] == ["i2"]
    assert await journal.inputs("u", "", None, "", 9) == []
    assert await journal.inputs("t", "", "other", "", 9) == []
    assert await journal.answer("r1", "t", "i1", "q", b"yes") is Answered.ACCEPTED
    assert await journal.answer("r1", "t", "i1", "q", b"yes") is Answered.AGAIN
    assert await journal.answer("r1", "t", "i1", "q", b"no") is Answered.ANSWERED
    assert await journal.answer("r1", "t", "i1", "", b"yes") is Answered.ANSWERED
    assert await journal.answer("r1", "u", "i2", "", b"yes") is Answered.UNKNOWN
    assert await journal.answer("r1", "t", "i3", "", b"yes") is Answered.UNKNOWN
    assert await status(journal, "r1") is RunStatus.WAITING
    assert await journal.claim("you", 60, 9) == []
    assert await journal.answer("r1", "t", "i2", "", b"no") is Answered.ACCEPTED
    assert await status(journal, "r1") is RunStatus.READY
    (row,) = await journal.claim("you", 60, 9)
    assert (row.status, row.owner, row.epoch) == (RunStatus.RUNNING, "you", 2)
    assert [each.answer for each in await journal.answers("r1")] == [b"yes", b"no"]
    assert (await journal.write("me", [entry("r1", 2, b"late")])).lost == {"r1"}
    assert not (await journal.write("you", [entry("r1", 2, b"goes on", epoch=2)])).lost


async def test_run_that_waits_for_nothing_more_is_ready_at_once(journal: Journal) -> None:
    await begun(journal, run("r1"))
    await journal.write("me", [entry("r1", 1, b"asks", inputs=(asked("i1"), asked("i2")))])
    assert await journal.answer("r1", "t", "i1", "", b"yes") is Answered.ACCEPTED
    waits = entry("r1", 2, b"waits", status=RunStatus.WAITING, closed=("i2",))
    await journal.write("me", [waits])
    assert await status(journal, "r1") is RunStatus.READY
    assert await journal.answer("r1", "t", "i2", "", b"yes") is Answered.EXPIRED


async def test_run_whose_input_expired_is_claimed(journal: Journal) -> None:
    for name, wait_ns in (("r1", 0), ("r2", FAR_NS)):
        await begun(journal, run(name))
        inputs = (asked(f"i{name}", wait_ns),)
        await journal.write("me", [entry(name, 1, status=RunStatus.WAITING, inputs=inputs)])
    assert [row.run_id for row in await journal.inputs("t", "", None, "", 9)] == ["r2"]
    assert await journal.answer("r1", "t", "ir1", "", b"yes") is Answered.EXPIRED
    claimed = await journal.claim("me", 60, 9)
    assert [(row.new.run_id, row.epoch) for row in claimed] == [("r1", 2)]
    assert [row.is_expired for row in await journal.answers("r1")] == [True]
    assert [row.is_expired for row in await journal.answers("r2")] == [False]
    assert await journal.claim("me", 60, 9) == []


async def test_stopped_run_that_waits_is_ready(journal: Journal) -> None:
    await begun(journal, run("r1"))
    waits = entry("r1", 1, b"asks", status=RunStatus.WAITING, inputs=(asked("i1"),))
    await journal.write("me", [waits])
    assert await journal.request_cancel("r1", "u", "cancelled") is None
    row = await journal.request_cancel("r1", "t", "cancelled")
    assert row is not None
    assert (row.status, row.cancel) == (RunStatus.READY, "cancelled")
    again = await journal.request_cancel("r1", "t", "timed-out")
    assert again == row
    (claimed,) = await journal.claim("you", 60, 9)
    assert (claimed.cancel, claimed.owner) == ("cancelled", "you")
    assert list(await journal.cancels("you")) == [("r1", "cancelled")]
    assert list(await journal.cancels("me")) == []
    end = entry("r1", 2, b"end", epoch=2, end=End(RunStatus.ABORTED, b""))
    await journal.write("you", [end])
    ended = await journal.request_cancel("r1", "t", "cancelled")
    assert ended is not None
    assert ended.status is RunStatus.ABORTED
    assert await journal.inputs("t", "", None, "", 9) == []
    assert list(await journal.cancels("you")) == []


async def test_only_runs_of_the_dead_are_claimed_and_once(journal: Journal) -> None:
    for number in range(10):
        await begun(journal, run(f"dead{number}"), "dead")
    await begun(journal, run("alive"), "alive")
    assert await journal.claim("me", 60, 99) == []
    await journal.leave("dead")
    for part in range(5):
        await journal.beat(f"o{part}")
    parts = await asyncio.gather(*(journal.claim(f"o{part}", 60, 3) for part in range(5)))
    names = [row.new.run_id for part in parts for row in part]
    assert sorted(names) == [f"dead{number}" for number in range(10)]
    assert max(len(part) for part in parts) == 3
    assert {row.epoch for part in parts for row in part} == {2}


async def test_executor_that_misses_its_lease_loses_its_runs(journal: Journal) -> None:
    await begun(journal, run("r1"), "slow")
    assert await journal.claim("slow", 0, 9) == []
    (row,) = await journal.claim("me", 0, 9)
    assert (row.owner, row.epoch) == ("me", 2)
    assert (await journal.write("slow", [entry("r1", 1, b"late")])).lost == {"r1"}
    assert await journal.take_turn("slow", "r1", 1) == -1


async def test_ended_runs_are_deleted_with_all_they_have(journal: Journal) -> None:
    for name in ("r1", "r2", "r3"):
        await begun(journal, run(name))
        await journal.write(
            "me", [entry(name, 1, b"e", records=(record(0),), inputs=(asked(name),))]
        )
    assert not await journal.delete("r1", "t")
    for name in ("r1", "r2"):
        await journal.write("me", [entry(name, 2, b"end", first_record=1, end=DONE)])
    assert not await journal.delete("r1", "u")
    assert await journal.delete("r1", "t")
    assert not await journal.delete("r1", "t")
    assert await journal.expire(1, 9) == 0
    assert await journal.expire(2**62, 9) == 1
    for name in ("r1", "r2"):
        assert await journal.run(name, "t") is None
        assert await log(journal, name) == []
        assert await journal.records(name) == []
        assert await journal.answers(name) == []
    assert len(await journal.answers("r3")) == len(await log(journal, "r3")) == 1


async def test_bundles_are_kept_by_digest(journal: Journal) -> None:
    await journal.keep_program("p1", b"source\0\xff")
    await journal.keep_program("p1", b"source\0\xff")
    assert await journal.program("p1") == b"source\0\xff"
    assert await journal.program("p2") is None


async def test_watchers_are_told_which_runs_change(journal: Journal) -> None:
    told: list[str] = []
    other: list[str] = []
    end = journal.watch(told.append)
    journal.watch(other.append)
    await begun(journal, run("r1"))
    await asyncio.sleep(0)
    assert "r1" in told
    await journal.write("me", [entry("r1", 1, b"e")])
    await asyncio.sleep(0)
    assert told == other
    assert told.count("r1") == 2
    end()
    await journal.write("me", [entry("r1", 2, b"e", end=DONE)])
    await asyncio.sleep(0)
    assert len(other) > len(told)


async def test_cancelled_caller_leaves_nothing_half_done(journal: Journal) -> None:
    await begun(journal, run("r1"))
    for number in range(20):
        task = asyncio.create_task(journal.write("me", [entry("r1", number + 1, b"e")]))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        row = await journal.run("r1", "t")
        following = entry("r1", number + 1, b"e")
        await journal.write("me", [following])  # written now, or was written before
        row = await journal.run("r1", "t")
        assert row is not None
        assert row.next_sequence == number + 2
    assert await log(journal, "r1") == [b"e"] * 20


async def test_other_sessions_do_not_wait(journal: Journal) -> None:
    await begun(journal, turn("r1"))
    for name, key in (("r2", SessionKey("res", "b")), ("r3", SessionKey("b", "ses"))):
        assert (await begun(journal, run(name, session=key))).status is RunStatus.RUNNING


async def test_program_is_that_of_tenants_that_have_a_run_with_it(journal: Journal) -> None:
    await journal.keep_program("p1", b"source")
    assert await journal.program_of("t", "p1") is None
    await begun(journal, run("r1"))
    assert await journal.program_of("t", "p1") == b"source"
    assert await journal.program_of("other", "p1") is None
    assert await journal.program_of("t", "p2") is None
    await begun(journal, run("r2", tenant="other"))
    assert await journal.program_of("other", "p1") == b"source"
    await journal.write("me", [entry("r1", 1, b"e", end=DONE)])
    assert await journal.delete("r1", "t")
    assert await journal.program_of("t", "p1") is None
