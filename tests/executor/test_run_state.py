"""A run's state: its JSON form, and a loop that goes on from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.executor.agent.assembler import Answer
from services.executor.agent.deltas import Attempts, TextPiece, UsageReport
from services.executor.agent.kept import kept_of
from services.executor.agent.ports import Keep, OnConsole
from services.executor.agent.scripted import ScriptedRunner
from services.executor.agent.state import (
    NOT_STARTED,
    UNFINISHED,
    Asking,
    PendingCall,
    RunState,
    answered,
    call_accepted,
    call_begun,
    call_ended,
    call_rejected,
)
from services.executor.agent.state_json import (
    MAX_CHARACTERS,
    StateFormatError,
    from_text,
    to_text,
)
from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    MediaKind,
    MediaPart,
    Price,
    ReasoningBlock,
    ResultForm,
    TextPart,
    TokenUsage,
    ToolCall,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.domain import Json, JsonObject
from services.executor.errors import LimitError, RunTimeoutError
from services.executor.events import (
    AbortCause,
    Event,
    Finish,
    ToolEffect,
    ToolOutcome,
    ToolOutputError,
)
from tests.executor.builders import Stage, add, agent, calls, kinds, of_kind, says, stage, tool
from tests.executor.watched import WatchedRun

USER = UserMessage("Hello")
SPENT = TokenUsage(7, 3, 2, 1, UsageSource.PROVIDER, 1, 0.25)
A, B, C = (ToolCall(name, "add", '{"a": 1, "b": 2}') for name in "abc")
CALLS = Answer(AssistantMessage("", (A, B, C)), FinishReason.TOOL_CALLS, SPENT, "openai/gpt-x")

# All that a state can hold; the text below is its form in version 1, which may only grow.
FULL = RunState(
    said=(USER, AssistantMessage("Well", (A, B), (ReasoningBlock("hm", "proof"),))),
    history=(
        UserMessage("", (TextPart("see"), MediaPart(MediaKind.IMAGE, "image/png", b"\x89"))),
        AssistantMessage("", (ToolCall("z", "t", "{", "s"),)),
        ToolMessage("z", "t", "half of a pair: \ud800", ResultForm.JSON, 99),
        ToolMessage("y", "t", "", ResultForm.JSON, parts=(TextPart("see"),)),
    ),
    step=1,
    usage=SPENT,
    models=(("m", SPENT),),
    asking=Asking(Attempts(2, 1, 1, 0.5), (("m", SPENT), ("n", TokenUsage())), "Hel"),
    prices={"m": Price(1e-05, 0.1, 0.0, 2.0), "n": None},
    finish_reason=FinishReason.TOOL_CALLS,
    answer_usage=SPENT,
    answer_model="m",
    pending=(
        PendingCall(A, True, ToolOutcome.UNFINISHED),
        PendingCall(B, False, ToolOutcome.RETURNED, "no", ResultForm.TEXT, 7, (TextPart("see"),)),
    ),
    pending_s=1.5,
    effects=(ToolEffect("z", "t", ToolOutcome.FAILED),),
    tool_time_s=2.0,
    invalid_steps=1,
    corrections=1,
    refused=BudgetReached(BudgetKind.TOOL_CALLS, 3, 3),
    requests=4,
    elapsed_s=9.5,
)
FULL_TEXT = (
    '{"version":1,"said":[{"role":"user","text":"Hello"},{"role":"assistant","text":"Well",'
    '"calls":[["a","add","{\\"a\\": 1, \\"b\\": 2}"],["b","add","{\\"a\\": 1, \\"b\\": 2}"]],'
    '"reasoning":[["hm","proof",""]]}],"history":[{"role":"user","text":"","parts":'
    '[{"text":"see"},{"kind":"image","mediaType":"image/png","filename":"","data":["iQ=="]}]},'
    '{"role":"assistant","text":"","calls":[["z","t","{","s"]]},{"role":"tool","callId":"z",'
    '"tool":"t","text":"half of a pair: \\ud800","form":"json","wholeBytes":99},'
    '{"role":"tool","callId":"y","tool":"t","text":"","form":"json","wholeBytes":0,"parts":'
    '[{"text":"see"}]}],"step":1,'
    '"usage":[7,3,2,1,"provider",1,0.25],"models":[["m",[7,3,2,1,"provider",1,0.25]]],"asking":{"attempts":[2,1,1,0.5],'
    '"spent":[["m",[7,3,2,1,"provider",1,0.25]],["n",[0,0,0,0,null,0,null]]],"text":"Hel"},'
    '"prices":{"m":[1e-05,0.1,0.0,2.0],"n":null},"finishReason":"tool-calls",'
    '"answerUsage":[7,3,2,1,"provider",1,0.25],"answerModel":"m",'
    '"pending":[["a",true,"unfinished",null,"failure",0],["b",false,"returned","no","text",7,'
    '{"text":"see"}]],"pendingS":1.5,'
    '"effects":[["z","t","failed"]],"toolTimeS":2.0,"invalidSteps":1,"corrections":1,'
    '"refused":["TOOL_CALLS",3,3],"requests":4,"elapsedS":9.5}'
)


def test_state_has_one_json_form() -> None:
    assert to_text(FULL) == FULL_TEXT
    assert from_text(FULL_TEXT) == FULL


def test_model_and_name_of_reasoning_survive_json() -> None:
    """They came later: a state without them has the form it had before."""
    blocks = (
        ReasoningBlock("hm", name="reasoning_content"),
        ReasoningBlock("", redacted="[{}]", name="reasoning_details"),
    )
    state = RunState((USER, AssistantMessage("Well", (A,), blocks, "deepseek/m")))
    assert from_text(to_text(state)) == state


def test_prices_of_long_prompts_survive_json() -> None:
    """They came later: a price without them has the form it had before."""
    long = Price(2.0, 3.0, 1.0, 3.0)
    state = RunState((USER,), prices={"m": Price(1.0, 2.0, 0.5, 1.5, ((200_000, long),))})
    assert from_text(to_text(state)) == state


def test_first_state_survives_json() -> None:
    state = RunState((USER,))
    assert from_text(to_text(state)) == state


@pytest.mark.parametrize("version", [0, 2, "1", True, None, [], {}])
def test_state_of_other_version_is_refused(version: Json) -> None:
    text = json.dumps({**json.loads(FULL_TEXT), "version": version})
    with pytest.raises(StateFormatError, match=r"this executor reads version 1 only\. Finish the"):
        from_text(text)


def changed(name: str, value: Any) -> str:
    return json.dumps({**json.loads(FULL_TEXT), name: value})


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[" * 100_000, "7", "[]", "{}", '{"version":1}'),
        *(changed("step", "1"), changed("step", True), changed("step", 1.5)),
        *(changed("elapsedS", None), changed("prices", []), changed("prices", {"m": [1, 2]})),
        *(changed("usage", [1]), changed("finishReason", "tired"), changed("asking", [])),
        *(changed("said", None), changed("said", [{"role": "user"}]), changed("said", [])),
        *(changed("pending", [["x", True, "unfinished", None]]), changed("refused", ["TEA", 1, 1])),
    ],
)
def test_damaged_state_is_refused(text: str) -> None:
    with pytest.raises(StateFormatError):
        from_text(text)


def test_oversized_state_is_neither_written_nor_read() -> None:
    large = RunState((UserMessage("x" * MAX_CHARACTERS),))
    with pytest.raises(LimitError, match="over the limit"):
        to_text(large)
    with pytest.raises(StateFormatError, match="over the limit"):
        from_text(" " * (MAX_CHARACTERS + 1))


async def go_on(scene: Stage, state: RunState | None, keep: Keep | None = None) -> WatchedRun:
    """Return a run of ``scene`` that goes on from ``state``."""
    return await scene.start(keep=keep, state=state and from_text(to_text(state)))


def partly_answered() -> RunState:
    """One call has returned, one was begun and nothing more is known of it, one is not begun."""
    state = answered(RunState((USER,)), CALLS)
    for call in (A, B, C):
        state = call_accepted(state, call.id)
    state = call_begun(call_begun(state, A.id), B.id)
    return call_ended(state, ToolOutcome.RETURNED, ToolMessage(A.id, A.tool, '{"sum":3}'), 1.0)


async def test_started_calls_are_not_repeated() -> None:
    runner = ScriptedRunner({"add": add})
    scene = stage(says("Three."), tools=[tool("add")], runner=runner)
    state = partly_answered()
    assert [item.is_unknown for item in state.pending] == [False, True, False]
    run = await go_on(scene, state)
    events = [event async for event in run.events()]
    assert [call.tool_call_id for call in runner.calls] == ["c"]
    assert kinds(events)[:4] == [
        *("ToolOutputError", "ToolOutputAvailable", "ToolUsage", "FinishStep")
    ]
    assert of_kind(events, ToolOutputError)[0].call_id == "b"
    told = scene.model.queries[0].messages[-3:]
    assert [message.call_id for message in told] == ["a", "b", "c"]
    assert [message.text for message in told] == ['{"sum":3}', UNFINISHED, '{"sum": 3}']
    effects = of_kind(events, Finish)[0].effects.tool_calls
    assert [effect.outcome.value for effect in effects] == ["returned", "unfinished", "returned"]


async def test_stopped_run_separates_unknown_calls_from_unstarted_ones() -> None:
    scene = stage(tools=[tool("add")])
    run = await go_on(scene, partly_answered())
    run.abort(AbortCause.SHUTDOWN)
    events = [event async for event in run.events()]
    effects = events[-1].event.effects  # type: ignore[union-attr]  # the terminal event
    outcomes = [effect.outcome for effect in effects.tool_calls]
    assert outcomes == [ToolOutcome.RETURNED, ToolOutcome.UNFINISHED, ToolOutcome.NOT_STARTED]
    assert not scene.runner.calls


def test_result_of_open_call_says_whether_it_started() -> None:
    state = partly_answered()
    assert [item.text for item in state.pending] == ['{"sum":3}', UNFINISHED, NOT_STARTED]
    rejected = call_rejected(state, C.id, "wrong")
    assert rejected.pending[2].outcome is ToolOutcome.NOT_STARTED
    assert not rejected.pending[2].is_unknown


async def test_tool_does_not_start_when_its_start_cannot_be_saved() -> None:
    async def keep(state: RunState, events: Sequence[Event]) -> None:
        if any(item.is_unknown for item in state.pending):
            raise LimitError("The disk is full.")

    scene = stage(calls(("a", "add", '{"a": 1, "b": 2}')), tools=[tool("add")])
    run = await go_on(scene, None, keep)
    with pytest.raises(LimitError):
        async for _ in run.events():
            pass
    assert not scene.runner.calls


async def test_states_are_saved_before_their_events_are_sent() -> None:
    kept: list[Event] = []

    async def keep(state: RunState, events: Sequence[Event]) -> None:
        kept.extend(events)

    runner = ScriptedRunner({"add": add})
    script = calls(("a", "add", '{"a": 1, "b": 2}'))
    scene = stage(script, says("Three."), tools=[tool("add")], runner=runner)
    run = await go_on(scene, None, keep)
    shown = []
    async for event in run.events():
        shown.append(event)
        if type(event.event).__name__ in {"FinishStep", "ToolOutputAvailable", "StartStep"}:
            assert event.event in kept
    assert isinstance(shown[-1].event, Finish)


async def test_interrupted_answer_is_queried_again_and_counts() -> None:
    usage = TokenUsage(10, 1, source=UsageSource.PROVIDER)
    scene = stage([UsageReport(usage), TextPiece("Hel"), asyncio.Event()])
    run = await scene.start()
    async for event in run.events():
        if type(event.event).__name__ == "TextDelta":
            break
    state = run.state
    assert state is not None
    assert state.asking is not None
    assert state.asking.text == "Hel"
    again = stage([TextPiece("Hello"), UsageReport(usage), *says()])
    events = [event async for event in (await go_on(again, state)).events()]
    assert kinds(events)[:2] == ["TextStart", "TextDelta"]
    finish = of_kind(events, Finish)[0]
    assert (finish.steps, finish.usage.input_tokens, finish.usage.output_tokens) == (1, 20, 2)


def test_text_of_interrupted_answer_is_kept_when_run_is_aborted() -> None:
    state = RunState((USER,), asking=Asking(text="Hel"))
    assert kept_of(agent(), state, cut_off=True) == (USER, AssistantMessage("Hel"))
    assert kept_of(agent(), state, cut_off=False) == (USER,)


async def test_time_spent_before_resuming_counts() -> None:
    state = RunState((USER,), elapsed_s=600.0)
    scene = stage(says("Late."))
    events = [event async for event in (await go_on(scene, state)).events()]
    assert [kinds(events), type(events[-1].event.error)] == [["Error"], RunTimeoutError]  # type: ignore[union-attr]  # it is an Error
    state = replace(state, elapsed_s=300.0)
    scene = stage(says("In time."))
    events = [event async for event in (await go_on(scene, state)).events()]
    assert isinstance(events[-1].event, Finish)


async def test_context_reaches_tools_unchanged() -> None:
    seen: list[JsonObject] = []

    async def look(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        seen.append(context)
        return None

    runner = ScriptedRunner({"look": look})
    scene = stage(calls(("a", "look", "{}")), says("ok"), tools=[tool("look")], runner=runner)
    await scene.run(request_context={"user": {"id": 7}})
    assert seen == [{"user": {"id": 7}, "sessionId": "", "resourceId": ""}]
