"""Every conversation is one that providers take, and holds what was said, in its order."""

from __future__ import annotations

import json
from collections.abc import Sequence

from services.executor.agent.deltas import TextPiece
from services.executor.conversation import (
    AssistantMessage,
    Message,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.events import Abort, Finish, ToolOutcome
from tests.simulation.handoffs import MADE, is_handoff, seen_calls
from tests.simulation.play import LIMITS
from tests.simulation.records import Asked, Ran
from tests.simulation.scripts import Fails, WantedCall, WorldScript

CANCELLED = "Error (CANCELLED)"
CORRECTION = "Your answer does not fit"
CUT = "\n[cut here: "
NOTE_BYTES = 80
MOST_ID_CHARACTERS = 128
MOST_CALLS = 128
# A history for which there is so much room is never cut down.
ROOMY_MESSAGES, ROOMY_BYTES = 400, 2**21


def check_conversations(ran: Ran, world: WorldScript) -> None:
    """Look at what each query showed the model, and at what was kept of the run."""
    for at, attempts in enumerate(ran.steps()):
        messages = attempts[0].query.messages
        check_valid(messages)
        assert not isinstance(messages[-1], AssistantMessage), "nothing to answer"
        _check_query(ran, at, messages, world)
    if ran.kept is not None:
        check_valid(ran.kept)
        _check_kept(ran, ran.kept)


def check_valid(messages: Sequence[Message]) -> None:
    """It begins with the user, and each call is answered once, in order, directly after it.

    The answer to one that hands over may come last.
    """
    waiting: list[ToolCall] = []
    ids: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            assert waiting, "an answer to no call"
            others = (call for call in waiting if not is_handoff(call.tool))
            call = waiting[0] if waiting[0].id == message.call_id else next(others, waiting[0])
            assert call.id == message.call_id, "an answer out of order"
            waiting.remove(call)
            continue
        assert not waiting, "a call without an answer"
        if isinstance(message, AssistantMessage):
            waiting = [*message.calls]
            ids += [call.id for call in waiting]
    assert not waiting, "a call without an answer"
    assert messages
    assert isinstance(messages[0], UserMessage), "it does not begin with the user"
    assert len(ids) == len(set(ids)), "an id of a call stands twice"
    assert all(0 < len(each) <= MOST_ID_CHARACTERS for each in ids)


def _check_query(ran: Ran, step: int, messages: Sequence[Message], world: WorldScript) -> None:
    """Before a step the model is shown the conversation, and what the steps before have made."""
    assert ran.message in messages, "the model is not shown what it is asked"
    said = messages[messages.index(ran.message) :]
    if world.history_messages >= ROOMY_MESSAGES and world.history_bytes >= ROOMY_BYTES:
        assert tuple(messages[: -len(said)]) == ran.loaded, "the conversation is not shown whole"
        _check_said(ran, said, step)


def _check_kept(ran: Ran, kept: Sequence[Message]) -> None:
    """Of a run is kept what was said in it, and of an answer that was cut off its text."""
    whole = sum(attempts[-1].is_whole for attempts in ran.steps())
    effects, terminal = ran.effects, ran.terminal
    counts = [whole, whole - 1] if effects is None else [effects.steps]
    failures = []
    for steps in counts:
        try:
            _check_said(ran, kept, steps, cut_off=terminal is None or isinstance(terminal, Abort))
        except AssertionError as failure:
            failures.append(failure)
    if len(failures) == len(counts):
        raise failures[0]
    if isinstance(terminal, Abort):
        _check_part_is_kept(ran, kept, terminal.effects.steps)


def _check_part_is_kept(ran: Ran, kept: Sequence[Message], step: int) -> None:
    """What was written of an answer that somebody cut off is not lost."""
    for attempts in ran.steps()[step:]:
        last = kept[-1]
        lost = "" not in _parts(attempts[-1]) and not isinstance(last, AssistantMessage)
        assert not lost, "what was written of an answer was lost"


def _check_said(ran: Ran, said: Sequence[Message], steps: int, *, cut_off: bool = False) -> None:
    """Compare what was said in a run with what its models and tools did in so many steps.

    ``cut_off`` allows an answer after them, of which there is only text.
    """
    assert said[0] == ran.message
    answers = [attempts[-1] for attempts in ran.steps()]
    before = [item for item in ran.loaded if isinstance(item, AssistantMessage)]
    taken = {call.id for item in before for call in item.calls}
    step, corrections = 0, 0
    for at, message in enumerate(said[1:], 1):
        if isinstance(message, ToolMessage):
            continue
        if isinstance(message, UserMessage):
            corrections += 1
            assert message.text.startswith(CORRECTION)
            assert not answers[step - 1].script.fits
            continue
        if step == steps:
            assert cut_off, "more was kept than was complete"
            assert at == len(said) - 1
            assert message == AssistantMessage(message.text)
            assert message.text in _parts(answers[step])
            return
        _check_answer(message, answers[step], taken)
        results = {
            each.call_id: each
            for each in said[at + 1 : at + 1 + len(message.calls)]
            if isinstance(each, ToolMessage)
        }
        wanted_calls = seen_calls(message.calls, answers[step].script.calls)
        for call, wanted in zip(message.calls, wanted_calls, strict=True):
            _check_result(ran, call, wanted, results[call.id])
        step += 1
    assert step == steps, f"{step} of {steps} steps"
    assert corrections <= (1 if ran.script.wants_schema else 0)


def _parts(answer: Asked) -> set[str]:
    """Return what may be kept of an answer that was cut off: its text, all but the last piece."""
    pieces = [each.text for each in answer.said if isinstance(each, TextPiece)]
    return {"".join(pieces), "".join(pieces[:-1])}


def _check_answer(message: AssistantMessage, answer: Asked, taken: set[str]) -> None:
    assert answer.is_whole, "an answer without an end was kept as a whole one"
    text = "".join(each.text for each in answer.said if isinstance(each, TextPiece))
    assert message.text == text
    assert message.reasoning == answer.script.reasoning, "reasoning is not as it was said"
    wanted_calls = seen_calls(message.calls, answer.script.calls)
    assert len(message.calls) == len(wanted_calls) <= MOST_CALLS
    for call, wanted in zip(message.calls, wanted_calls, strict=True):
        assert (call.tool, call.input_text) == (wanted.tool, wanted.input_text)
        assert call.signature == wanted.signature
        usable = 0 < len(wanted.id) <= MOST_ID_CHARACTERS and wanted.id not in taken
        assert call.id == wanted.id if usable else call.id.startswith("call_")
        assert call.id not in taken
        taken.add(call.id)


def _check_result(ran: Ran, call: ToolCall, wanted: WantedCall, result: ToolMessage) -> None:
    """What the model reads of a call is what came of it, cut to what it may be shown."""
    assert (result.call_id, result.tool) == (call.id, call.tool)
    called = ran.called.get(call.id)
    if is_handoff(call.tool):
        assert called is None, "a handoff was run as a tool"
        assert result.text.startswith((MADE, CANCELLED))
        return
    limit = ran.script.limits.tool_text_bytes or LIMITS.tool_text_bytes
    if not wanted.is_valid:
        assert called is None, "a call was run that cannot be made"
        # Calls are checked one after the other: a run may end before it is their turn.
        in_time = isinstance(ran.terminal, Finish)
        kinds = ("Error (INVALID_INPUT)",) if in_time else ("Error (INVALID_INPUT)", CANCELLED)
        assert result.text.startswith(kinds)
        return
    if called is not None:
        assert json.loads(called.invocation.input_json) == json.loads(call.input_text)
        assert called.invocation.tool == call.tool
    if called is None or called.outcome in {None, ToolOutcome.UNFINISHED}:
        assert result.text.startswith(CANCELLED)
        return
    assert len(result.text.encode()) <= limit + NOTE_BYTES, "more is shown than may be"
    if isinstance(called.script.ends, Fails):
        assert result.text.startswith(f"Error ({called.script.ends.kind.value})")
        return
    output = called.output
    whole = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    shown = whole.encode()[:limit].decode(errors="ignore")
    assert result.text.startswith(shown)
    rest = result.text[len(shown) :]
    assert rest.startswith(CUT) if len(whole.encode()) > limit else not rest
