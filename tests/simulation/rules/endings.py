"""Every run ends, once, in time, and for a reason that is true."""

from __future__ import annotations

import json

from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import SessionPolicy
from services.executor.errors import InvalidCallsError, InvalidOutputError, RunTimeoutError
from services.executor.events import (
    Abort,
    AbortCause,
    Error,
    Finish,
    TextDelta,
)
from tests.simulation.handoffs import handed
from tests.simulation.play import LIMITS
from tests.simulation.records import Played, Ran
from tests.simulation.rules.events import split_by_step
from tests.simulation.scripts import Reading

ROUNDING_S, ROUNDING_CALLBACKS = 1e-6, 50
MOST_INVALID_STEPS = 3


def check_ending(ran: Ran, played: Played) -> None:
    """Look at how and when a run ended."""
    slack_s = played.slack_s
    assert len(ran.endings) <= 1, "a run has ended twice"
    if ran.events:
        assert ran.endings, "a run has not ended"
    elif ran.refused is not None:
        assert not ran.endings
    _check_time(ran, slack_s)
    _check_nothing_begins(ran, played)
    if isinstance(ran.terminal, Abort):
        _check_abort(ran, ran.terminal, played)
    elif isinstance(ran.terminal, Error):
        _check_error(ran, ran.terminal, slack_s)
    elif isinstance(ran.terminal, Finish):
        _check_finish(ran, ran.terminal)
    _check_invalid_steps(ran)


def _check_time(ran: Ran, slack_s: float) -> None:
    """A run keeps to its wall time, and whoever stops it does not wait."""
    timeout_s = min(ran.script.limits.timeout_s or LIMITS.timeout_s, LIMITS.timeout_s)
    for ended_s, _ in ran.endings:
        assert ended_s - ran.began_s <= timeout_s + slack_s, "over its wall time"
        for aborted_s, _ in ran.aborts:
            late_s = ended_s - max(aborted_s, ran.began_s)
            assert late_s <= slack_s, f"it went on for {late_s} s after it was aborted"
    if ran.cut_s is not None:
        late_s = ran.closed_s - max(ran.cut_s, ran.began_s)
        assert late_s <= slack_s, f"it lived for {late_s} s after its client was gone"


def _check_nothing_begins(ran: Ran, played: Played) -> None:
    """Once a run is stopped nothing more of it is begun, but for what was about to be."""
    stops = [stopped_s for stopped_s, _ in ran.aborts]
    if ran.cut_s is not None:
        stops.append(ran.cut_s)
    begun = [asked.began_s for asked in ran.asked]
    begun += [called.began_s for called in ran.called.values()]
    slack_s = ROUNDING_S + played.script.callback_s * ROUNDING_CALLBACKS
    for stopped_s in stops:
        assert max(begun, default=0.0) <= stopped_s + slack_s, "it went on after it was stopped"


def _check_abort(ran: Ran, terminal: Abort, played: Played) -> None:
    if ran.aborts:
        assert terminal.cause is ran.aborts[0][1], "another cause is told than there was"
        return
    others = [other for other in played.runs if other is not ran]
    assert terminal.cause is AbortCause.INTERRUPTED
    assert any(
        other.script.policy is SessionPolicy.INTERRUPT
        and other.script.session == ran.script.session
        for other in others
    ), "a run was interrupted by none"


def _was_complete(ran: Ran, slack_s: float) -> bool:
    """Tell whether the answer was complete some time ago, and its client reads."""
    last = ran.asked[-1] if ran.asked else None
    if last is None or not last.is_whole or last.script.calls:
        return False
    if ran.script.wants_schema or ran.script.reader.way in {Reading.SLOW, Reading.STOPS}:
        return False
    return last.ended_s + slack_s < ran.ended_s


def _check_error(ran: Ran, terminal: Error, slack_s: float) -> None:
    error = terminal.error
    steps = [attempts[-1] for attempts in ran.steps()]
    if isinstance(error, RunTimeoutError):
        timeout_s = min(ran.script.limits.timeout_s or LIMITS.timeout_s, LIMITS.timeout_s)
        assert ran.endings[0][0] - ran.began_s >= timeout_s - ROUNDING_S, "it had more time"
        assert not _was_complete(ran, slack_s), "its answer was complete, and it went on"
    elif isinstance(error, InvalidOutputError):
        assert ran.script.wants_schema
        unfit = [step for step in steps if not step.script.fits and not step.script.calls]
        assert len(unfit) == 2, "the model is told once what is wrong"
    elif isinstance(error, InvalidCallsError):
        last = steps[-MOST_INVALID_STEPS:]
        assert len(last) == MOST_INVALID_STEPS
        assert not any(call.is_valid for step in last for call in step.script.calls)


def _check_finish(ran: Ran, terminal: Finish) -> None:
    steps = [attempts[-1] for attempts in ran.steps()]
    if terminal.budget is not None:
        _check_budget(ran, terminal.budget)
        return
    last = steps[-1]
    assert last.is_whole
    assert not last.script.calls or ran.script.stops_after, "calls were made, and not looked at"
    if ran.script.wants_schema and not last.script.calls:
        assert last.script.fits
        events = split_by_step([event.event for _, event in ran.events])[-1]
        text = "".join(event.delta for event in events if isinstance(event, TextDelta))
        assert terminal.output is not None
        assert json.dumps(terminal.output[0]) in text
    else:
        assert terminal.output is None


def _check_budget(ran: Ran, reached: BudgetReached) -> None:
    """The budget that is told is one that the run has, and it was used up."""
    limits, effects = ran.script.limits, ran.effects
    assert effects is not None
    last_calls = len(ran.steps()[-1][-1].script.calls) if ran.asked else 0
    limit, used = {
        BudgetKind.STEPS: (ran.max_steps, effects.steps),
        BudgetKind.TOOL_CALLS: (limits.max_tool_calls, len(ran.called) + len(handed(ran))),
        BudgetKind.INPUT_TOKENS: (limits.max_input_tokens, effects.usage.input_tokens),
        BudgetKind.OUTPUT_TOKENS: (limits.max_output_tokens, effects.usage.output_tokens),
        BudgetKind.COST: (limits.max_cost_usd, effects.usage.cost_usd or 0.0),
        BudgetKind.TOOL_TIME: (limits.tool_time_s, reached.used),
    }[reached.kind]
    assert limit is not None
    assert (reached.limit, reached.used) == (limit, used)
    if reached.kind is BudgetKind.TOOL_CALLS:
        assert used + last_calls > limit
    elif reached.kind not in {BudgetKind.INPUT_TOKENS, BudgetKind.COST}:
        assert used >= limit


def _check_invalid_steps(ran: Ran) -> None:
    """A model that makes only calls that cannot be made is not asked for ever."""
    row = 0
    for attempts in ran.steps():
        assert row < MOST_INVALID_STEPS, "asked again after too many calls that cannot be made"
        calls = attempts[-1].script.calls if attempts[-1].is_whole else ()
        row = row + 1 if calls and not any(call.is_valid for call in calls) else 0
