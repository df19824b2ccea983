"""What must hold of every schedule, whatever happened in it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from services.executor.conversation import (
    AssistantMessage,
    Message,
    SessionKey,
    ToolMessage,
    UserMessage,
)
from services.executor.events import (
    Abort,
    Effects,
    Error,
    Finish,
    FinishStep,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RunEvent,
    StartStep,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
)
from tests.simulation.schedule import PRICE, Ran, World
from tests.simulation.world import REFUSALS, Asked

ENDS = Finish | Abort | Error
OUTCOMES = {
    ToolOutcome.RETURNED: "returned",
    ToolOutcome.FAILED: "failed",
    ToolOutcome.UNFINISHED: "unfinished",
}


def check(world: World) -> None:
    """Raise AssertionError when something does not hold."""
    assert world.runner.running == 0, "a tool still runs"
    assert world.runner.open_sessions == 0, "a tool session is still open"
    assert all(asked.closed for asked in world.model.asked), "a model stream is still open"
    assert not world.turns.busy(SessionKey("", "s")), "a session's turn was not given back"
    for ran in world.runs:
        if ran.events:
            check_events(ran)
            check_budgets(ran)
            check_text(ran, world)
    for asked in world.model.asked:
        check_conversation(asked.query.messages)
    check_attempts(world.model.asked)
    for runs in world.sessions.kept.values():
        check_conversation([message for run in runs for message in run])
    check_effects(world)


def check_events(ran: Ran) -> None:
    """Look at the events that the client saw of one run."""
    events = ran.events
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    terminals = [at for at, event in enumerate(events) if isinstance(event.event, ENDS)]
    if ran.ended:
        assert terminals == [len(events) - 1], "not exactly one terminal event, or not at the end"
    else:
        assert len(terminals) <= 1
    check_parts(events)
    whole = bool(events) and isinstance(events[-1].event, Finish)
    check_tool_events(events, whole=whole)


def check_parts(events: Sequence[RunEvent]) -> None:
    """Each part begins, goes on and ends once, and no two are open at the same time."""
    open_part = ""
    seen: set[str] = set()
    for item in events:
        event = item.event
        if isinstance(event, TextStart | ReasoningStart):
            assert not open_part
            assert event.id not in seen
            seen.add(event.id)
            open_part = event.id
        elif isinstance(event, TextDelta | ReasoningDelta):
            assert event.id == open_part
        elif isinstance(event, TextEnd | ReasoningEnd):
            assert event.id == open_part
            open_part = ""
        elif isinstance(event, Finish):
            assert not open_part


def check_tool_events(events: Sequence[RunEvent], *, whole: bool) -> None:
    """Each call begins, is written, becomes known, and has one end."""
    states: dict[str, str] = {}
    for item in events:
        event = item.event
        if isinstance(event, ToolInputStart):
            assert event.call_id not in states, "an id of a call was given twice"
            states[event.call_id] = "writing"
        elif isinstance(event, ToolInputDelta):
            assert states[event.call_id] == "writing"
        elif isinstance(event, ToolInputAvailable):
            assert states[event.call_id] == "writing"
            states[event.call_id] = "running"
        elif isinstance(event, ToolInputError):
            assert states[event.call_id] == "writing"
            states[event.call_id] = "ended"
        elif isinstance(event, ToolOutputAvailable | ToolOutputError):
            assert states[event.call_id] == "running"
            states[event.call_id] = "ended"
    if whole:
        assert set(states.values()) <= {"ended"}, "a call has no end"


def check_conversation(messages: Sequence[Message]) -> None:
    """Providers take it: it begins with the user, each call is answered once, in order, at once."""
    waiting: list[str] = []
    ids: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            assert waiting, "an answer to no call"
            assert waiting.pop(0) == message.call_id, "an answer out of order"
            continue
        assert not waiting, "a call without an answer"
        if isinstance(message, AssistantMessage):
            waiting = [call.id for call in message.calls]
            ids += waiting
    assert not waiting, "a call without an answer"
    assert not messages or isinstance(messages[0], UserMessage)
    assert len(ids) == len(set(ids)), "an id of a call stands twice"


def check_budgets(ran: Ran) -> None:
    """Nothing was spent that was not allowed, as the terminal event tells it."""
    effects = effects_of(ran)
    if effects is None:
        return
    limits, usage = ran.limits, effects.usage
    steps = sum(isinstance(event.event, StartStep) for event in ran.events)
    assert steps <= (limits.max_steps or 8)
    assert effects.steps <= steps
    begun = [item for item in effects.tool_calls if item.outcome is not ToolOutcome.NOT_STARTED]
    if limits.max_tool_calls is not None:
        assert len(begun) <= limits.max_tool_calls
    if limits.max_input_tokens is not None:
        assert usage.input_tokens <= limits.max_input_tokens
    if limits.max_output_tokens is not None:
        assert usage.output_tokens <= limits.max_output_tokens
    if limits.max_cost_usd is not None:
        cost = usage.input_tokens * PRICE.input + usage.output_tokens * PRICE.output
        assert cost <= limits.max_cost_usd * 1.000001
    if ran.reader != "slow":
        assert ran.seconds <= (limits.timeout_s or 300.0) + 10, "over its wall time"


def check_attempts(asked: Sequence[Asked]) -> None:
    """Nothing is asked again once something of its answer was seen, nor what was refused."""
    for first, second in itertools.pairwise(asked):
        again = first.query.messages is second.query.messages
        if again and first.query.route == second.query.route:
            assert not first.visible, "asked again after something was seen"
            assert not isinstance(first.error, REFUSALS), "asked again what was refused"


def check_effects(world: World) -> None:
    """What the terminal events tell is what the runner and the store saw."""
    told: dict[str, str] = {}
    for ran in world.runs:
        effects = effects_of(ran)
        if effects is None:
            continue
        run_id = ran.events[0].run_id
        for item in effects.tool_calls:
            key = f"{run_id}/{item.call_id}"
            if item.outcome is ToolOutcome.NOT_STARTED:
                assert key not in world.runner.outcomes, "a call that ran is told as not begun"
            else:
                told[key] = OUTCOMES[item.outcome]
                seen = world.runner.outcomes.get(key, "unfinished")
                assert seen == told[key] or told[key] == "unfinished", (key, seen, told[key])
    kept = sum(len(runs) for runs in world.sessions.kept.values())
    saved = sum(effects.session_saved for ran in world.runs if (effects := effects_of(ran)))
    unseen = sum(effects_of(ran) is None for ran in world.runs)
    assert saved <= kept <= saved + unseen


def check_text(ran: Ran, world: World) -> None:
    """The text of each step is one answer of the model's: none lost, doubled or invented."""
    steps: list[str] = []
    done = 0
    for item in ran.events:
        event = item.event
        if isinstance(event, StartStep):
            steps.append("")
        elif isinstance(event, TextDelta):
            steps[-1] += event.delta
        elif isinstance(event, FinishStep):
            done += 1
    whole = {asked.text for asked in world.model.asked if asked.complete}
    assert set(steps[:done]) <= whole, "a step's text is not what the model said"
    for text in steps[done:]:
        assert any(asked.text.startswith(text) for asked in world.model.asked)


def effects_of(ran: Ran) -> Effects | None:
    """Return what the terminal event told, None when the client did not see one."""
    last = ran.events[-1].event if ran.events else None
    return last.effects if isinstance(last, ENDS) else None
