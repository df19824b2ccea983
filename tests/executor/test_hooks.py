"""Hooks in the loop: what they change is asked and offered, and what they may not ends the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.executor.agent.deltas import UsageReport
from services.executor.agent.hooks import MAX_GIVEN
from services.executor.agent.scripted import FixedBundles, FixedPrices, ScriptedRunner, ToolFails
from services.executor.agent.state import RunState
from services.executor.agent.state_json import from_text, to_text
from services.executor.agent_parts import AgentHook, HookName, StepCount
from services.executor.conversation import (
    AssistantMessage,
    MediaKind,
    MediaPart,
    Message,
    Price,
    ResultForm,
    TokenUsage,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import (
    AgentSpec,
    FailureKind,
    Json,
    JsonObject,
    ToolChoice,
    ToolChoiceMode,
    ToolFailure,
    ToolSpec,
)
from services.executor.errors import HookFailedError
from services.executor.events import (
    Error,
    Event,
    Finish,
    ToolConsole,
    ToolInputAvailable,
    ToolInputError,
)
from services.executor.limits import RunLimits
from tests.executor.builders import (
    ADD_SCHEMA,
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

Hook = Callable[[JsonObject], "Json | ToolFailure"]

ADD = calls(("c1", "add", '{"a": 1, "b": 2}'))
MORE = calls(("c2", "add", '{"a": 3, "b": 4}'))
TWO = calls(("c1", "add", '{"a": 1, "b": 2}'), ("d1", "row", '{"a": 5, "b": 6}'))
TOOLS = (tool("add", ADD_SCHEMA), tool("row"))
NAMES = {name.value: name for name in HookName}


def hooked(names: Sequence[str], tools: Sequence[ToolSpec] = TOOLS, **changes: Any) -> AgentSpec:
    hooks = tuple(AgentHook(NAMES[name], f"agents.main.{name}", 3, 5) for name in names)
    return agent(*tools, framework="ai-sdk", hooks=hooks, **changes)


def scene(hooks: Mapping[str, Hook], *scripts: Any, spec: AgentSpec | None = None) -> Stage:
    runner = ScriptedRunner({"add": add, "row": add}, hooks=hooks)
    bundles = FixedBundles(bundle(spec or hooked(list(hooks))))
    return stage(*(scripts or [says("hi")]), bundles=bundles, runner=runner)


def answer(value: Json | ToolFailure) -> Hook:
    return lambda given: value


def asked(made: Stage) -> list[str]:
    return [name for name, _ in made.runner.hooked]


def failed(events: Any) -> HookFailedError:
    (ended,) = of_kind(events, Error)
    assert isinstance(ended.error, HookFailedError)
    return ended.error


async def test_call_is_prepared_once_and_each_step_anew() -> None:
    def step(given: JsonObject) -> Json:
        return None if given["step"] else {"settings": {"temperature": 0}, "activeTools": ["row"]}

    call: Json = {"instructions": ["One.", "Two."], "settings": {"seed": 7, "topP": None}}
    spec = hooked(["prepareCall", "prepareStep"], settings={"topP": 0.5, "temperature": 1})
    made = scene({"prepareCall": answer(call), "prepareStep": step}, MORE, says("7"), spec=spec)
    await made.run()
    first, second = made.model.queries
    assert asked(made) == ["prepareCall", "prepareStep", "prepareStep"]
    assert (first.system, first.settings) == ("One.\n\nTwo.", {"temperature": 0, "seed": 7})
    assert (second.system, second.settings) == ("One.\n\nTwo.", {"temperature": 1, "seed": 7})
    assert [each.key for each in first.tools] == ["row"]
    assert [each.key for each in second.tools] == ["add", "row"]


@pytest.mark.parametrize("name", ["prepareCall", "prepareStep"])
async def test_what_a_hook_sets_in_vain_is_told_once(name: str) -> None:
    made = scene({name: answer({"lost": ["colour", "x" * 200]})}, ADD, says("3"))
    events = await made.run()
    assert of_kind(events, Finish)
    told = [event.line for event in of_kind(events, ToolConsole)]
    assert [line.level for line in told] == ["warn", "warn"]
    assert told[0].text == f"`{name}` sets `colour`, which is not used: what it says is lost."


@pytest.mark.parametrize("lost", ["toolchoice", "allowedRoles", "active_tools", "maxSteps"])
async def test_unknown_name_that_may_restrict_closes(lost: str) -> None:
    made = scene({"prepareStep": answer({"lost": ["colour", lost]})}, says("hi"))
    assert f"it sets `{lost}`, which Caisson does not know" in failed(await made.run()).message
    assert not made.model.queries


async def test_later_steps_keep_instructions_and_messages_of_earlier_ones() -> None:
    said: list[Json] = [{"instructions": ["Now."], "messages": [{"ref": 0}, {"ref": 0}]}, None]
    made = scene({"prepareStep": lambda _: said.pop(0)}, ADD, says("3"))
    await made.run()
    first, second = made.model.queries
    hello = UserMessage("Hello")
    assert (first.system, first.messages) == ("Now.", (hello, hello))
    assert second.system == "Now."
    assert second.messages[:2] == (hello, hello)
    assert [type(each) for each in second.messages[2:]] == [AssistantMessage, ToolMessage]
    given = made.runner.hooked[1][1]
    assert (given["instructions"], given["instructionsAreOwn"]) == (["Now."], False)
    assert given["initialMessages"] == [{"role": "user", "content": "Hello"}]


async def test_earlier_releases_keep_nothing_of_a_step() -> None:
    said: list[Json] = [{"instructions": ["Now."], "messages": [], "isKept": False}, None]
    made = scene({"prepareStep": lambda _: said.pop(0)}, ADD, says("3"))
    await made.run()
    first, second = made.model.queries
    assert (first.system, first.messages) == ("Now.", ())
    assert (second.system, second.messages[0]) == ("Be brief.", UserMessage("Hello"))


async def test_model_that_a_hook_chooses_is_asked_for_one_step() -> None:
    said: list[Json] = [{"model": {"provider": "anthropic.messages", "id": "claude-x"}}, None]
    made = scene({"prepareStep": lambda _: said.pop(0)}, ADD, says("3"))
    await made.run()
    assert [each.model for each in made.model.queries] == ["anthropic/claude-x", "openai/gpt-x"]


async def test_model_of_the_request_goes_before_that_of_a_hook() -> None:
    hooks = {"prepareStep": answer({"model": {"id": "openai/other"}})}
    made = scene(hooks)
    await made.run(model="openai/wanted")
    assert [each.model for each in made.model.queries] == ["openai/wanted"]


async def test_cost_of_a_chosen_model_is_known_before_it_is_asked() -> None:
    made = scene({"prepareStep": answer({"model": {"id": "openai/dear"}})})
    made.prices = FixedPrices(Price(1.0, 1.0, 1.0, 1.0))
    events = await made.run(limits=RunLimits(max_cost_usd=0.01))
    assert not made.model.queries
    assert of_kind(events, Finish)[0].budget is not None


async def test_hook_sees_the_steps_of_the_run() -> None:
    usage = TokenUsage(11, 7, 2, 1)
    made = scene({"stopWhen": answer(False)}, [UsageReport(usage), *TWO], says("done"), spec=None)
    await made.run()
    ((_, given),) = made.runner.hooked
    shown = {"type": "json", "value": {"sum": 3}}
    assert given["steps"] == [
        {
            "step": 0,
            "text": "",
            "calls": [
                {"id": "c1", "tool": "add", "input": {"a": 1, "b": 2}},
                {"id": "d1", "tool": "row", "input": {"a": 5, "b": 6}},
            ],
            "results": [
                {"id": "c1", "tool": "add", "shown": shown, "output": {"sum": 3}},
                {
                    "id": "d1",
                    "tool": "row",
                    "shown": {"type": "json", "value": {"sum": 11}},
                    "output": {"sum": 11},
                },
            ],
            "finishReason": "tool-calls",
            "usage": {"input": 11, "output": 7, "cached": 2, "cacheWrite": 0, "reasoning": 1},
            "model": "openai/gpt-x",
        }
    ]


async def test_results_of_one_step_are_one_message_to_hooks() -> None:
    made = scene({"prepareStep": answer(None)}, TWO, says("done"))
    await made.run()
    messages = made.runner.hooked[1][1]["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant", "tool"]  # type: ignore[index,call-overload,union-attr]


async def test_run_ends_when_its_condition_says_so() -> None:
    made = scene({"stopWhen": lambda given: len(given["steps"]) == 2}, ADD, MORE)  # type: ignore[arg-type]
    events = await made.run()
    assert of_kind(events, Finish)[0].steps == 2
    assert asked(made) == ["stopWhen", "stopWhen"]


async def test_known_conditions_end_the_run_without_a_question() -> None:
    spec = hooked(["stopWhen"], max_steps=1, stop_conditions=(StepCount(1),))
    made = scene({"stopWhen": answer(False)}, ADD, spec=spec)
    await made.run()
    assert asked(made) == []


async def test_answer_without_calls_asks_no_condition() -> None:
    made = scene({"stopWhen": answer(True)}, says("hi"))
    await made.run()
    assert asked(made) == []


async def test_tool_that_a_step_does_not_offer_is_not_run() -> None:
    made = scene({"prepareStep": answer({"activeTools": ["row"]})}, ADD, says("no"))
    events = await made.run()
    assert not made.runner.calls
    (told,) = of_kind(events, ToolInputError)
    assert told.error_text == 'There is no tool "add". The tools are: row.'


async def test_step_may_offer_tools_that_the_agent_does_not() -> None:
    spec = hooked(["prepareStep"], active_tools=("row",))
    made = scene({"prepareStep": answer({"activeTools": ["add"]})}, ADD, says("3"), spec=spec)
    await made.run()
    assert [each.tool for each in made.runner.calls] == ["add"]


async def test_choice_of_a_step_is_sent() -> None:
    choice: Json = {"type": "tool", "toolName": "row"}
    made = scene({"prepareStep": answer({"toolChoice": choice})})
    await made.run()
    assert made.model.queries[0].tool_choice == ToolChoice(ToolChoiceMode.TOOL, "row")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"activeTools": ["wipe"]}, "the agent has no tool `wipe`, which it wants to offer"),
        ({"activeTools": "add"}, "its `activeTools` are no list of keys"),
        (
            {"toolChoice": {"toolName": "wipe"}},
            "the agent has no tool `wipe`, which must be called",
        ),
        ({"toolChoice": 7}, "its `toolChoice` is no valid choice"),
        ({"model": {"provider": "openai"}}, "its `model` cannot be asked: it has no id"),
        ({"settings": {"temperature": "hot"}}, "`temperature`: it is not a number"),
        ({"settings": {"apiKey": "x"}}, "`apiKey` is no setting of a model query"),
        ({"settings": {"maxRetries": 3}}, "`maxRetries` is no setting of a model query"),
        ({"settings": []}, "its settings are no object"),
        ({"instructions": ["x", 1]}, "its instructions are not all texts"),
        ({"instructions": ["x" * 1_100_000]}, "its instructions have more than"),
        ({"messages": {}}, "its messages are no list"),
        ({"messages": [{"ref": 1}]}, "it refers to a message that there is not"),
        ({"messages": [{"ref": True}]}, "it refers to a message that there is not"),
        ({"messages": [{"role": "system", "content": "x"}]}, "a message of the role `system`"),
        ({"messages": [{"role": "user", "content": 1}]}, "a message of the role `user`"),
        (
            {"messages": [{"role": "user", "content": [{"type": "file", "data": "aGk="}]}]},
            "address",
        ),
        (
            {
                "messages": [
                    {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "z"}]}
                ]
            },
            "a result in its messages is of no form",
        ),
        (
            {
                "messages": [
                    {
                        "role": "tool",
                        "content": [
                            {
                                "type": "tool-result",
                                "toolCallId": "z",
                                "toolName": "add",
                                "output": {"type": "text", "value": "x"},
                            }
                        ],
                    }
                ]
            },
            "the result of a call that is not there",
        ),
        ([], "its answer is no object"),
        ("text", "its answer is no object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("hook", ["prepareCall", "prepareStep"])
async def test_answer_that_cannot_be_honoured_ends_the_run(
    said: Json, reason: str, hook: str
) -> None:
    made = scene({hook: answer(said)})
    error = failed(await made.run())
    assert reason in error.message
    start = (
        f'The run of the agent "main" ended at its `{hook}` (line 3, column 5), a function of the'
    )
    assert error.message.startswith(start)
    assert not made.model.queries


@pytest.mark.parametrize("hook", ["prepareCall", "prepareStep"])
async def test_tool_that_must_be_called_is_offered(hook: str) -> None:
    choice: Json = {"type": "tool", "toolName": "row"}
    made = scene({hook: answer({"toolChoice": choice, "activeTools": ["add"]})})
    assert "must call `row`, which it is not offered" in failed(await made.run()).message


async def test_hook_that_fails_ends_the_run() -> None:
    failure = ToolFailure(FailureKind.THROWN, "no user", "RangeError", "at step (bundle.js:3:9)\n")
    made = scene({"prepareStep": answer(failure)})
    error = failed(await made.run())
    assert "it failed (THROWN): RangeError: no user (at step (bundle.js:3:9))." in error.message
    assert error.reason == "HOOK_FAILED"


async def test_hook_is_not_shown_a_part_of_the_conversation() -> None:
    made = scene({"prepareStep": answer(None)})
    error = failed(await made.run("x" * MAX_GIVEN))
    assert "the conversation has more than 1000000 characters" in error.message
    assert asked(made) == []


async def test_files_stay_what_they_are_in_messages_that_a_hook_returns() -> None:
    image = MediaPart(MediaKind.IMAGE, "image/png", b"\x89PNG")
    made = scene(
        {"prepareStep": answer({"messages": [{"ref": 0}, {"role": "user", "content": "?"}]})}
    )
    await made.run(parts=(image,))
    assert made.model.queries[0].messages == (UserMessage("Hello", (image,)), UserMessage("?"))


async def test_repeated_messages_are_bounded() -> None:
    many: list[Json] = [{"ref": 0}] * 1000
    made = scene({"prepareStep": answer({"messages": many})})
    assert "its messages are too large together" in failed(await made.run("x" * 10_000)).message


async def test_messages_of_a_hook_are_sent() -> None:
    call: Json = {"type": "tool-call", "toolCallId": "z", "toolName": "add", "input": {"a": 1}}
    output: Json = {"type": "json", "value": [1]}
    result: Json = {"type": "tool-result", "toolCallId": "z", "toolName": "add", "output": output}
    said: list[Json] = [
        {"role": "user", "content": [{"type": "text", "text": "See"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "I do."}, call]},
        {"role": "tool", "content": [result]},
        {"role": "assistant", "content": "Well."},
        {"ref": 0},
    ]
    made = scene({"prepareStep": answer({"messages": said})})
    await made.run()
    messages: Sequence[Message] = made.model.queries[0].messages
    assert messages[0] == UserMessage("", messages[0].parts)  # type: ignore[union-attr]
    assert messages[2] == ToolMessage("z", "add", "[1]", ResultForm.JSON)
    assert [each.text for each in messages] == ["", "I do.", "[1]", "Well.", "Hello"]


def mend(tool_key: str, text: str) -> Hook:
    return answer({"tool": tool_key, "input_text": text})


async def test_call_is_mended_and_the_model_sees_the_mended_one() -> None:
    wrong = calls(("c1", "plus", '{"x": 1}'))
    made = scene({"repairToolCall": mend("add", '{"a": 1, "b": 2}')}, wrong, says("3"))
    events = await made.run()
    ((_, given),) = made.runner.hooked
    assert given["call"] == {
        "id": "c1",
        "tool": "plus",
        "problem": 'There is no tool "plus". The tools are: add, row.',
        "input_text": '{"x": 1}',
    }
    assert given["messages"] == [{"role": "user", "content": "Hello"}]
    assert [each.input for each in of_kind(events, ToolInputAvailable)] == [{"a": 1, "b": 2}]
    (call,) = made.model.queries[1].messages[1].calls
    assert (call.id, call.tool, call.input_text) == ("c1", "add", '{"a": 1, "b": 2}')


@pytest.mark.parametrize("said", [None, {"tool": "add", "input_text": "{"}])
async def test_call_that_is_not_mended_stays_as_it_is(said: Json) -> None:
    made = scene({"repairToolCall": answer(said)}, calls(("c1", "add", "{}")), says("no"))
    events = await made.run()
    assert len(of_kind(events, ToolInputError)) == 1
    assert asked(made) == ["repairToolCall"]
    (call,) = made.model.queries[1].messages[1].calls
    assert call.input_text == "{}"


@pytest.mark.parametrize(
    "said",
    [
        ToolFailure(FailureKind.THROWN, "no idea", "RangeError"),
        {"tool": 7, "input_text": "{}"},
        "text",
    ],
    ids=["throws", "no tool", "no call"],
)
async def test_model_is_told_that_a_call_could_not_be_mended(said: Json | ToolFailure) -> None:
    made = scene({"repairToolCall": answer(said)}, calls(("c1", "add", "{}")), says("no"))
    (told,) = of_kind(await made.run(), ToolInputError)
    assert "ended at its `repairToolCall`" in told.error_text
    assert told.error_text in made.model.queries[1].messages[2].text


async def test_input_that_the_tools_own_schema_refuses_is_mended() -> None:
    async def own(given: JsonObject, *_: Any) -> Json:
        if not isinstance(given["a"], int):
            raise ToolFails(FailureKind.INVALID_INPUT, "a: expected number")
        return given["a"]

    spec = hooked(["repairToolCall"], [replace(TOOLS[0], parses_input=True)])
    made = scene(
        {"repairToolCall": mend("add", '{"a": 4}')},
        calls(("c", "add", '{"a": "4"}')),
        says("4"),
        spec=spec,
    )
    made.runner.tools = {"add": own}
    await made.run()
    assert made.runner.hooked[0][1]["call"]["problem"] == "a: expected number"  # type: ignore[index,call-overload]
    assert [each.text for each in made.model.queries[1].messages[2:]] == ["4"]
    assert made.model.queries[1].messages[1].calls[0].input_text == '{"a": 4}'


async def test_input_that_cannot_be_mended_either_is_the_models_own() -> None:
    async def own(*_: Any) -> Json:
        raise ToolFails(FailureKind.INVALID_INPUT, "a: expected number")

    spec = hooked(["repairToolCall"], [replace(TOOLS[0], parses_input=True)])
    made = scene(
        {"repairToolCall": mend("add", '{"a": []}')},
        calls(("c", "add", '{"a": "4"}')),
        says("no"),
        spec=spec,
    )
    made.runner.tools = {"add": own}
    await made.run()
    assert asked(made) == ["repairToolCall"]
    assert made.model.queries[1].messages[1].calls[0].input_text == '{"a": "4"}'
    assert made.model.queries[1].messages[2].text == "Error (INVALID_INPUT): a: expected number"


async def test_agent_without_tools_may_have_hooks() -> None:
    made = scene(
        {"prepareStep": answer({"instructions": ["Hi."]})}, spec=hooked(["prepareStep"], [])
    )
    await made.run()
    assert (made.model.queries[0].system, made.runner.opened, made.runner.closed) == ("Hi.", 1, 1)


async def test_run_goes_on_from_each_of_its_states_with_the_same_result() -> None:
    def hooks() -> dict[str, Hook]:
        def step(given: JsonObject) -> Json:
            number = given["step"]
            count = len(given["messages"])  # type: ignore[arg-type]
            messages: list[Json] = [{"ref": at} for at in range(count)]
            more: Json = {"role": "user", "content": f"Step {number}."}
            return {
                "instructions": [f"{given['instructions'][0]} {number}"],  # type: ignore[index]
                "messages": [*messages, more],
                "activeTools": ["add"] if number else ["row"],
            }

        return {
            "prepareCall": answer({"settings": {"seed": 5}, "toolChoice": "required"}),
            "prepareStep": step,
            "stopWhen": lambda given: len(given["steps"]) == 3,  # type: ignore[arg-type]
            "repairToolCall": mend("add", '{"a": 1, "b": 1}'),
        }

    scripts = [calls(("c0", "row", '{"a": 1, "b": 2}')), calls(("c1", "add", "{}")), MORE]
    states: list[RunState] = []

    async def keep(state: RunState, events: Sequence[Event]) -> None:
        states.append(state)

    whole = scene(hooks(), *scripts)
    events = [event async for event in (await whole.start(keep=keep)).events()]
    finish = of_kind(events, Finish)[0]
    assert finish.steps == 3
    for state in states:
        begun = from_text(to_text(state))
        assert begun == state
        rest = scene(hooks(), *scripts[state.step :])
        again = [event async for event in (await rest.start(state=begun)).events()]
        ended = of_kind(again, Finish)[0]
        assert (ended.steps, ended.finish_reason) == (finish.steps, finish.finish_reason)
        wanted = whole.model.queries[state.step :]
        assert len(rest.model.queries) == len(wanted)
        for heard, expected in zip(rest.model.queries, wanted, strict=True):
            assert (heard.system, heard.settings) == (expected.system, expected.settings)
            assert [each.key for each in heard.tools] == [each.key for each in expected.tools]
            unknown = any(item.is_unknown for item in state.pending)
            if not unknown:  # a tool that was begun is not begun again
                assert heard.messages == expected.messages
