"""What a client sees is what the model said and the tools returned: no more, and no less."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.agent.deltas import ModelDelta, ReasoningPiece, TextPiece
from services.executor.agent.handoffs import IGNORED
from services.executor.events import (
    Error,
    Event,
    Finish,
    FinishStep,
    ModelRetry,
    ModelWarning,
    ReasoningDelta,
    TextDelta,
    ToolInputDelta,
    ToolInputStart,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
    ToolUsage,
)
from tests.simulation.records import Asked, Ran
from tests.simulation.rules.events import split_by_step
from tests.simulation.scripts import Fails


def check_texts(ran: Ran) -> None:
    """Compare the steps that the client saw with those that were asked, and calls with tools."""
    seen = split_by_step([event.event for _, event in ran.events])
    steps = ran.steps()
    assert len(seen) <= len(steps) + 1, "a step was shown that was not asked"
    if ran.terminal is not None:
        assert len(seen) >= len(steps), "a step was asked that was not shown"
    for events, attempts in zip(seen, steps, strict=False):
        _check_step(events, attempts, to_the_end=ran.terminal is not None)
    for _, event in ran.events:
        _check_output(event.event, ran)
    if isinstance(ran.terminal, Finish):
        costs = {
            event.event.call_id for _, event in ran.events if isinstance(event.event, ToolUsage)
        }
        ended = {ToolOutcome.RETURNED, ToolOutcome.FAILED}
        assert costs == {call_id for call_id, each in ran.called.items() if each.outcome in ended}


def _check_step(events: Sequence[Event], attempts: Sequence[Asked], *, to_the_end: bool) -> None:
    answer = attempts[-1]
    whole = any(isinstance(event, FinishStep) for event in events)
    retries = sum(isinstance(event, ModelRetry | ModelWarning) for event in events)
    # One more is told when the run is stopped while it waits to ask again.
    assert retries in {len(attempts) - 1, len(attempts)} or not to_the_end, "a retry was not told"
    assert retries == len(attempts) - 1 or not whole
    assert answer.is_whole or not whole, "an answer without an end passes for a whole one"
    for shown, said in (
        (_joined(events, TextDelta), _said(answer.said, TextPiece)),
        (_joined(events, ReasoningDelta), _said(answer.said, ReasoningPiece)),
    ):
        told = "".join(said)
        assert told.startswith(shown), (shown, told)
        if whole or isinstance(events[-1], Finish):
            assert shown == told, "something of an answer was lost"
        elif to_the_end and said:
            assert len(shown) >= len("".join(said[:-1])), "more than the last piece was lost"
    inputs: dict[str, str] = {}
    for event in events:
        if isinstance(event, ToolInputStart):
            inputs[event.call_id] = f"{event.tool}:"
        elif isinstance(event, ToolInputDelta):
            inputs[event.call_id] += event.delta
    wanted = sorted(f"{call.tool}:{call.input_text}" for call in answer.script.calls)
    if whole:
        assert sorted(inputs.values()) == wanted, "calls are lost, doubled or invented"
    elif not isinstance(events[-1], Error):
        assert len(inputs) <= len(wanted)


def _joined(events: Sequence[Event], kind: type[TextDelta | ReasoningDelta]) -> str:
    return "".join(event.delta for event in events if isinstance(event, kind))


def _said(said: Sequence[ModelDelta], kind: type[TextPiece | ReasoningPiece]) -> list[str]:
    return [each.text for each in said if isinstance(each, kind) and each.text]


def _check_output(event: Event, ran: Ran) -> None:
    if isinstance(event, ToolOutputAvailable):
        if event.call_id not in ran.called:
            assert event.output == IGNORED or set(event.output) == {"assistant"}  # type: ignore[arg-type]
            return
        called = ran.called[event.call_id]
        assert called.outcome is ToolOutcome.RETURNED
        assert event.output == called.output
    elif isinstance(event, ToolOutputError):
        found = ran.called.get(event.call_id)
        if found is None or found.outcome is not ToolOutcome.FAILED:
            assert event.failure.kind.value == "CANCELLED"
        else:
            assert isinstance(found.script.ends, Fails)
            assert event.failure.kind is found.script.ends.kind
