"""What clients ask of runs is served by any process, and refused with a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.executor.agent.scripted import HeldClock
from services.executor.conversation import SessionKey, SessionPolicy
from services.executor.errors import RequestError, RequestIdInUseError, SessionBusyError
from services.executor.events import AbortCause
from services.executor.lifecycle_events import InputKind
from services.executor.run_errors import (
    InputClosedError,
    RunActiveError,
    UnknownInputError,
    UnknownRunError,
)
from services.executor.runs.desk import Answer, RunDesk
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.ports import Creation
from services.executor.runs.rows import RunFilter, RunStatus
from services.executor.runs.tails import Tails
from tests.runs.recorded import OWNER, new_input, new_run, record

SESSION = SessionKey("user", "chat")
APPROVES = frozenset({InputKind.APPROVAL})
DAY_S = 86_400.0


@dataclass
class Office:
    """A desk over a journal in memory; ``stopped`` are the runs that it stopped in its process."""

    clock: HeldClock = field(default_factory=HeldClock)
    stopped: list[tuple[str, AbortCause]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(self.clock)
        self.desk = RunDesk(
            self.journal,
            Tails(self.journal, 60.0),
            self.clock,
            lambda run_id, cause: self.stopped.append((run_id, cause)),
            7 * DAY_S,
        )


async def test_same_request_joins_its_run() -> None:
    desk = Office().desk
    first = await desk.create(new_run("run_1", request_id="r"), OWNER)
    again = await desk.create(new_run("run_2", request_id="r", connection="2"), OWNER)
    assert (first.creation, again.creation) == (Creation.NEW, Creation.JOINED)
    assert again.row == first.row
    with pytest.raises(RequestIdInUseError, match="another id"):
        await desk.create(new_run("run_3", request_id="r", spec_digest="bb"), OWNER)
    other = await desk.create(new_run("run_4", request_id="r", host="10.0.0.2"), OWNER)
    assert other.creation is Creation.NEW


async def test_busy_session_refuses_or_queues() -> None:
    office = Office()
    desk, journal = office.desk, office.journal
    await desk.create(new_run("run_0", session=SESSION), OWNER)
    with pytest.raises(SessionBusyError, match="QUEUE or INTERRUPT"):
        await desk.create(new_run("run_x", session=SESSION), OWNER)
    for number in range(1, 22):
        queued = new_run(
            f"run_{number}",
            session=SESSION,
            policy=SessionPolicy.QUEUE,
            host=f"h{number}",
            connection=str(number),
        )
        await desk.create(queued, OWNER)
        assert await journal.take_turn(OWNER, f"run_{number}", 1) == number
    with pytest.raises(SessionBusyError, match="already waiting"):
        await desk.create(
            new_run("run_y", session=SESSION, policy=SessionPolicy.INTERRUPT, host="h9"), OWNER
        )
    await record(journal, "run_0", [b"end"], end=RunStatus.COMPLETED)
    assert await journal.take_turn(OWNER, "run_1", 1) == 0
    assert (await desk.get("run_1", "")).status is RunStatus.RUNNING
    assert (await desk.get("run_2", "")).status is RunStatus.QUEUED


async def test_one_connection_fills_no_queue() -> None:
    office = Office()
    await office.desk.create(new_run("run_0", session=SESSION, host="h", connection="c"), OWNER)
    mine = [
        new_run(f"run_w{number}", session=SESSION, policy=SessionPolicy.QUEUE)
        for number in range(17)
    ]
    for new in mine[:16]:
        await office.desk.create(new, OWNER)
    with pytest.raises(SessionBusyError, match="already waiting"):
        await office.desk.create(mine[16], OWNER)


async def test_interrupt_stops_the_active_run_and_comes_next() -> None:
    office = Office()
    desk, journal = office.desk, office.journal
    for number, policy in enumerate((SessionPolicy.REJECT, *[SessionPolicy.QUEUE] * 2)):
        await desk.create(new_run(f"run_{number}", session=SESSION, policy=policy), OWNER)
    await desk.create(new_run("run_next", session=SESSION, policy=SessionPolicy.INTERRUPT), OWNER)
    assert await journal.cancels(OWNER) == [("run_0", "interrupted")]
    await record(journal, "run_0", [b"end"], end=RunStatus.ABORTED)
    assert await journal.take_turn(OWNER, "run_next", 1) == 0
    assert await journal.take_turn(OWNER, "run_1", 1) == 1


async def test_cancel_stops_once_and_leaves_ended_runs() -> None:
    office = Office()
    await office.desk.create(new_run("run_1"), OWNER)
    assert (await office.desk.cancel("run_1", "")).cancel == "cancelled"
    assert (await office.desk.cancel("run_1", "")).status is RunStatus.RUNNING
    assert office.stopped == [("run_1", AbortCause.CANCELLED)] * 2
    await record(office.journal, "run_1", [b"end"], end=RunStatus.ABORTED)
    assert (await office.desk.cancel("run_1", "")).status is RunStatus.ABORTED
    assert len(office.stopped) == 2


async def test_run_of_another_tenant_is_unknown() -> None:
    office = Office()
    desk = office.desk
    await desk.create(new_run("run_1", tenant="acme"), OWNER)
    answer = Answer("run_1", "inp_1", "", APPROVES, b"")
    for asked in (
        desk.get("run_1", "other"),
        desk.cancel("run_1", "other"),
        desk.delete("run_1", "other"),
        desk.inputs("other", "run_1", None, "", 9),
        desk.answer(answer, "other"),
        anext(desk.subscribe("run_1", "other", 0)),
    ):
        with pytest.raises(UnknownRunError, match='no run "run_1"'):
            await asked
    assert await desk.runs(RunFilter(tenant="other"), 9) == []


async def test_subscribing_after_an_event_to_come_is_refused() -> None:
    office = Office()
    await office.desk.create(new_run("run_1"), OWNER)
    await record(office.journal, "run_1", [b"a", b"b"])
    with pytest.raises(RequestError, match="2 events so far") as refused:
        await anext(office.desk.subscribe("run_1", "", 3))
    assert [each.field for each in refused.value.violations] == ["after_sequence"]


async def test_only_ended_runs_are_deleted() -> None:
    office = Office()
    await office.desk.create(new_run("run_1", request_id="r"), OWNER)
    with pytest.raises(RunActiveError):
        await office.desk.delete("run_1", "")
    await record(office.journal, "run_1", [b"end"], end=RunStatus.FAILED)
    await office.desk.delete("run_1", "")
    with pytest.raises(UnknownRunError):
        await office.desk.delete("run_1", "")
    again = await office.desk.create(new_run("run_2", request_id="r"), OWNER)
    assert again.creation is Creation.NEW


async def test_runs_expire_by_the_time_of_their_end() -> None:
    office = Office()
    for number in range(3):
        await office.desk.create(new_run(f"run_{number}"), OWNER)
        office.clock.seconds += DAY_S
        if number < 2:
            await record(office.journal, f"run_{number}", [b"end"], end=RunStatus.COMPLETED)
    office.clock.seconds = 8.5 * DAY_S
    assert await office.desk.expire() == 1
    assert [row.new.run_id for row in await office.desk.runs(RunFilter(), 9)] == ["run_2", "run_1"]
    office.clock.seconds = 100 * DAY_S
    assert await office.desk.expire() == 1
    assert (await office.desk.get("run_2", "")).status is RunStatus.RUNNING


async def test_input_is_answered_once() -> None:
    office = Office()
    desk, journal = office.desk, office.journal
    await desk.create(new_run("run_1"), OWNER)
    await record(
        journal,
        "run_1",
        [b"asked"],
        status=RunStatus.WAITING,
        inputs=[new_input("inp_1"), new_input("inp_2", InputKind.TOOL_RESULT)],
    )
    waiting = await desk.inputs("", "", None, "", 9)
    assert [row.new.input_id for row in waiting] == ["inp_1", "inp_2"]
    assert len(await desk.inputs("", "run_1", None, "inp_1", 9)) == 1
    with pytest.raises(UnknownInputError):
        await desk.answer(Answer("run_1", "inp_9", "", APPROVES, b""), "")
    with pytest.raises(RequestError, match="a tool's result"):
        await desk.answer(Answer("run_1", "inp_2", "", APPROVES, b""), "")
    yes = Answer("run_1", "inp_1", "me", APPROVES, b"yes")
    assert (await desk.answer(yes, "")).new.input_id == "inp_1"
    assert (await desk.answer(yes, "")).new.input_id == "inp_1"
    with pytest.raises(InputClosedError, match="the first one counts"):
        await desk.answer(Answer("run_1", "inp_1", "you", APPROVES, b"no"), "")
    assert (await desk.get("run_1", "")).status is RunStatus.WAITING
    await desk.answer(Answer("run_1", "inp_2", "", frozenset({InputKind.TOOL_RESULT}), b"4"), "")
    assert (await desk.get("run_1", "")).status is RunStatus.READY


async def test_input_expires() -> None:
    office = Office()
    await office.desk.create(new_run("run_1"), OWNER)
    await record(
        office.journal,
        "run_1",
        status=RunStatus.WAITING,
        inputs=[new_input("inp_1", wait_ns=10**9)],
    )
    assert await office.journal.claim("boot_2", 3.0, 9) == []
    office.clock.seconds = 1.0
    with pytest.raises(InputClosedError, match="in time"):
        await office.desk.answer(Answer("run_1", "inp_1", "", APPROVES, b""), "")
    assert await office.desk.inputs("", "", None, "", 9) == []
    (row,) = await office.journal.claim("boot_2", 3.0, 9)
    assert (row.owner, row.epoch, row.status) == ("boot_2", 2, RunStatus.RUNNING)
