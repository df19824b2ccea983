"""Plays a schedule: its runs, each read in its client's way, on one loop of virtual time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.model_names import ModelNames
from services.executor.agent.plan import RunPlan
from services.executor.agent.planner import Planner
from services.executor.agent.ports import Keep
from services.executor.agent.run import AgentRun
from services.executor.agent.run_parts import RunParts
from services.executor.agent.scripted import CountingIds, FixedBundles
from services.executor.agent_parts import ToolWasCalled
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import Message, SessionKey, UserMessage
from services.executor.domain import (
    AgentSpec,
    InlineBundle,
    JsonObject,
)
from services.executor.egress.policy import Egress
from services.executor.egress.scripted import ScriptedExchange
from services.executor.errors import SessionBusyError
from services.executor.events import AbortCause
from services.executor.limits import DeploymentLimits
from services.executor.run_request import RunRequest
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import RunFilter
from services.executor.schemas.scripted import LocalSchemas
from tests.executor.builders import ADD_SCHEMA, agent, bundle, tool
from tests.executor.watched import ACTIVE, Recorder, WatchedRun
from tests.simulation.actors import (
    Scene,
    ScheduledModel,
    ScheduledPrices,
    ScheduledRunner,
    ScheduledStore,
)
from tests.simulation.handoffs import with_aide
from tests.simulation.records import Played, Ran
from tests.simulation.scripts import BrokenError, Reading, RunScript, WorldScript
from tests.simulation.virtual_loop import MOST_STEPS, VirtualClock, VirtualLoop

SCHEMA: JsonObject = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
LIMITS = DeploymentLimits(max_steps=8, timeout_s=300.0, first_token_s=60.0, token_gap_s=20.0)
# The longest that model, tools and store take to end, and the callbacks that it takes.
ENDING_S = 0.5
ENDING_CALLBACKS = 3000

RUN: ContextVar[int | None] = ContextVar("run", default=None)


@dataclass(frozen=True)
class Interference:
    """Something that is done to a run before a step of the loop, when every task waits.

    Attributes:
        step: before which; counted from 1.
        aborts: the run is aborted; otherwise the task of its reader is cancelled.
        again: how many steps later its reader is cancelled, too; 0 for not at all.
    """

    step: int
    aborts: bool = False
    again: int = 0


@dataclass(eq=False)
class Stage:
    """What all runs of a schedule share, and the runs that are going on."""

    played: Played
    loop: VirtualLoop
    interference: Interference | None
    journal: MemoryJournal = field(default_factory=lambda: MemoryJournal(VirtualClock()))
    ids: CountingIds = field(default_factory=CountingIds)
    clock: VirtualClock = field(default_factory=VirtualClock)
    exchange: ScriptedExchange = field(default_factory=ScriptedExchange)
    kept: dict[SessionKey, tuple[Message, ...]] = field(default_factory=dict)
    speakers: dict[SessionKey, str] = field(default_factory=dict)
    going: dict[int, tuple[WatchedRun, asyncio.Task[None]]] = field(default_factory=dict)
    victim: int | None = None

    def before_step(self, step: int) -> None:
        """Interfere, where it is time to."""
        what = self.interference
        if what is None or not self.going:
            return
        if step == what.step:
            self.victim = sorted(self.going)[step % len(self.going)]
            self._stop(self.victim, aborts=what.aborts)
        elif what.again and step == what.step + what.again and self.victim in self.going:
            self._stop(self.victim, aborts=False)

    def _stop(self, number: int, *, aborts: bool) -> None:
        ran, (run, reader) = self.played.runs[number], self.going[number]
        if aborts:
            abort(ran, run, AbortCause.SHUTDOWN, self.loop)
        else:
            cancel(ran, reader, self.loop)


def play(
    script: WorldScript, interference: Interference | None = None, most_steps: int = MOST_STEPS
) -> Played:
    """Play a schedule, to the end of all that it began.

    Raises:
        DeadlockError, EndlessError: it would never end.
        Exception: whatever a run raises that it should not.
    """
    runs = [new_ran(number, run) for number, run in enumerate(script.runs)]
    played = Played(script, runs, slack_s=ENDING_S + script.callback_s * ENDING_CALLBACKS)
    loop = VirtualLoop(script.callback_s, RUN.get, lambda step: stage.before_step(step), most_steps)
    stage = Stage(played, loop, interference)
    random.seed(script.seed)  # the chance in the waits between attempts
    with heard_log(played, loop):
        loop.play(_play(stage))
    played.steps = loop.steps
    played.faults += loop.faults
    return played


def abort(ran: Ran, run: WatchedRun, cause: AbortCause, loop: VirtualLoop) -> None:
    """Abort a run, and note it when it is the first time."""
    if run.cause is None:
        ran.aborts.append((loop.time(), cause))
    run.abort(cause)


def cancel(ran: Ran, reader: asyncio.Task[None], loop: VirtualLoop) -> None:
    """Cancel the task that reads a run."""
    if not reader.done():
        ran.cut_s = loop.time() if ran.cut_s is None else ran.cut_s
        reader.cancel()


def new_ran(number: int, script: RunScript) -> Ran:
    """Return the record of a run that is to take place."""
    own = script.bundle_steps, script.limits.max_steps, LIMITS.max_steps
    most = min(each for each in own if each is not None)
    return Ran(number, script, UserMessage(f"What of day {number}?"), most)


async def _play(stage: Stage) -> None:
    drivers = [asyncio.create_task(_one(stage, ran)) for ran in stage.played.runs]
    await asyncio.wait(drivers)
    for driver in drivers:
        driver.result()
    active = RunFilter("", statuses=ACTIVE)
    stage.played.busy += [row.new.run_id for row in await stage.journal.runs(active, 1)]


async def _one(stage: Stage, ran: Ran) -> None:
    """Start one run, have it read, and do to it what its client does."""
    RUN.set(ran.number)
    await asyncio.sleep(ran.script.start_s)
    run = watched(stage, ran, AgentRun(await planned(stage, ran), parts_of(stage, ran)))
    reader = asyncio.create_task(read(stage, ran, run))
    stage.going[ran.number] = run, reader
    client = ran.script.reader
    if client.way in {Reading.ABORTS, Reading.CANCELLED}:
        await asyncio.wait([reader], timeout=client.at_s or None)
        if client.way is Reading.ABORTS:
            abort(ran, run, client.cause, stage.loop)
        else:
            cancel(ran, reader, stage.loop)
        if client.again_s is not None:
            await asyncio.wait([reader], timeout=client.again_s)
            cancel(ran, reader, stage.loop)
    await asyncio.wait([reader])
    del stage.going[ran.number]
    if not reader.cancelled():
        reader.result()


async def planned(stage: Stage, ran: Ran) -> RunPlan:
    """Return the plan of a run."""
    script = ran.script
    bundles = FixedBundles(bundle(*agents_of(script)))
    planner = Planner(bundles, prices_of(stage), ModelNames(), LIMITS, stage.ids, LocalSchemas())
    request = RunRequest(
        InlineBundle(b""),
        ran.message.text,
        session_id=script.session,
        session_policy=script.policy,
        limits=script.limits,
        output_schema=SCHEMA if script.wants_schema else None,
    )
    return await planner.plan(request, OWN_PROCESS)


def parts_of(stage: Stage, ran: Ran) -> RunParts:
    """Return what a run works with."""
    world = stage.played.script
    scene = Scene(world, ran, stage.loop)
    return RunParts(
        model=AttemptingModel(ScheduledModel(scene), stage.clock, RetryPolicy()),
        runner=ScheduledRunner(scene),
        sessions=ScheduledStore(scene, stage.kept, stage.speakers),
        prices=prices_of(stage),
        clock=stage.clock,
        ids=stage.ids,
        egress=Egress(lambda *_: stage.exchange),
        history=HistoryBudget(world.history_messages, world.history_bytes),
    )


def watched(stage: Stage, ran: Ran, run: AgentRun, keep: Keep | None = None) -> WatchedRun:
    """Return a run with its client, which takes turns with the others of the schedule."""
    store = ScheduledStore(Scene(stage.played.script, ran, stage.loop), stage.kept, stage.speakers)
    return WatchedRun(run, Recorder(stage.clock, store, stage.journal), keep)


def prices_of(stage: Stage) -> ScheduledPrices:
    """Return what models cost in a schedule."""
    world = stage.played.script
    return ScheduledPrices(world.prices, world.price_s)


def agents_of(script: RunScript) -> tuple[AgentSpec, ...]:
    """Return the agents of a run's bundle."""
    tools = (tool("add", ADD_SCHEMA), tool("slow", ADD_SCHEMA)) if script.has_tools else ()
    tokens = script.bundle_output_tokens
    after = ToolWasCalled(None if script.stops_after == "*" else script.stops_after)
    main = agent(
        *tools,
        fallback_models=script.fallbacks,
        max_steps=script.bundle_steps,
        settings={} if tokens is None else {"maxOutputTokens": tokens},
        stop_conditions=(after,) if script.stops_after else (),
    )
    return with_aide(main) if script.hands_over else (main,)


async def read(stage: Stage, ran: Ran, run: WatchedRun) -> None:
    """Read a run; when its stream is closed nothing of it may be left."""
    loop = stage.loop
    ran.began_s = loop.time()
    ours = set(loop.going(ran.number))
    try:
        async with aclosing(run.events()) as events:
            async for event in events:
                ran.events.append((loop.time(), event))
                if not await _goes_on(ran):
                    return
        ran.ended = True
    except SessionBusyError as error:
        ran.refused = error
    finally:
        ran.closed_s = loop.time()
        ran.left += [repr(task) for task in loop.going(ran.number) if task not in ours]


async def _goes_on(ran: Ran) -> bool:
    """Do what the client does after an event; return whether it reads the next one."""
    client = ran.script.reader
    if client.way is Reading.LEAVES:
        return len(ran.events) < client.events
    stops = client.way is Reading.STOPS and len(ran.events) == client.events
    if client.way is Reading.SLOW or stops:
        await asyncio.sleep(client.at_s)
    return True


@contextmanager
def heard_log(played: Played, loop: VirtualLoop) -> Iterator[None]:
    """Note what the agent logs: the end of each run, and faults that were not scheduled."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            number = RUN.get()
            error = record.exc_info[1] if record.exc_info else None
            if record.levelno >= logging.WARNING and not isinstance(error, BrokenError):
                played.faults.append(f"{record.getMessage()}: {error!r}")
            elif record.levelno == logging.INFO and number is not None:
                played.runs[number].endings.append((loop.time(), record.getMessage()))

    log = logging.getLogger("services.executor.agent")
    before, ear = (log.level, log.propagate), Ear()
    log.addHandler(ear)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(ear)
        log.setLevel(before[0])
        log.propagate = before[1]
