"""A run that is stopped between any two of its steps goes on from its state as if nothing was."""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.conversation import UserMessage
from services.executor.events import ToolOutcome
from tests.simulation.resuming import Moment, Whole, play_whole, run_resumed

LOOKED_AT = 300


def test_run_resumes_from_every_state(resumed: range) -> None:
    for seed in resumed:
        run_resumed(seed)


def kinds_of(whole: Whole, moment: Moment) -> Iterator[str]:
    """Yield what there is to go on from."""
    state, asking = moment.state, moment.state.asking
    if asking is not None:
        yield "a query was begun"
        if asking.attempts.failed:
            yield "another attempt is to be made"
        if asking.attempts.passed:
            yield "another model is to be asked"
        if any(usage.source is not None for _, usage in asking.spent):
            yield "an attempt that failed has used tokens"
    if moment.is_answered:
        yield "an answer is complete, and its calls are not checked"
    answered = [item for item in state.pending if item.answer is not None]
    if answered and len(answered) < len(state.pending):
        yield "some calls are answered"
        if moment.unknown:
            yield "some calls are answered, and others run"
    if state.pending and len(answered) == len(state.pending):
        yield "all calls are answered, and the step is not complete"
    if any(item.is_valid and item.outcome is ToolOutcome.NOT_STARTED for item in state.pending):
        yield "a call is checked, and not begun"
    if state.refused is not None:
        yield "a budget let no call begin"
    if isinstance(state.said[-1], UserMessage) and state.corrections:
        yield "the model is to answer again"
    if state.history and state.step:
        yield "a conversation goes on"
    if state.step and len(state.history) + len(state.said) > whole.world.history_messages:
        yield "the conversation is cut down"
    if state.finish_reason is not None and not state.pending and moment is whole.moments[-1]:
        yield "all is done but the end"


def test_runs_resume_from_every_kind_of_state() -> None:
    """A test that stops at nothing would be worth nothing."""
    found: set[str] = set()
    for seed in range(LOOKED_AT):
        whole = play_whole(seed)
        for moment in whole.moments:
            found.update(kinds_of(whole, moment))
    assert found == {
        "a query was begun",
        "another attempt is to be made",
        "another model is to be asked",
        "an attempt that failed has used tokens",
        "an answer is complete, and its calls are not checked",
        "some calls are answered",
        "some calls are answered, and others run",
        "all calls are answered, and the step is not complete",
        "a call is checked, and not begun",
        "a budget let no call begin",
        "the model is to answer again",
        "a conversation goes on",
        "the conversation is cut down",
        "all is done but the end",
    }
