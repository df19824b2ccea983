"""What an agent says about its own loop: which tools it offers and must call, when it stops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.executor.adapters.litellm.abilities import ModelAbilities
from services.executor.adapters.litellm.query import completion_arguments
from services.executor.agent.ports import ModelQuery
from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.conversation import FinishReason, ModelRoute
from services.executor.domain import (
    Json,
    JsonObject,
    StepCount,
    ToolChoice,
    ToolChoiceMode,
    ToolWasCalled,
)
from services.executor.events import Finish, ToolInputError, ToolOutputAvailable
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
    spec = agent(
        ADD,
        tool("idle", ADD_SCHEMA),
        off,
        active_tools=("add", "off"),
        tool_choice=ToolChoice(ToolChoiceMode.TOOL, "idle"),
    )
    scene = stage(
        calls(("c", "off", '{"a":1,"b":2}')), says("no"), bundles=FixedBundles(bundle(spec))
    )
    events = await scene.run()
    assert [item.key for item in scene.model.queries[0].tools] == ["add"]
    assert scene.model.queries[0].tool_choice is None
    assert "no tool" in of_kind(events, ToolInputError)[0].error_text


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
            {"thinking": {"type": "enabled", "budget_tokens": 9}},
        ),
        ("gpt-x", {"reasoning": {"effort": "high"}}, {"reasoning_effort": "high"}),
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
