"""The journal in memory keeps the rules of the port: owners, epochs, and what is written once."""

from __future__ import annotations

import pytest

from services.executor.agent.scripted import HeldClock
from services.executor.conversation import SessionKey
from services.executor.errors import LimitError
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import End, Entry, Record, RunFilter, RunStatus, SessionAppend
from tests.runs.recorded import OWNER, new_input, new_run, record

LEASE_S = 3.0


async def test_write_of_a_former_owner_does_nothing() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run("run_1"), OWNER)
    await journal.leave(OWNER)
    (row,) = await journal.claim("boot_2", LEASE_S, 9)
    assert row.epoch == 2
    stale = Entry("run_1", 1, 1, [b"stale"])
    assert (await journal.write(OWNER, [stale])).lost == {"run_1"}
    assert await journal.take_turn(OWNER, "run_1", 1) == -1
    assert await journal.events("run_1", 0, 100) == []


async def test_write_that_is_sent_again_does_nothing() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run("run_1"), OWNER)
    entry = Entry("run_1", 1, 1, [b"a"], 0, [Record("ask", b"1")])
    assert not (await journal.write(OWNER, [entry])).lost
    assert (await journal.write(OWNER, [entry])).lost == {"run_1"}
    row = await journal.run("run_1", "")
    assert row is not None
    assert (row.next_sequence, row.next_record) == (2, 1)


async def test_entries_of_one_write_stand_alone() -> None:
    journal = MemoryJournal(HeldClock())
    for run_id in ("run_1", "run_2"):
        await journal.create(new_run(run_id), OWNER)
    wrong, right = Entry("run_1", 1, 7, [b"a"]), Entry("run_2", 1, 1, [b"b"])
    assert (await journal.write(OWNER, [wrong, right])).lost == {"run_1"}
    (chunk,) = await journal.events("run_2", 0, 100)
    assert (chunk.first, chunk.events) == (1, (b"b",))


async def test_full_session_refuses_the_whole_entry() -> None:
    def full(append: SessionAppend) -> None:
        raise LimitError("This session is full.")

    journal = MemoryJournal(HeldClock(), full)
    key = SessionKey("", "chat")
    await journal.create(new_run("run_1", session=key), OWNER)
    end = End(RunStatus.COMPLETED, b"", SessionAppend(key, (), "host", ""))
    written = await journal.write(OWNER, [Entry("run_1", 1, 1, [b"a"], end=end)])
    assert written.refused == {"run_1": "This session is full."}
    row = await journal.run("run_1", "")
    assert row is not None
    assert (row.status, row.next_sequence) == (RunStatus.RUNNING, 1)


async def test_runs_of_a_silent_owner_are_claimed_once() -> None:
    clock = HeldClock()
    journal = MemoryJournal(clock)
    await journal.beat(OWNER)
    for number in range(5):
        await journal.create(new_run(f"run_{number}"), OWNER)
    clock.seconds = LEASE_S
    assert await journal.claim("boot_2", LEASE_S, 9) == []
    clock.seconds += 0.001
    await journal.beat("boot_2")
    await journal.beat("boot_3")
    assert len(await journal.claim("boot_2", LEASE_S, 3)) == 3
    assert len(await journal.claim("boot_3", LEASE_S, 3)) == 2
    assert await journal.claim("boot_2", LEASE_S, 3) == []


async def test_cancelled_run_that_waits_is_claimed() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run("run_1"), OWNER)
    await record(journal, "run_1", status=RunStatus.WAITING, inputs=[new_input("inp_1")])
    row = await journal.request_cancel("run_1", "", "cancelled")
    assert row is not None
    assert (row.status, row.owner) == (RunStatus.READY, "")
    (row,) = await journal.claim("boot_2", LEASE_S, 9)
    assert row.cancel == "cancelled"
    assert await journal.cancels("boot_2") == [("run_1", "cancelled")]


async def test_input_that_is_answered_before_the_run_waits() -> None:
    journal = MemoryJournal(HeldClock())
    await journal.create(new_run("run_1"), OWNER)
    await record(journal, "run_1", inputs=[new_input("inp_1")])
    await journal.answer("run_1", "", "inp_1", "", b"yes")
    await record(journal, "run_1", status=RunStatus.WAITING)
    row = await journal.run("run_1", "")
    assert row is not None
    assert row.status is RunStatus.READY


async def test_only_the_latest_ended_runs_are_retained() -> None:
    journal = MemoryJournal(HeldClock(), most_ended=2)
    for number in range(5):
        await journal.create(new_run(f"run_{number}"), OWNER)
        await journal.keep_program(new_run("").program, b"export {}")
        if number:
            await record(journal, f"run_{number}", [b"a"], end=RunStatus.COMPLETED)
    left = {row.new.run_id for row in await journal.runs(RunFilter(), 9)}
    assert left == {"run_0", "run_3", "run_4"}
    assert await journal.program(new_run("").program) == b"export {}"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RunFilter(), "543210"),
        (RunFilter(session_id="chat"), "31"),
        (RunFilter(resource_id="user"), "31"),
        (RunFilter(statuses=(RunStatus.COMPLETED,)), "0"),
        (RunFilter(from_ns=2 * 10**9), "5432"),
        (RunFilter(before_ns=2 * 10**9), "10"),
        (RunFilter(before=(3 * 10**9, "run_3")), "210"),
        (RunFilter(session_id="chat", before_ns=2 * 10**9), "1"),
    ],
)
async def test_listing_is_filtered_and_paged(wanted: RunFilter, found: str) -> None:
    clock = HeldClock()
    journal = MemoryJournal(clock)
    for number in range(6):
        clock.seconds = float(number)
        session = SessionKey("user", "chat") if number in {1, 3} else None
        await journal.create(new_run(f"run_{number}", session=session), OWNER)
        if number == 1:
            await record(journal, "run_1", end=RunStatus.FAILED)
    await record(journal, "run_0", end=RunStatus.COMPLETED)
    rows = await journal.runs(wanted, 9)
    assert "".join(row.new.run_id[-1] for row in rows) == found


async def test_hints_come_until_they_are_ended() -> None:
    journal, hints = MemoryJournal(HeldClock()), list[str]()
    end = journal.watch(hints.append)
    await journal.create(new_run("run_1"), OWNER)
    end()
    end()
    await journal.create(new_run("run_2"), OWNER)
    assert set(hints) == {"run_1"}
