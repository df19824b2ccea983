"""Stops a run between two of its steps and goes on from its state, as JSON, in a world made anew.

What comes then is what came in the run that nobody stopped: the same events, requests to models,
calls of tools, spending, effects and conversation. Where a tool was at work when the run was
stopped, its outcome is not known: it is not run again, and the model is told. For such a moment
there is a second try, in which the tools at work had not begun yet, and a third, in which they are
idempotent: they are run again, with the same ids.
"""

from __future__ import annotations

import random
from collections.abc import Coroutine, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from math import isclose
from typing import Any, TypeVar

from services.executor.agent.plan import RunPlan
from services.executor.agent.run import AgentRun
from services.executor.agent.scripted import CountingIds
from services.executor.agent.state import PendingCall, RunState
from services.executor.agent.state_json import from_text, to_text
from services.executor.conversation import (
    AssistantMessage,
    Message,
    SessionKey,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.errors import ExecutorError
from services.executor.events import (
    Abort,
    Error,
    Event,
    Finish,
    ModelRetry,
    Start,
    ToolConsole,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
    ToolUsage,
)
from tests.simulation.chance import dice, world_script
from tests.simulation.play import (
    RUN,
    Stage,
    heard_log,
    new_ran,
    parts_of,
    planned,
    read,
    watched,
)
from tests.simulation.records import Called, Played, Ran
from tests.simulation.rules.conversations import check_valid
from tests.simulation.rules.events import Order
from tests.simulation.scripts import ReaderScript, Reading, WorldScript
from tests.simulation.virtual_loop import VirtualLoop

T = TypeVar("T")

KEY = SessionKey("", "s")
ROUNDING_S = 1e-6
SAME_ERROR = ExecutorError("compared apart")
# With an id of a call that models give, too.
HISTORY: tuple[Message, ...] = (
    UserMessage("What of the day before?"),
    AssistantMessage("", (ToolCall("call-1", "add", '{"a": 1, "b": 2}'),)),
    ToolMessage("call-1", "add", '{"sum": 3}' * 20),
    AssistantMessage("Rain."),
)


class StepwiseRun(AgentRun):
    """A run that goes on only once each of its states is recorded, with the world as it is then."""

    def waits_for(self, state: RunState) -> bool:
        """Return that it does."""
        return True


@dataclass(frozen=True)
class Moment:
    """A state that a run has reached, and how far the world was then."""

    state: RunState
    events: Sequence[Event]
    asked: int
    stored: int
    called: dict[str, Called]
    numbers: dict[str, int]
    ids: int
    chance: Any
    now_s: float

    @property
    def is_answered(self) -> bool:
        """The model's answer is complete, and nothing was done with the calls in it."""
        pending = self.state.pending
        return bool(pending) and all(item == PendingCall(item.call) for item in pending)

    @property
    def unknown(self) -> set[str]:
        """The calls of which nothing but their beginning is known."""
        return {item.call.id for item in self.state.pending if item.is_unknown}


@dataclass(eq=False)
class Whole:
    """A run that nobody stopped, and every moment of it at which somebody could have."""

    world: WorldScript
    plan: RunPlan
    ran: Ran
    moments: list[Moment] = field(default_factory=list)

    def after(self, number: int) -> list[Event]:
        """Return the events that came after a moment."""
        events = [each.event for _, each in self.ran.events]
        places = {id(event): at for at, event in enumerate(events)}
        moment, rest = self.moments[number], self.moments[number + 1 :]
        if moment.is_answered and not moment.events:  # what was told before is its pieces
            later = [event for each in rest for event in each.events]
            return events[min((places[id(event)] for event in later), default=-1) :]
        told = [event for each in self.moments[: number + 1] for event in each.events]
        begins = [at for at, event in enumerate(events) if isinstance(event, Start)]
        last = max([places[id(event)] for event in told if id(event) in places] + begins)
        return events[last + 1 :]


def lonely(seed: int) -> WorldScript:
    """Return the world of one run, whose client reads all of it, in a conversation that goes on."""
    world = world_script(seed)
    script = replace(world.runs[0], start_s=0.0, reader=ReaderScript(Reading.PATIENT))
    return replace(world, runs=(script,), callback_s=0.0)


def play_whole(seed: int) -> Whole:
    """Play a run to its end."""
    world = lonely(seed)
    stage = _stage(world, 0.0)
    ran = stage.played.runs[0]
    random.seed(seed)

    async def main() -> Whole:
        RUN.set(0)
        whole = Whole(world, await planned(stage, ran), ran)

        async def keep(state: RunState, events: Sequence[Event]) -> None:
            whole.moments.append(_moment(stage, ran, state, events))

        run = StepwiseRun(whole.plan, parts_of(stage, ran))
        await read(stage, ran, watched(stage, ran, run, keep))
        return whole

    return _played(stage, main())


def go_on(whole: Whole, moment: Moment, state: RunState, plan: RunPlan | None = None) -> Ran:
    """Go on from a state in a world made anew, with new models and tools; return what came."""
    stage = _stage(whole.world, moment.now_s)
    stage.ids = CountingIds(moment.ids)
    ran = stage.played.runs[0]
    ran.asked, ran.stored = whole.ran.asked[: moment.asked], whole.ran.stored[: moment.stored]
    ran.called, ran.numbers = dict(moment.called), dict(moment.numbers)
    ran.opened_s = whole.ran.opened_s
    random.setstate(moment.chance)

    async def main() -> None:
        RUN.set(0)
        kept = from_text(to_text(state))
        assert kept == state, "the JSON form loses something"
        run = AgentRun(plan or whole.plan, parts_of(stage, ran), state=kept)
        await read(stage, ran, watched(stage, ran, run))

    _played(stage, main())
    return ran


def check_each(whole: Whole, numbers: Sequence[int]) -> None:
    """Stop a run at moments of it, and compare what comes then; raises AssertionError."""
    for number in numbers:
        moment = whole.moments[number]
        if _is_ending(whole, moment):
            continue
        if moment.unknown:
            _check_unknown(whole, number)
            _check_not_begun(whole, number)
            continue
        ran = go_on(whole, moment, moment.state)
        _check_same(whole, ran, shown(whole.after(number)))


def _is_ending(whole: Whole, moment: Moment) -> bool:
    """Tell whether the run is being ended: its time is over, or its tools are found not to open."""
    if moment.state.elapsed_s >= whole.plan.budget.timeout_s:
        return True
    runner, opened_s = whole.ran.script.runner, whole.ran.opened_s
    if runner.open_error is None or runner.open_s is None or opened_s is None:
        return False
    return opened_s + runner.open_s <= moment.now_s


def _check_same(whole: Whole, ran: Ran, wanted: list[object]) -> None:
    """Events, the last of which tells of all that was done, requests, calls and conversation."""
    found, wanted = _settled(shown(_events(ran))), _settled(wanted)
    for place, (event, other) in enumerate(zip(found, wanted, strict=False)):
        assert event == other, f"event {place}: {event}, and was {other}"
    assert len(found) == len(wanted), f"{len(found)} events, and were {len(wanted)}"
    assert isclose(ran.ended_s, whole.ran.ended_s, abs_tol=ROUNDING_S), "it took another time"
    assert [each.query for each in ran.asked] == [each.query for each in whole.ran.asked]
    assert ran.numbers == whole.ran.numbers, "other calls were run"
    assert {key: each.outcome for key, each in ran.called.items()} == {
        key: each.outcome for key, each in whole.ran.called.items()
    }
    assert ran.kept == whole.ran.kept, "another conversation is kept"


def _check_unknown(whole: Whole, number: int) -> None:
    """A tool that was at work is not run again; the run goes on, and says so."""
    moment = whole.moments[number]
    ran = go_on(whole, moment, moment.state)
    assert not moment.unknown & (set(ran.called) - set(moment.called)), "a call was run twice"
    assert {key for key, each in ran.called.items() if each.ended_s is None} <= moment.unknown
    before = [each.event for _, each in whole.ran.events][: -len(whole.after(number))]
    order = Order()
    for event in (*before, *_events(ran)):
        if not (isinstance(event, ToolConsole) and not event.call_id):
            order.take(event)
    terminal = _events(ran)[-1]
    assert isinstance(terminal, Finish | Error | Abort)
    outcomes = {each.call_id: each.outcome for each in terminal.effects.tool_calls}
    assert all(outcomes[key] is ToolOutcome.UNFINISHED for key in moment.unknown)
    if ran.kept is not None:
        check_valid(ran.kept)
        told = {item.call_id: item.text for item in ran.kept if isinstance(item, ToolMessage)}
        assert all("may have taken effect" in told[key] for key in moment.unknown)


def _check_not_begun(whole: Whole, number: int) -> None:
    """Where the tools at work had not begun, they run now; those that had ended do not.

    Idempotent ones run now as well, although they had begun.
    """
    moment = whole.moments[number]
    at_work = [whole.ran.called[key] for key in moment.unknown if key in whole.ran.called]
    if any(each.ended_s is not None and each.ended_s <= moment.now_s for each in at_work):
        return  # one has just ended too, or has failed the run, which is then being ended
    step = [each for each in whole.moments if each.state.step == moment.state.step]
    began = next(each for each in step if each.unknown)
    pending = tuple(
        replace(item, outcome=ToolOutcome.NOT_STARTED) if item.is_unknown else item
        for item in moment.state.pending
    )
    elapsed_s = began.state.elapsed_s
    state = replace(moment.state, pending=pending, pending_s=0.0, elapsed_s=elapsed_s)
    called = {key: each for key, each in moment.called.items() if key not in moment.unknown}
    ended = {item.call.id for item in pending if item.answer is not None}
    then = replace(moment, called=called, now_s=began.now_s)
    wanted = whole.after(whole.moments.index(began))
    others = [event for event in wanted if getattr(event, "call_id", None) not in ended]
    _check_same(whole, go_on(whole, then, state), shown(others))
    if moment.state.agent in ("", whole.plan.agent.key):
        unknown = replace(state, pending=moment.state.pending)
        _check_same(whole, go_on(whole, then, unknown, _repeatable(whole.plan)), shown(others))


def _repeatable(plan: RunPlan) -> RunPlan:
    """Return a plan whose tools are idempotent."""
    tools = copy(plan.tools)
    tools.usable = {key: replace(each, idempotent=True) for key, each in plan.tools.usable.items()}
    return replace(plan, tools=tools)


def shown(events: Sequence[Event]) -> list[object]:
    """Return events as they compare: pieces joined, errors as what they say.

    Left out is what a bundle's top level writes: it is loaded anew.
    """
    found: list[object] = []
    event: Any
    for event in events:
        if isinstance(event, ToolConsole) and not event.call_id:
            continue
        if isinstance(event, ModelRetry | Error):
            nameless = replace(event, error=SAME_ERROR)
            found.append((nameless, type(event.error), str(event.error)))
            continue
        delta = getattr(event, "delta", None)
        last: Any = found[-1] if found else None
        if delta is not None and type(last) is type(event) and _part(last) == _part(event):
            found[-1] = replace(last, delta=last.delta + delta)
        else:
            found.append(event)
    return found


def _settled(shown: list[object]) -> list[object]:
    """Sort what tools tell that are cancelled together, which a task group does in no order."""
    if not shown or not (isinstance(shown[-1], tuple) and isinstance(shown[-1][0], Error)):
        return shown
    at = len(shown) - 1
    while at and isinstance(shown[at - 1], ToolOutputAvailable | ToolOutputError | ToolUsage):
        at -= 1
    return [*shown[:at], *sorted(shown[at:-1], key=repr), shown[-1]]


def run_resumed(seed: int, most: int | None = None) -> int:
    """Stop a run at each of its moments, or at so many by chance; return at how many.

    Raises:
        AssertionError: something else came than in the run that nobody stopped.
    """
    whole = play_whole(seed)
    numbers = list(range(len(whole.moments)))
    if most is not None and len(numbers) > most:
        numbers = sorted(dice(seed, "moments").sample(numbers, most))
    for number in numbers:
        try:
            check_each(whole, [number])
        except Exception as error:
            moment = whole.moments[number]
            raise AssertionError(
                f"again: pytest tests/simulation/test_resuming.py --seed {seed}; "
                f"state {number} of {len(whole.moments)}: {error!r}\n{to_text(moment.state)}"
            ) from error
    return len(numbers)


def _stage(world: WorldScript, start_s: float) -> Stage:
    played = Played(world, [new_ran(0, world.runs[0])])
    stage = Stage(played, VirtualLoop(owner=RUN.get, start_s=start_s), None)
    stage.kept[KEY] = HISTORY
    return stage


def _played(stage: Stage, main: Coroutine[Any, Any, T]) -> T:
    with heard_log(stage.played, stage.loop):
        result = stage.loop.play(main)
    faults = [*stage.played.faults, *stage.loop.faults, *stage.played.runs[0].left]
    assert not faults, faults
    return result


def _moment(stage: Stage, ran: Ran, state: RunState, events: Sequence[Event]) -> Moment:
    return Moment(
        state=state,
        events=events,
        asked=len(ran.asked),
        stored=len(ran.stored),
        called=dict(ran.called),
        numbers=dict(ran.numbers),
        ids=stage.ids.last,
        chance=random.getstate(),
        now_s=stage.loop.time(),
    )


def _events(ran: Ran) -> list[Event]:
    return [each.event for _, each in ran.events]


def _part(event: Any) -> str:
    part: str = getattr(event, "id", None) or event.call_id
    return part
