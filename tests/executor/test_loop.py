"""The loop: order of events, parallel calls, limits, what the model is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import pytest

from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.agent.no_tools import NoToolSession
from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation, ToolSession
from services.executor.agent.scripted import FixedBundles, ScriptedRunner, ToolFails
from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    TokenUsage,
    ToolMessage,
    UsageSource,
)
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    Json,
    JsonObject,
    Refusal,
    ToolResult,
    ToolUsage,
)
from services.executor.errors import (
    AgentDisabledError,
    BundleLoadError,
    NoAgentsError,
    RequestError,
    UnknownAgentError,
)
from services.executor.events import (
    Error,
    Finish,
    FinishStep,
    RunStarted,
    TextDelta,
    ToolConsole,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
)
from services.executor.limits import DeploymentLimits, RunLimits
from tests.executor.builders import (
    ADD_SCHEMA,
    add,
    agent,
    bundle,
    calls,
    kinds,
    of_kind,
    says,
    stage,
    tool,
)

ADD = tool("add", ADD_SCHEMA)


async def test_text_run_emits_every_event_in_order() -> None:
    events = await stage(says("Hel", "lo")).run()
    assert kinds(events) == [
        "RunStarted",
        "Start",
        "StartStep",
        "TextStart",
        "TextDelta",
        "TextEnd",
        "FinishStep",
        "Finish",
    ]
    assert of_kind(events, TextDelta)[0].delta == "Hello"
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len({event.run_id for event in events}) == 1


async def test_tool_call_runs_between_two_queries() -> None:
    runner = ScriptedRunner({"add": add})
    scene = stage(calls(("c1", "add", '{"a":1,"b":2}')), says("3"), tools=[ADD], runner=runner)
    events = await scene.run()
    assert kinds(events) == [
        "RunStarted",
        "Start",
        "StartStep",
        "ToolInputStart",
        "ToolInputDelta",
        "ToolInputAvailable",
        "ToolOutputAvailable",
        "ToolUsage",
        "FinishStep",
        "StartStep",
        "TextStart",
        "TextDelta",
        "TextEnd",
        "FinishStep",
        "Finish",
    ]
    assert of_kind(events, ToolOutputAvailable)[0].output == {"sum": 3}
    told = scene.model.queries[1].messages[-1]
    assert told == ToolMessage("c1", "add", '{"sum": 3}')
    assert runner.opened == runner.closed == 1


async def test_reasoning_and_text_are_separate_parts() -> None:
    script = [
        ReasoningPiece("hm"),
        TextPiece("a"),
        ReasoningPiece("so"),
        TextPiece("b"),
        Finished(FinishReason.STOP),
    ]
    events = await stage(script).run()
    assert kinds(events)[3:-2] == [
        f"{kind}{what}"
        for kind in ("Reasoning", "Text", "Reasoning", "Text")
        for what in ("Start", "Delta", "End")
    ]
    assert len({delta.id for delta in of_kind(events, TextDelta)}) == 2


async def test_calls_of_a_step_run_in_parallel_and_answer_in_order() -> None:
    both = asyncio.Barrier(2)

    async def meet(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await both.wait()
        return given["n"]

    asked = calls(("c1", "meet", '{"n":1}'), ("c2", "meet", '{"n":2}'))
    scene = stage(asked, says("ok"), tools=[tool("meet")], runner=ScriptedRunner({"meet": meet}))
    async with asyncio.timeout(60):
        await scene.run()
    told = scene.model.queries[1].messages[-2:]
    assert told == (ToolMessage("c1", "meet", "1"), ToolMessage("c2", "meet", "2"))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("add", '{"a":1', "not valid JSON"),
        ("add", '{"a":1}', '"b" is a required property'),
        ("add", '{"a":1,"b":"x"}', "input.b"),
        ("add", '{"a":1,"b":NaN}', "NaN"),
        ("add", "[" * 100_000, "JSON"),
        ("add", '"text"', "input:"),
        ("gone", "{}", 'no tool "gone"'),
        ("", "{}", "The tools are: add"),
    ],
)
async def test_unusable_input_is_returned_to_model(name: str, text: str, problem: str) -> None:
    runner = ScriptedRunner({"add": add})
    scene = stage(calls(("c1", name, text)), says("sorry"), tools=[ADD], runner=runner)
    events = await scene.run()
    refused = of_kind(events, ToolInputError)[0]
    assert (refused.tool, refused.input_text) == (name, text)
    assert problem in refused.error_text
    told = scene.model.queries[1].messages[-1]
    assert isinstance(told, ToolMessage)
    assert problem in told.text
    assert not runner.calls
    assert isinstance(events[-1].event, Finish)


async def test_call_without_input_gets_empty_object() -> None:
    scene = stage(
        calls(("c1", "now", "")),
        says("ok"),
        tools=[tool("now")],
        runner=ScriptedRunner({"now": _echo}),
    )
    events = await scene.run()
    assert of_kind(events, ToolInputAvailable)[0].input == {}


async def _echo(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
    return context


async def test_tool_failure_is_data_for_client_and_model() -> None:
    async def fail(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await console(ConsoleLine("warn", "about to fail"))
        raise ToolFails(FailureKind.THROWN, "no such city", "TypeError")

    runner = ScriptedRunner({"fail": fail})
    scene = stage(calls(("c1", "fail", "{}")), says("sorry"), tools=[tool("fail")], runner=runner)
    events = await scene.run()
    failed = of_kind(events, ToolOutputError)[0]
    assert failed.failure.kind is FailureKind.THROWN
    assert failed.error_text == "Error (THROWN): TypeError: no such city"
    assert of_kind(events, ToolConsole)[0].line.text == "about to fail"
    assert scene.model.queries[1].messages[-1] == ToolMessage("c1", "fail", failed.error_text)
    assert isinstance(events[-1].event, Finish)


async def test_tools_get_runtime_context() -> None:
    scene = stage(
        calls(("c1", "echo", "{}")),
        says("ok"),
        tools=[tool("echo")],
        runner=ScriptedRunner({"echo": _echo}),
    )
    events = await scene.run(
        session_id="s1", resource_id="r1", request_context={"tenant": 7, "sessionId": "forged"}
    )
    output = of_kind(events, ToolOutputAvailable)[0].output
    assert output == {"tenant": 7, "sessionId": "s1", "resourceId": "r1"}


@pytest.mark.parametrize(
    ("deployment", "of_bundle", "of_request", "steps"),
    [(2, None, None, 2), (9, 3, 5, 3), (9, 5, 1, 1)],
)
async def test_lowest_step_limit_ends_run(
    deployment: int, of_bundle: int | None, of_request: int | None, steps: int
) -> None:
    again = calls(("c", "add", '{"a":1,"b":2}'))
    bundles = FixedBundles(bundle(agent(ADD, max_steps=of_bundle)))
    scene = stage(
        *[again] * 10,
        bundles=bundles,
        runner=ScriptedRunner({"add": add}),
        limits=DeploymentLimits(max_steps=deployment),
    )
    events = await scene.run(limits=RunLimits(max_steps=of_request))
    finish = of_kind(events, Finish)[0]
    assert (finish.finish_reason, finish.steps) == (FinishReason.MAX_STEPS, steps)
    assert finish.budget == BudgetReached(BudgetKind.STEPS, steps, steps)
    assert [item.outcome for item in finish.effects.tool_calls] == [ToolOutcome.RETURNED] * steps
    assert len(scene.model.queries) == steps
    assert len(of_kind(events, ToolOutputAvailable)) == steps


async def test_missing_and_repeated_call_ids_become_unique() -> None:
    same = [
        ("", "add", '{"a":1,"b":1}'),
        ("x", "add", '{"a":2,"b":2}'),
        ("x", "add", '{"a":3,"b":3}'),
        ("y" * 500, "add", '{"a":4,"b":4}'),
    ]
    scene = stage(
        calls(*same),
        calls(("x", "add", '{"a":5,"b":5}')),
        says("ok"),
        tools=[ADD],
        runner=ScriptedRunner({"add": add}),
    )
    events = await scene.run()
    ids = [started.call_id for started in of_kind(events, ToolInputStart)]
    assert len(ids) == len(set(ids)) == 5
    assert all(0 < len(call_id) <= 128 for call_id in ids)
    asked = scene.model.queries[2].messages[1]
    assert isinstance(asked, AssistantMessage)
    assert [call.id for call in asked.calls] == ids[:4]


async def test_call_pieces_are_assembled_in_any_order() -> None:
    script = [
        CallPiece(0, "a", "add", ""),
        CallPiece(1, "b", "", '{"a":3,'),
        CallPiece(0, "", "", '{"a":1,'),
        CallPiece(1, "", "add", ""),
        CallPiece(0, "", "", '"b":2}'),
        CallPiece(1, "b", "", '"b":4}'),
        CallPiece(None, "c", "add", '{"a":5,'),
        CallPiece(None, "", "", '"b":6}'),
        Finished(FinishReason.TOOL_CALLS),
    ]
    scene = stage(script, says("ok"), tools=[ADD], runner=ScriptedRunner({"add": add}))
    events = await scene.run()
    outputs = [item.output for item in of_kind(events, ToolOutputAvailable)]
    assert outputs == [{"sum": 3}, {"sum": 7}, {"sum": 11}]
    for call_id, text in (("a", '{"a":1,"b":2}'), ("b", '{"a":3,"b":4}'), ("c", '{"a":5,"b":6}')):
        deltas = [item.delta for item in of_kind(events, ToolInputDelta) if item.call_id == call_id]
        assert "".join(deltas) == text


async def test_usage_is_summed_and_marked_when_estimated() -> None:
    counted = UsageReport(TokenUsage(10, 5, 4, 1, UsageSource.PROVIDER))
    guessed = UsageReport(TokenUsage(20, 7, 0, 0, UsageSource.ESTIMATED))
    scene = stage(
        [*calls(("c1", "add", '{"a":1,"b":2}')), counted],
        [*says("3"), guessed],
        tools=[ADD],
        runner=ScriptedRunner({"add": add}),
    )
    events = await scene.run()
    assert [step.usage for step in of_kind(events, FinishStep)] == [counted.usage, guessed.usage]
    assert of_kind(events, Finish)[0].usage == TokenUsage(30, 12, 4, 1, UsageSource.ESTIMATED)


async def test_large_result_is_truncated_only_for_model() -> None:
    async def large(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        return "é" * 1000

    scene = stage(
        calls(("c1", "large", "{}")),
        says("ok"),
        tools=[tool("large")],
        runner=ScriptedRunner({"large": large}),
        limits=DeploymentLimits(tool_text_bytes=300),
    )
    events = await scene.run()
    assert of_kind(events, ToolOutputAvailable)[0].output == "é" * 1000
    told = scene.model.queries[1].messages[-1]
    assert isinstance(told, ToolMessage)
    assert told.text.startswith("é" * 150)
    assert "the whole result is 2000 bytes, 300 are shown" in told.text


async def test_agent_without_tools_needs_no_toolrunner() -> None:
    runner = ScriptedRunner(open_error=BundleLoadError("must not be loaded"))
    events = await stage(says("hi"), runner=runner).run()
    assert isinstance(events[-1].event, Finish)
    assert runner.opened == 0


async def test_unloadable_bundle_ends_run() -> None:
    runner = ScriptedRunner(open_error=BundleLoadError("its top level threw"))
    never = asyncio.Event()
    scene = stage([TextPiece("thinking"), never], tools=[ADD], runner=runner)
    events = await scene.run()
    error = of_kind(events, Error)[0].error
    assert isinstance(error, BundleLoadError)
    assert kinds(events)[-1] == "Error"
    assert scene.model.closed == len(scene.model.queries)
    assert runner.closed == 1


async def test_top_level_console_output_is_reported_without_a_call() -> None:
    runner = ScriptedRunner({"add": add}, top_level=[ConsoleLine("log", "loaded")])
    scene = stage(calls(("c1", "add", '{"a":1,"b":2}')), says("3"), tools=[ADD], runner=runner)
    shown = of_kind(await scene.run(), ToolConsole)
    assert shown == [ToolConsole("", ConsoleLine("log", "loaded"))]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"A": "x" * 40_000}, "A has 40000 bytes"),
        ({f"N{number}": "" for number in range(200)}, "There are 200 values"),
        ({"A": "a\0b"}, "zero byte"),
    ],
)
async def test_environment_of_a_context_that_cannot_be_given_is_refused(
    env: dict[str, str], said: str
) -> None:
    with pytest.raises(RequestError, match=said) as refused:
        await stage(says("hi"), tools=[ADD]).run(request_context={"env": env})
    assert refused.value.violations[0].field == "spec.request_context.env"


async def test_other_members_of_a_context_are_no_environment() -> None:
    context: JsonObject = {"env": {"not-a-name": "x" * 40_000, "A": {"b": 1}}}
    await stage(says("hi"), tools=[ADD]).run(request_context=context)


async def test_tool_that_the_load_did_not_make_is_not_offered() -> None:
    runner = ScriptedRunner({"add": add}, out_of_use={"other": "it was not made"})
    scene = stage(says("hi"), tools=[ADD, tool("other", {})], runner=runner)
    await scene.run()
    assert [item.key for item in scene.model.queries[0].tools] == ["add"]


async def test_tool_that_was_called_stays_offered() -> None:
    runner = ScriptedRunner({"add": add}, out_of_use={})
    asked = calls(("c1", "add", '{"a":1,"b":2}'))
    scene = stage(asked, says("3"), tools=[ADD, tool("other", {})], runner=runner)

    async def loaded(given: Json, context: JsonObject, on_console: OnConsole) -> Json:
        runner.out_of_use = {"add": "it was not made", "other": "it was not made"}
        return 3

    runner.tools = {"add": loaded}
    await scene.run()
    offered = [[item.key for item in query.tools] for query in scene.model.queries]
    assert offered == [["add", "other"], ["add"]]


async def test_uncompilable_schema_disables_only_its_tool() -> None:
    broken = tool("broken", {"type": "no such type"})
    remote = tool("remote", {"$ref": "https://example.invalid/schema.json"})
    scene = stage(says("hi"), tools=[ADD, broken, remote])
    events = await scene.run()
    assert [item.key for item in scene.model.queries[0].tools] == ["add"]
    paths = [item.path for item in of_kind(events, RunStarted)[0].diagnostics]
    assert paths == ["agents.main.tools.broken.inputSchema", "agents.main.tools.remote.inputSchema"]


async def test_agent_is_selected_by_its_key() -> None:
    two = FixedBundles(bundle(agent(key="one"), agent(key="two")))
    events = await stage(says("hi"), bundles=two).run(agent="two")
    assert of_kind(events, RunStarted)[0].agent == "two"
    with pytest.raises(UnknownAgentError, match=r'no agent "three".*one, two'):
        await stage(bundles=two).run(agent="three")
    with pytest.raises(RequestError, match="one, two"):
        await stage(bundles=two).run()
    with pytest.raises(NoAgentsError):
        await stage(bundles=FixedBundles(bundle())).run()


async def test_disabled_agent_spends_nothing() -> None:
    why = Refusal("agents.main.toolApproval", "it is a function")
    read = FixedBundles(bundle(agent(ADD, refusals=(why,))))
    scene = stage(says("hi"), bundles=read, runner=ScriptedRunner({"add": add}))
    with pytest.raises(AgentDisabledError, match="it is a function"):
        await scene.run()
    assert (scene.model.queries, scene.runner.opened, scene.runner.calls) == ([], 0, [])


class TextRunner(NoToolSession):
    """A runner whose every result comes as the same JSON text."""

    @asynccontextmanager
    async def open(self, *given: object) -> AsyncIterator[ToolSession]:
        yield self

    async def opened(self) -> Sequence[ConsoleLine]:
        return ()

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        return {}

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        return ToolResult({"sum": 1e21}, None, ToolUsage(), '{"sum":1e+21}')


async def test_model_sees_result_text_unchanged() -> None:
    asked = calls(("c1", "add", '{"a": 1, "b": 2}'))
    scene = stage(asked, says("ok"), tools=[ADD], runner=TextRunner())
    events = await scene.run()
    assert scene.model.queries[1].messages[-1] == ToolMessage("c1", "add", '{"sum":1e+21}')
    assert of_kind(events, ToolOutputAvailable)[0].output == {"sum": 1e21}
