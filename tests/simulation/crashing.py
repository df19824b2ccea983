"""Kills the process of a recorded run at each of its commits, before and after it; another goes on.

Both processes are on one loop and one journal in memory. A process that is killed does nothing
more: none of its callbacks is run. Some tools ask a person, who answers, or does not.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from google.protobuf.duration_pb2 import Duration

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.scripted import FixedBundles
from services.executor.agent.task_ends import end_tasks
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import Message, SessionKey
from services.executor.events import AbortCause, ToolOutcome
from services.executor.lifecycle_events import InputKind
from services.executor.limits import RunLimits
from services.executor.runs.desk import Answer
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.new_run import new_run
from services.executor.runs.rows import Entry, RunFilter, RunStatus, SessionAppend, Written
from services.executor.runs.runtime import RunKeeping, RunsRuntime
from services.executor.schemas.scripted import LocalSchemas
from services.executor.wire.requests import AskedRun, from_create_request
from tests.executor.builders import bundle
from tests.simulation.chance import dice
from tests.simulation.play import (
    LIMITS,
    SCHEMA,
    Stage,
    agents_of,
    heard_log,
    new_ran,
    parts_of,
    prices_of,
)
from tests.simulation.records import Played, Ran
from tests.simulation.resuming import HISTORY, KEY, lonely
from tests.simulation.rules.conversations import check_valid
from tests.simulation.scripts import WorldScript
from tests.simulation.virtual_loop import VirtualClock, VirtualLoop
from tests.survival.grammar import check_log

T = TypeVar("T")

FIRST, SECOND = "first", "second"
LEASE_S = 3.0
ASKED_EVERY_S = 1.0
LOOKED_EVERY_S = 0.01
EXPIRY_S = 20
KINDS = frozenset(InputKind)
NOT_STARTED: Final = run_event_pb2.TOOL_OUTCOME_NOT_STARTED
PROCESS: ContextVar[str] = ContextVar("process", default="")


@dataclass(frozen=True)
class Death:
    """The first process dies at its commit of this number, from 1, which is made or not.

    With ``is_cancelled`` somebody cancels the run before another has it.
    """

    commit: int
    is_made: bool
    is_cancelled: bool = False


class FatalJournal(MemoryJournal):
    """A journal that both processes use, and at one of whose commits the first is killed."""

    def __init__(
        self, append: Callable[[SessionAppend], None], death: Death | None, kill: Callable[[], None]
    ) -> None:
        super().__init__(VirtualClock(), append)
        self.commits = 0
        self._death = death
        self._kill = kill

    async def write(self, owner: str, entries: Sequence[Entry]) -> Written:
        if PROCESS.get() != FIRST:
            return await super().write(owner, entries)
        self.commits += 1
        if self._death is None or self._death.commit != self.commits:
            return await super().write(owner, entries)
        if self._death.is_made:
            await super().write(owner, entries)
        self._kill()
        return await asyncio.Future()


@dataclass(eq=False)
class Survived:
    """A run of two processes, to its end.

    Attributes:
        log: its recorded events, and ``seen`` what somebody who watched it all the time was shown.
        commits: how many the first process made, or was to make.
        appended: how often its session was added to.
        answered: how often a person has answered.
        kept: its conversation afterwards.
    """

    ran: Ran
    log: list[bytes] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    commits: int = 0
    appended: int = 0
    answered: int = 0
    status: RunStatus = RunStatus.QUEUED
    kept: tuple[Message, ...] = ()
    faults: list[str] = field(default_factory=list)

    def events(self) -> list[run_event_pb2.RunEvent]:
        """Return the recorded events."""
        return [pb.ExecuteAgentResponse.FromString(data).event for data in self.log]


def survive(world: WorldScript, death: Death | None) -> Survived:
    """Play the run of a world to its end; the first of two processes dies where it is to.

    Raises:
        DeadlockError, EndlessError: it would never end.
    """
    loop = VirtualLoop(owner=PROCESS.get)
    ran = new_ran(0, world.runs[0])
    played = Played(world, [ran])
    stage = Stage(played, loop, None)
    stage.kept[KEY] = HISTORY
    found = Survived(ran)
    random.seed(world.seed)
    with heard_log(played, loop):
        loop.play(_Play(stage, found, death).main())
    found.kept = stage.kept.get(SessionKey("", ran.script.session), ())
    return found


class _Play:
    """One run on two processes."""

    def __init__(self, stage: Stage, found: Survived, death: Death | None) -> None:
        self._stage = stage
        self._found = found
        self._is_dead = False
        self._death = death
        self._cancelling: asyncio.Task[None] | None = None
        self._journal = FatalJournal(self._append, death, self._kill)
        self._first, self._second = self._runtime(), self._runtime()

    async def main(self) -> None:
        """Begin the run on the first process, watch it on the second, and close both."""
        found, loop = self._found, self._stage.loop
        await _of(FIRST, self._first.start())
        await _of(SECOND, self._second.start())
        beginning = _task_of(FIRST, self._begun())
        run_id = await self._created(beginning)
        person = asyncio.create_task(self._answer(run_id))
        async for data in self._second.desk.subscribe(run_id, "", 0):
            if pb.ExecuteAgentResponse.FromString(data).HasField("event"):
                found.seen.append(data)
        await end_tasks(person)
        ended = await self._journal.run(run_id, "")
        assert ended is not None
        chunks = await self._journal.events(run_id, 0, 1 << 30)
        found.log = [data for chunk in chunks for data in chunk.events]
        found.commits, found.status = self._journal.commits, ended.status
        if not self._is_dead:
            await _of(FIRST, self._first.close())
        await _of(SECOND, self._second.close())
        living = [] if self._is_dead else loop.going(FIRST)
        found.faults += [f"{task!r} was left" for task in (*living, *loop.going(SECOND))]
        found.faults += [*self._stage.played.faults, *loop.faults, *found.ran.faults]

    def _runtime(self) -> RunsRuntime:
        keeping = RunKeeping(lease_s=LEASE_S, alone=False)
        parts = parts_of(self._stage, self._found.ran)
        return RunsRuntime(self._journal, parts, self._planner(), keeping)

    def _planner(self) -> Planner:
        stage, script = self._stage, self._found.ran.script
        bundles = FixedBundles(bundle(*agents_of(script)))
        given = (bundles, prices_of(stage), ModelNames(), LIMITS, stage.ids, LocalSchemas())
        return Planner(*given)

    async def _created(self, beginning: asyncio.Task[None]) -> str:
        """Return the id of the run once it is recorded; who began it may be dead then."""
        while not (rows := await self._journal.runs(RunFilter(""), 1)):
            await asyncio.wait({beginning}, timeout=LOOKED_EVERY_S)
            if beginning.done():
                beginning.result()
        return rows[0].new.run_id

    async def _begun(self) -> None:
        asked = _asked(self._stage.played.script, self._found.ran)
        plan = await self._planner().plan(asked.request, OWN_PROCESS)
        new = new_run(plan, asked.spec, continues=True)
        await self._first.live.start(plan, new, lambda: None, lambda: AbortCause.SHUTDOWN)

    async def _answer(self, run_id: str) -> None:
        """Answer what the run waits for, most of it, after a while."""
        chance = dice(self._stage.played.script.seed, "person")
        left: set[str] = set()
        while True:
            await asyncio.sleep(ASKED_EVERY_S)
            for row in await self._second.desk.inputs("", run_id, None, "", 100):
                input_id = row.new.input_id
                if input_id in left:
                    continue
                left.add(input_id)
                wanted = chance.choice(("approve", "edit", "deny", "wait"))
                if wanted == "wait":
                    continue
                data = _answer_of(run_id, input_id, wanted)
                answer = Answer(run_id, input_id, "", KINDS, data)
                await _of(SECOND, self._second.desk.answer(answer, ""))
                self._found.answered += 1

    def _append(self, append: SessionAppend) -> None:
        kept = self._stage.kept
        kept[append.key] = (*kept.get(append.key, ()), *append.messages)
        self._found.appended += 1

    def _kill(self) -> None:
        self._is_dead = True
        self._found.ran.running = 0
        self._stage.loop.kill(FIRST)
        if self._death is not None and self._death.is_cancelled:
            self._cancelling = _task_of(SECOND, self._cancel())

    async def _cancel(self) -> None:
        for row in await self._journal.runs(RunFilter(""), 1):
            await self._journal.request_cancel(row.new.run_id, "", AbortCause.CANCELLED.value)


async def _of(process: str, work: Coroutine[Any, Any, T]) -> T:
    """Have a process do something, and wait for it."""
    return await _task_of(process, work)


def _task_of(process: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    context = copy_context()
    context.run(PROCESS.set, process)
    return asyncio.create_task(work, context=context)


def _asked(world: WorldScript, ran: Ran) -> AskedRun:
    """Return a run's request, as a client sends it."""
    script = ran.script
    spec = run_pb2.RunSpec(
        message=ran.message.text,
        session_id=script.session,
        session_policy=run_pb2.SESSION_POLICY_QUEUE,
        limits=_limits(script.limits),
    )
    spec.bundle.inline = b"-"
    if script.wants_schema:
        spec.output_schema.json_text = json.dumps(SCHEMA)
    if dice(world.seed, "approvals").random() < 0.5:
        rule = run_pb2.ApprovalRule(tool="add", timeout=Duration(seconds=EXPIRY_S))
        spec.approvals.append(rule)
    return from_create_request(pb.CreateRunRequest(spec=spec).SerializeToString())


def _limits(limits: RunLimits) -> run_pb2.RunLimits:
    """Return a run's limits, those of its wall time and of what it may spend."""
    found = run_pb2.RunLimits(
        max_steps=limits.max_steps,
        max_tool_calls=limits.max_tool_calls,
        max_input_tokens=limits.max_input_tokens,
        max_output_tokens=limits.max_output_tokens,
    )
    if limits.timeout_s is not None:
        found.timeout.FromNanoseconds(int(limits.timeout_s * 1e9))
    if limits.max_cost_usd is not None:
        found.max_cost_nano_usd = int(limits.max_cost_usd * 1e9)
    return found


def _answer_of(run_id: str, input_id: str, wanted: str) -> bytes:
    """Return a person's answer to a call of ``add``."""
    asked = pb.AnswerInputRequest(run_id=run_id, input_id=input_id)
    if wanted == "deny":
        asked.deny.reason = "not today"
    elif wanted == "edit":
        asked.approve.edited_input.json_text = '{"a": 7, "b": 8}'
    else:
        asked.approve.SetInParent()
    return asked.SerializeToString()


def check_survived(found: Survived) -> None:
    """Look at a run that has ended, whoever ended it; raises AssertionError."""
    ran, events = found.ran, found.events()
    assert not found.faults, found.faults
    assert found.status.has_ended
    assert found.seen == found.log, "who watched it was not shown what is recorded"
    check_log(events)
    ended = events[-1].run_ended
    told = {each.tool_call_id: each.outcome for each in ended.effects.tool_calls}
    assert set(ran.called) <= set(told), "a tool ran that is not told of"
    started = {key for key, outcome in told.items() if outcome != NOT_STARTED}
    assert set(ran.called) <= started, "a tool ran that is told of as not started"
    for key in ran.called:
        is_returned = told[key] == run_event_pb2.TOOL_OUTCOME_RETURNED
        assert not is_returned or ran.called[key].outcome is ToolOutcome.RETURNED
    assert found.appended == ended.effects.session_saved
    if found.kept:
        check_valid(found.kept)


def run_crashed(seed: int, most: int | None = None) -> int:
    """Kill a run's process at each of its commits, or at so many by chance; return how many.

    Raises:
        AssertionError: the run did not survive it as it should.
    """
    world = lonely(seed)
    whole = survive(world, None)
    deaths: list[Death | None] = [None]
    commits = range(1, whole.commits + 1)
    deaths += [Death(commit, is_made) for commit in commits for is_made in (False, True)]
    if most is not None and len(deaths) > most:
        deaths = dice(seed, "deaths").sample(deaths, most)
    for death in deaths:
        found = None
        try:
            found = survive(world, death)
            check_survived(found)
        except Exception as error:
            log = "" if found is None else "\n".join(map(str, found.events()))
            raise AssertionError(
                f"again: pytest tests/simulation/test_crashing.py --seed {seed}; {death} of "
                f"{whole.commits}: {error!r}\n{log}"
            ) from error
    return len(deaths)
