"""What an agent says about its own loop: which tools it offers and must call, when it stops."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.executor.adapters.litellm.abilities import ModelAbilities
from services.executor.adapters.litellm.query import completion_arguments
from services.executor.agent.budget import budget_of
from services.executor.agent.ports import ModelQuery, OnConsole
from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.agent_parts import StepCount, ToolWasCalled
from services.executor.conversation import FinishReason, ModelRoute
from services.executor.domain import Json, JsonObject, ToolChoice, ToolChoiceMode
from services.executor.errors import AgentDisabledError
from services.executor.events import Finish, ToolInputError, ToolOutputAvailable
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.providers.names import parse_model
from tests.executor.builders import (
    ADD_SCHEMA,
    add,
    agent,
    bundle,
    calls,
    of_kind,
    says,
    stage,
    tool,
)

ADD = tool("add", ADD_SCHEMA)


@pytest.mark.parametrize(
    ("condition", "queries"),
    [(ToolWasCalled("add"), 1), (ToolWasCalled(None), 1), (ToolWasCalled("other"), 2)],
)
async def test_run_stops_after_tool_named_by_bundle(condition: ToolWasCalled, queries: int) -> None:
    again = calls(("c", "add", '{"a":1,"b":2}'))
    spec = agent(ADD, stop_conditions=(StepCount(9), condition))
    scene = stage(
        again, says("3"), bundles=FixedBundles(bundle(spec)), runner=ScriptedRunner({"add": add})
    )
    events = await scene.run()
    assert len(scene.model.queries) == queries
    assert len(of_kind(events, ToolOutputAvailable)) == 1
    reason = FinishReason.TOOL_CALLS if queries == 1 else FinishReason.STOP
    assert of_kind(events, Finish)[0].finish_reason is reason


@pytest.mark.parametrize(
    ("framework", "settings", "second"),
    [
        ("ai-sdk", {}, ToolChoiceMode.REQUIRED),
        ("openai-agents", {}, None),
        ("openai-agents", {"resetToolChoice": False}, ToolChoiceMode.REQUIRED),
    ],
)
async def test_tool_choice_lasts_as_long_as_in_its_framework(
    framework: str, settings: JsonObject, second: ToolChoiceMode | None
) -> None:
    spec = agent(
        ADD,
        framework=framework,
        settings=settings,
        tool_choice=ToolChoice(ToolChoiceMode.REQUIRED),
    )
    again = calls(("c", "add", '{"a":1,"b":2}'))
    scene = stage(
        again, says("3"), bundles=FixedBundles(bundle(spec)), runner=ScriptedRunner({"add": add})
    )
    await scene.run()
    choices = [query.tool_choice for query in scene.model.queries]
    assert choices == [
        ToolChoice(ToolChoiceMode.REQUIRED),
        None if second is None else ToolChoice(second),
    ]


async def test_only_active_tools_that_are_not_disabled_are_offered() -> None:
    off = replace(tool("off", ADD_SCHEMA), disabled=True)
    risky = replace(tool("risky", ADD_SCHEMA), needs_approval=True)
    spec = agent(ADD, tool("idle", ADD_SCHEMA), off, risky, active_tools=("add", "off", "risky"))
    scene = stage(
        calls(("c", "idle", '{"a":1,"b":2}'), ("d", "off", '{"a":1,"b":2}')),
        says("no"),
        bundles=FixedBundles(bundle(spec)),
    )
    events = await scene.run()
    assert [item.key for item in scene.model.queries[0].tools] == ["add", "risky"]
    assert all("no tool" in each.error_text for each in of_kind(events, ToolInputError))
    assert len(of_kind(events, ToolInputError)) == 2


async def test_agent_whose_chosen_tool_is_not_offered_is_refused() -> None:
    choice = ToolChoice(ToolChoiceMode.TOOL, "idle")
    spec = agent(ADD, tool("idle", ADD_SCHEMA), active_tools=("add",), tool_choice=choice)
    scene = stage(says("no"), bundles=FixedBundles(bundle(spec)))
    with pytest.raises(AgentDisabledError, match='must call its tool "idle"'):
        await scene.run()
    assert not scene.model.queries


@pytest.mark.parametrize(("setting", "most"), [(1, 1), (2, 2), ({"limit": 1}, 1), (None, 3)])
async def test_calls_of_a_step_run_side_by_side_as_far_as_the_agent_says(
    setting: Json, most: int
) -> None:
    running: list[int] = [0]
    seen: list[int] = []
    order: list[Json] = []

    async def work(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        running[0] += 1
        seen.append(running[0])
        order.append(given["a"])
        for _ in range(20):
            await asyncio.sleep(0)
        running[0] -= 1
        return given["a"]

    spec = agent(ADD, settings={"toolCallConcurrency": setting} if setting else {})
    step = calls(*((f"c{n}", "add", f'{{"a":{n},"b":2}}') for n in range(3)))
    scene = stage(
        step, says("done"), bundles=FixedBundles(bundle(spec)), runner=ScriptedRunner({"add": work})
    )
    await scene.run()
    assert max(seen) == most
    assert order == [0, 1, 2]


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (None, (60.0, 20.0, 10.0, None)),
        (5000, (5.0, 20.0, 10.0, None)),
        ({"totalMs": 90_000, "chunkMs": 500, "firstChunkMs": 1500}, (60.0, 1.5, 0.5, None)),
        ({"toolMs": 250}, (60.0, 20.0, 10.0, 0.25)),
    ],
)
def test_timeouts_of_an_agent_lower_the_limits(
    timeout: Json, expected: tuple[float, float, float, float | None]
) -> None:
    deployment = DeploymentLimits(timeout_s=60.0, first_token_s=20.0, token_gap_s=10.0)
    spec = agent(ADD, settings={} if timeout is None else {"timeout": timeout})
    budget = budget_of(deployment, spec, RunLimits())
    limits = (budget.timeout_s, budget.first_token_s, budget.token_gap_s)
    assert (*limits, budget.tool_limits.timeout_s) == expected


@pytest.mark.parametrize(
    ("model", "settings", "expected"),
    [
        (
            "openai/gpt-x",
            {
                "providerOptions": {
                    "openai": {"reasoningEffort": "low"},
                    "anthropic": {"thinking": {"type": "enabled", "budgetTokens": 9}},
                }
            },
            {"reasoning_effort": "low"},
        ),
        (
            "anthropic/claude-x",
            {
                "providerOptions": {
                    "anthropic": {"thinking": {"type": "enabled", "budgetTokens": 9}}
                }
            },
            {"thinking": {"type": "enabled", "budget_tokens": 9}, "max_tokens": 32_000},
        ),
        ("gpt-x", {"reasoning": {"effort": "high"}}, {"reasoning_effort": "high"}),
        ("gpt-x", {"reasoning": "high"}, {"reasoning_effort": "high"}),
        ("gpt-x", {"reasoning": "provider-default"}, {}),
        ("gemini/x", {"providerOptions": {"google": "all"}, "reasoning": True}, {}),
    ],
)
def test_thinking_settings_reach_only_their_provider(
    model: str, settings: JsonObject, expected: dict[str, Json]
) -> None:
    abilities = ModelAbilities(parse_model(model), {})
    query = ModelQuery(ModelRoute(model), "", (), (), settings)
    arguments = completion_arguments(query, abilities)
    assert {key: arguments[key] for key in arguments if key != "messages"} == expected
