"""Guardrails and processors in the loop: what they refuse is not shown, and ends the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.executor.agent.deltas import UsageReport
from services.executor.agent.ports import OnConsole
from services.executor.agent.scripted import FixedBundles, ScriptedRunner, ScriptedTool, ToolFails
from services.executor.agent.state import RunState
from services.executor.agent.state_json import from_text, to_text
from services.executor.agent_parts import AgentHook, HookName, ToolWasCalled
from services.executor.conversation import AssistantMessage, SessionKey, TokenUsage, UserMessage
from services.executor.domain import AgentSpec, FailureKind, Json, JsonObject, ToolFailure
from services.executor.errors import (
    ExecutorError,
    GuardrailTrippedError,
    HookFailedError,
    ToolEndedRunError,
)
from services.executor.events import (
    Abort,
    AbortCause,
    Error,
    Event,
    Finish,
    FinishStep,
    RunEvent,
    TextDelta,
    ToolOutputError,
)
from services.executor.limits import RunLimits
from tests.executor.builders import (
    ADD_SCHEMA,
    MODEL,
    Stage,
    add,
    agent,
    bundle,
    calls,
    of_kind,
    says,
    stage,
    tool,
)
from tests.executor.test_hooks import NAMES, Hook, answer, asked

ADD = calls(("c1", "add", '{"a": 1, "b": 2}'))
TRIPPED: Json = {"tripped": {"name": "strict", "info": "rude"}}
PASSED: Json = {"tripped": None}
SEEN: Json = {"text": "hi", "state": {}}
ABORTED: Json = {"abort": {"reason": "bad words", "retry": False, "processor": "p"}, "state": {}}


def guarded(names: Sequence[str], framework: str = "openai-agents", **changes: Any) -> AgentSpec:
    hooks = tuple(AgentHook(NAMES[name], f"agents.main.{name}", 3, 5) for name in names)
    return agent(tool("add", ADD_SCHEMA), framework=framework, hooks=hooks, **changes)


def scene(
    hooks: Mapping[str, Hook], *scripts: Any, spec: AgentSpec | None = None, tools: Any = None
) -> Stage:
    runner = ScriptedRunner(tools or {"add": add}, hooks=hooks)
    names = [name for name in hooks if name != HookName.PROCESS_INPUT_STEP.value]
    return stage(*scripts, bundles=FixedBundles(bundle(spec or guarded(names))), runner=runner)


def error_of(events: Sequence[RunEvent]) -> ExecutorError:
    (ended,) = of_kind(events, Error)
    return ended.error


def text_of(events: Sequence[RunEvent]) -> str:
    return "".join(event.delta for event in of_kind(events, TextDelta))


async def test_tripped_input_guardrail_ends_the_run_before_anything_happens() -> None:
    made = scene({"inputGuardrails": answer(TRIPPED)}, says("hi"))
    events = await made.run()
    error = error_of(events)
    assert isinstance(error, GuardrailTrippedError)
    assert error.message == (
        'The agent "main" refused to go on at its `inputGuardrails` (line 3, column 5): the '
        'guardrail "strict" was tripped: rude.'
    )
    assert error.metadata == {"guardrail": "strict", "hook": "inputGuardrails"}
    assert not made.model.queries


@pytest.mark.parametrize(
    ("name", "framework"), [("inputGuardrails", "openai-agents"), ("processInput", "mastra")]
)
async def test_input_of_a_run_that_is_stopped_before_it_is_checked_is_not_kept(
    name: str, framework: str
) -> None:
    def stop(given: JsonObject) -> Json:
        run.abort(AbortCause.CLIENT_CANCELLED)
        return {"tripped": None, "state": {}}

    made = scene({name: stop}, says("hi"), spec=guarded([name], framework))
    run = await made.start(session_id="s", resource_id="r")
    (abort,) = of_kind([event async for event in run.events()], Abort)
    assert not abort.effects.session_saved
    assert not await made.sessions.load(SessionKey("r", "s"))
    assert not made.model.queries


async def test_input_guardrails_are_asked_once() -> None:
    made = scene({"inputGuardrails": answer(PASSED)}, ADD, says("3"))
    assert of_kind(await made.run(), Finish)
    assert asked(made) == ["inputGuardrails"]


async def test_answer_that_an_output_guardrail_refuses_is_not_shown_and_not_kept() -> None:
    made = scene({"outputGuardrails": answer(TRIPPED)}, ADD, says("the secret"))
    events = await made.run(session_id="s", resource_id="r")
    assert isinstance(error_of(events), GuardrailTrippedError)
    assert text_of(events) == ""
    kept = await made.sessions.load(SessionKey("r", "s"))
    assert [each.text for each in kept if isinstance(each, AssistantMessage)] == [""]
    ((_, given),) = made.runner.hooked
    assert given["text"] == "the secret"
    assert [step["text"] for step in given["steps"]] == ["", "the secret"]  # type: ignore[index, union-attr, call-overload]


async def test_answer_that_guardrails_let_pass_is_shown_whole() -> None:
    made = scene({"outputGuardrails": answer(PASSED)}, says("all", " fine"))
    assert text_of(await made.run()) == "all fine"


async def test_output_guardrails_see_what_a_tool_answers() -> None:
    spec = guarded(["outputGuardrails"], stop_conditions=(ToolWasCalled(None),))
    made = scene({"outputGuardrails": answer(TRIPPED)}, ADD, spec=spec)
    assert isinstance(error_of(await made.run()), GuardrailTrippedError)
    ((_, given),) = made.runner.hooked
    assert given["text"] == '{"sum": 3}'


async def test_tool_use_behavior_ends_the_run_with_its_output() -> None:
    said: list[Json] = [{"final": False}, {"final": True, "output": "three"}]
    made = scene({"toolUseBehavior": lambda _: said.pop(0)}, ADD, ADD)
    (finish,) = of_kind(await made.run(), Finish)
    assert finish.output == ("three",)
    assert len(made.model.queries) == 2


async def test_tool_use_behavior_counts_at_the_last_step_allowed() -> None:
    spec = guarded(["toolUseBehavior"], max_steps=1)
    made = scene({"toolUseBehavior": answer({"final": True, "output": 1})}, ADD, spec=spec)
    (finish,) = of_kind(await made.run(), Finish)
    assert (finish.output, finish.budget) == ((1,), None)


async def test_processors_see_input_once_and_each_step() -> None:
    begun: Json = {
        "messages": [{"role": "user", "content": "Changed"}],
        "instructions": ["One.", "Two."],
        "state": {"p": {"n": 1}},
    }
    step: Json = {"instructions": ["For now."], "state": {"p": {"n": 2}}}
    said: list[Json] = [step, {"state": {"p": {"n": 3}}}]
    hooks: dict[str, Hook] = {
        "processInput": answer(begun),
        "processInputStep": lambda _: said.pop(0),
    }
    made = scene(hooks, ADD, says("3"), spec=guarded(["processInput"], "mastra"))
    assert of_kind(await made.run(), Finish)
    first, second = made.model.queries
    assert asked(made) == ["processInput", "processInputStep", "processInputStep"]
    assert (first.system, first.messages) == ("For now.", (UserMessage("Changed"),))
    assert second.system == "One.\n\nTwo."
    assert second.messages[0] == UserMessage("Changed")
    assert [given["state"] for _, given in made.runner.hooked] == [
        {},
        {"p": {"n": 1}},
        {"p": {"n": 2}},
    ]


@pytest.mark.parametrize("added", [0, 1])
async def test_conversation_keeps_input_as_processors_leave_it(added: int) -> None:
    clean: Json = {"role": "user", "content": "clean"}
    extra: list[Json] = [{"role": "user", "content": "more"}] * added

    def process(given: JsonObject) -> Json:
        before = len(given["messages"]) - 1  # type: ignore[arg-type]
        kept: list[Json] = [{"ref": at} for at in range(before)]
        return {"messages": [*kept, *extra, clean], "state": {}}

    hooks: dict[str, Hook] = {"processInput": process, "processInputStep": answer({"state": {}})}
    made = scene(hooks, says("one"), says("two"), spec=guarded(["processInput"], "mastra"))
    for _ in range(2):
        assert of_kind(await made.run(session_id="s", resource_id="r"), Finish)
    first, second = made.model.queries
    run = (*[UserMessage("more")] * added, UserMessage("clean"))
    assert first.messages == run
    assert second.messages == (*run, AssistantMessage("one", model=MODEL), *run)
    kept = await made.sessions.load(SessionKey("r", "s"))
    assert tuple(kept[:-1]) == second.messages


async def test_processor_that_wants_a_tool_that_it_does_not_offer_ends_the_run() -> None:
    step: Json = {"activeTools": [], "toolChoice": {"type": "tool", "toolName": "add"}, "state": {}}
    hooks = {"processInput": answer({"state": {}}), "processInputStep": answer(step)}
    made = scene(hooks, says("hi"), spec=guarded(["processInput"], "mastra"))
    error = error_of(await made.run())
    assert isinstance(error, HookFailedError)
    assert "`processInputStep`" in error.message
    assert "the model must call `add`, which it is not offered" in error.message
    assert not made.model.queries


async def test_processors_see_the_whole_of_a_run_that_a_budget_ends() -> None:
    said: list[Json] = [{**SEEN, "text": "", "waits": True}, ABORTED]  # type: ignore[dict-item]
    hooks = {"processInput": answer({"state": {}}), "processOutput": lambda _: said.pop(0)}
    spent = [UsageReport(TokenUsage(1, 2)), *ADD]
    made = scene(hooks, spent, spec=guarded(["processOutput"], "mastra"))
    events = await made.run(limits=RunLimits(max_output_tokens=1))
    assert isinstance(error_of(events), GuardrailTrippedError)


async def test_processors_change_an_answer_before_anybody_sees_it() -> None:
    hooks = {"processInput": answer({"state": {}}), "processOutput": answer({**SEEN, "text": "!"})}  # type: ignore[dict-item]
    spec = guarded(["processOutput"], "mastra")
    made = scene(hooks, says("a", "b"), spec=spec)
    events = await made.run(session_id="s", resource_id="r")
    assert text_of(events) == "!"
    kept = await made.sessions.load(SessionKey("r", "s"))
    assert kept[-1] == AssistantMessage("!", model=MODEL)
    given = made.runner.hooked[-1][1]
    answered = given["answer"]
    assert isinstance(answered, dict)
    assert (answered["text"], answered["pieces"], given["final"]) == ("ab", ["a", "b"], True)


async def test_text_that_waits_for_the_end_is_not_shown() -> None:
    said: list[Json] = [{**SEEN, "text": "", "waits": True}, SEEN]  # type: ignore[dict-item]
    hooks = {"processInput": answer({"state": {}}), "processOutput": lambda _: said.pop(0)}
    spoken = [*says("so"), *ADD]
    made = scene(hooks, spoken, says("hi"), spec=guarded(["processOutput"], "mastra"))
    assert text_of(await made.run()) == "hi"


async def test_answer_is_asked_for_again_as_often_as_the_agent_says() -> None:
    retry: Json = {"abort": {"reason": "be good", "retry": True, "processor": "p"}, "state": {}}
    spec = guarded(["processOutput"], "mastra", settings={"maxProcessorRetries": 1})
    hooks = {"processInput": answer({"state": {}}), "processOutput": answer(retry)}
    made = scene(hooks, says("bad"), says("bad"), says("bad"), spec=spec)
    events = await made.run()
    assert isinstance(error_of(events), GuardrailTrippedError)
    assert len(made.model.queries) == 2
    assert "be good" in made.model.queries[1].system
    assert made.model.queries[1].messages == made.model.queries[0].messages
    assert len(of_kind(events, FinishStep)) == 1
    assert text_of(events) == ""


async def test_processor_that_aborts_is_named() -> None:
    hooks = {"processInput": answer(ABORTED)}
    made = scene(hooks, says("hi"), spec=guarded(["processInput"], "mastra"))
    error = error_of(await made.run())
    assert isinstance(error, GuardrailTrippedError)
    assert 'the processor "p" aborted it: bad words' in error.message
    assert error.metadata == {"processor": "p", "hook": "processInput"}


@pytest.mark.parametrize("said", [None, 1, "x", [], {"text": 1}, {"text": None}])
async def test_answer_of_no_known_form_closes(said: Json) -> None:
    hooks = {"processInput": answer({"state": {}}), "processOutput": answer(said)}
    made = scene(hooks, says("hi"), spec=guarded(["processOutput"], "mastra"))
    events = await made.run()
    assert isinstance(error_of(events), HookFailedError)
    assert text_of(events) == ""


async def test_guardrail_that_fails_closes() -> None:
    failure = ToolFailure(FailureKind.DEADLINE_EXCEEDED, "too long")
    made = scene({"outputGuardrails": answer(failure)}, says("hi"))
    events = await made.run()
    assert isinstance(error_of(events), HookFailedError)
    assert text_of(events) == ""


def throwing(name: str) -> dict[str, ScriptedTool]:
    async def fails(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        error = ToolFails(FailureKind.THROWN, "no", name)
        error.failure = replace(error.failure, stack="at execute (bundle.js:7:3)")
        raise error

    return {"add": fails}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("RangeError", ToolEndedRunError),
        ("ToolInputGuardrailTripwireTriggered", GuardrailTrippedError),
        ("ToolOutputGuardrailTripwireTriggered", GuardrailTrippedError),
    ],
)
async def test_error_that_a_tool_throws_ends_the_run_where_the_framework_says_so(
    name: str, kind: type[ExecutorError]
) -> None:
    made = scene({}, ADD, says("on"), spec=guarded([]), tools=throwing(name))
    events = await made.run()
    error = error_of(events)
    assert isinstance(error, kind)
    assert "bundle.js:7:3" in error.message
    assert len(of_kind(events, ToolOutputError)) == 1
    other = scene({}, ADD, says("on"), spec=guarded([], "ai-sdk"), tools=throwing(name))
    assert of_kind(await other.run(), Finish)


async def test_run_that_a_tool_ended_does_not_go_on_when_it_is_resumed() -> None:
    states: list[RunState] = []

    async def keep(state: RunState, events: Sequence[Event]) -> None:
        states.append(state)

    made = scene({}, ADD, says("on"), spec=guarded([]), tools=throwing("RangeError"))
    assert [event async for event in (await made.start(keep=keep)).events()]
    ended = [state for state in states if state.ending is not None]
    for state in ended:
        again = scene({}, says("on"), spec=guarded([]))
        begun = from_text(to_text(state))
        assert begun == state
        events = [event async for event in (await again.start(state=begun)).events()]
        assert isinstance(error_of(events), ToolEndedRunError)
        assert not again.model.queries
    assert ended
