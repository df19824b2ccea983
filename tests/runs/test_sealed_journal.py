"""A sealed journal: the one below sees nothing that was said, and the one above sees all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.executor.adapters.system import SystemClock
from services.executor.keys import NamedKey
from services.executor.run_errors import SealedError
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.ports import Answered, Creation
from services.executor.runs.rows import End, Entry, Record, RunFilter, RunStatus
from services.executor.runs.sealed_journal import SealedJournal
from services.executor.runs.sealing import Sealer
from tests.runs.recorded import OWNER, new_input, new_run

CANARY = b"said-in-private"
KEYS = [NamedKey("a", bytes(32)), NamedKey("b", bytes(range(32)))]


def said(number: int) -> bytes:
    return CANARY + str(number).encode()


async def recorded(journal: SealedJournal, run_id: str = "run_1") -> None:
    """Record a run with all that can be in one, in two writes; it waits for an input."""
    new = replace(new_run(run_id, request_id=run_id), spec=said(0))
    created = await journal.create(new, OWNER)
    assert created.creation is Creation.NEW
    assert created.row is not None
    assert created.row.new == new
    records = [Record("state", said(3)), Record("answer", said(4))]
    await journal.write(OWNER, [Entry(run_id, 1, 1, [said(1), said(2)], 0, records)])
    asked = replace(new_input(f"in-{run_id}", wait_ns=4 * 10**18), required=said(5))
    more = Entry(run_id, 1, 3, [said(6)], 2, [Record("state", said(7))], RunStatus.WAITING, [asked])
    await journal.write(OWNER, [more])


async def everything(journal: MemoryJournal | SealedJournal, run_id: str = "run_1") -> list[bytes]:
    """Return all bytes of a run that may say something."""
    row = await journal.run(run_id, "")
    assert row is not None
    chunks = await journal.events(run_id, 0, 10**6)
    inputs = await journal.answers(run_id)
    return [
        row.new.spec,
        *(each for chunk in chunks for each in chunk.events),
        *(each.data for each in await journal.records(run_id)),
        *(each.new.required for each in inputs),
        *(each.answer for each in inputs if each.answer is not None),
        *([] if row.ended is None else [row.ended]),
    ]


async def test_inner_journal_sees_nothing_and_outer_one_all() -> None:
    inner = MemoryJournal(SystemClock())
    journal = SealedJournal(inner, Sealer(KEYS))
    await recorded(journal)
    assert await journal.answer("run_1", "", "in-run_1", "r", said(8)) is Answered.ACCEPTED
    (claimed,) = await journal.claim(OWNER, 1.0, 10)
    assert claimed.new.spec == said(0)
    end = End(RunStatus.COMPLETED, said(9))
    written = await journal.write(OWNER, [Entry("run_1", claimed.epoch, 4, [said(10)], 3, end=end)])
    assert not written.lost
    below = await everything(inner)
    assert len(below) == 11
    assert not any(CANARY in each for each in below)
    above = await everything(journal)
    assert sorted(above) == sorted(said(number) for number in range(11))
    (listed,) = await journal.runs(RunFilter(), 10)
    assert (listed.new.spec, listed.ended) == (said(0), said(9))
    assert [each.data for each in await journal.records("run_1", "answer")] == [said(4)]
    (chunk,) = await journal.events("run_1", 2, 1)
    assert (chunk.first, chunk.events) == (3, (said(6),))


async def test_same_answer_again_is_told_from_another() -> None:
    journal = SealedJournal(MemoryJournal(SystemClock()), Sealer(KEYS))
    await recorded(journal)
    given = ("run_1", "", "in-run_1")
    assert await journal.answer(*given, "r", said(8)) is Answered.ACCEPTED
    assert await journal.answer(*given, "r", said(8)) is Answered.AGAIN
    assert await journal.answer(*given, "r", said(9)) is Answered.ANSWERED
    assert await journal.answer(*given, "other", said(8)) is Answered.ANSWERED
    assert await journal.answer(*given, "", said(8)) is Answered.ANSWERED
    assert await journal.answer("run_1", "other", "in-run_1", "r", said(8)) is Answered.UNKNOWN


async def test_same_request_joins_and_sees_its_spec() -> None:
    journal = SealedJournal(MemoryJournal(SystemClock()), Sealer(KEYS))
    await recorded(journal)
    joining = replace(new_run("run_2", request_id="run_1"), spec=said(0))
    joined = await journal.create(joining, OWNER)
    assert joined.creation is Creation.JOINED
    assert joined.row is not None
    assert joined.row.new.spec == said(0)


async def test_rows_of_a_retired_key_are_told_and_hold_up_no_others() -> None:
    inner = MemoryJournal(SystemClock())
    await recorded(SealedJournal(inner, Sealer(KEYS[:1])), "run_old")
    journal = SealedJournal(inner, Sealer(KEYS[1:]))
    await recorded(journal, "run_new")
    for run_id in ("run_old", "run_new"):
        await inner.request_cancel(run_id, "", "client-cancelled")
    claimed = {row.new.run_id: row.new.spec for row in await journal.claim("boot_2", 1.0, 10)}
    assert claimed["run_new"] == said(0)
    assert CANARY not in claimed["run_old"]
    assert claimed["run_old"].startswith(b"\0")
    with pytest.raises(SealedError, match="key 'a', which is not set"):
        await journal.run("run_old", "")
    both = SealedJournal(inner, Sealer(KEYS[::-1]))
    assert await everything(both, "run_old") == await everything(both, "run_new")


async def test_bytes_moved_between_rows_are_refused() -> None:
    inner = MemoryJournal(SystemClock())
    journal = SealedJournal(inner, Sealer(KEYS))
    await recorded(journal)
    (chunk,) = await inner.events("run_1", 0, 10**6)
    await inner.create(new_run("run_2"), OWNER)
    await inner.write(OWNER, [Entry("run_2", 1, 1, chunk.events)])
    with pytest.raises(SealedError, match="moved from another row"):
        await journal.events("run_2", 0, 10**6)
