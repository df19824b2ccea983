"""A manifest keeps all that it says, as JSON and as a message."""

from __future__ import annotations

import pytest
from google.protobuf import json_format

from services.executor.agent_parts import (
    AgentLink,
    Factory,
    Insertion,
    SchemaSource,
    StepCount,
    ToolWasCalled,
)
from services.executor.bundle.manifest import manifest_json
from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Manifest,
    Refusal,
    Severity,
    ToolChoice,
    ToolChoiceMode,
    ToolSpec,
    UnreadSchema,
)
from services.executor.tool_reach import Reach, ReachGap
from tests.executor.builders import whole

REACH = Reach(
    globals=("Date", "fetch"),
    modules=("node:fs",),
    env=("EXA_API_KEY",),
    hosts=("api.exa.ai",),
    missing=("node:fs",),
    gaps=(ReachGap("`require(name)` is not known", 7, 3),),
)
SEARCH = ToolSpec(
    "search",
    "Searches.",
    {"type": "object"},
    SchemaSource.SANDBOX,
    reach=REACH,
    output_schema={"type": "string"},
    needs_approval=True,
    approval_asked=True,
    gates=("needsApproval", "toModelOutput"),
    parses_input=True,
    sees_messages=True,
    strict=True,
    idempotent=True,
)
LOST = ToolSpec(
    "lost",
    "",
    None,
    None,
    disabled=True,
    unread_schema=UnreadSchema("agents.front.tools.lost.inputSchema", "it is not known", 3, 9),
)
FULL = AgentSpec(
    key="front",
    name="Front desk",
    system="Be kind.",
    model="openai/a",
    tools={"search": SEARCH, "lost": LOST},
    description="Meets guests.",
    settings={"temperature": 0.5, "stopSequences": ["END"]},
    max_steps=4,
    framework="openai-agents",
    fallback_models=("openai/b", "anthropic/c"),
    handoffs=(AgentLink("billing", "Billing", "transfer_to_billing", "For money."),),
    agent_tools=(AgentLink("", "Translator", "translate"),),
    tool_choice=ToolChoice(ToolChoiceMode.TOOL, "search"),
    active_tools=(),
    stop_conditions=(StepCount(4), ToolWasCalled("search"), ToolWasCalled(None)),
    output_schema={"type": "object", "properties": {"a": {"type": "number"}}},
    metadata={"team": "desk"},
    refusals=(Refusal("agents.front.system", "it is not known", 2, 5),),
    factory=Factory(("options", ""), varies=True),
)
BARE = AgentSpec(key="bare", name="bare", system="", model=None, tools={})
MANIFEST = Manifest(
    f"sha256:{0:064x}",
    BundleFormat.CJS,
    {"front": FULL, "bare": BARE},
    {"name": "desk"},
    (Diagnostic(Severity.INFO, "agents.front", "nothing", 1, 2),),
    insertions=(Insertion(3, "\nexport { a };\n"),),
)


def test_json_loses_nothing() -> None:
    assert manifest_json.loads(manifest_json.dumps(MANIFEST)) == MANIFEST


def test_invalid_manifest_json_is_a_value_error() -> None:
    text = manifest_json.dumps(MANIFEST).decode()
    for was, wrong in (
        ('"cjs"', '"amd"'),
        ('{"stepCount": 4}', "{}"),
        ('"maxSteps": 4', '"maxSteps": "4"'),
        ('"severity": "info", ', ""),
        ('"activeTools": []', '"activeTools": {}'),
    ):
        spoiled = text.replace(was, wrong)
        assert spoiled != text
        with pytest.raises(ValueError, match=r"no manifest|not a valid"):
            manifest_json.loads(spoiled.encode())


def test_message_carries_everything_in_json() -> None:
    message = json_format.MessageToDict(whole(MANIFEST))
    front, bare = message["agents"]
    assert (front["key"], bare["key"]) == ("front", "bare")
    assert front["framework"] == "FRAMEWORK_OPENAI_AGENTS"
    assert front["fallbackModels"] == ["openai/b", "anthropic/c"]
    assert front["handoffs"] == [
        {
            "agent": "billing",
            "name": "Billing",
            "tool": "transfer_to_billing",
            "description": "For money.",
        }
    ]
    assert front["agentTools"] == [{"name": "Translator", "tool": "translate"}]
    assert front["toolChoice"] == {"mode": "TOOL_CHOICE_MODE_TOOL", "tool": "search"}
    assert front["activeTools"] == {}
    assert front["stopConditions"] == [
        {"stepCount": 4},
        {"toolCall": "search"},
        {"anyToolCall": True},
    ]
    assert front["outputSchema"]["value"]["properties"] == {"a": {"type": "number"}}
    assert front["framework"] == "FRAMEWORK_OPENAI_AGENTS"
    assert front["frameworkName"] == "openai-agents"
    assert front["metadata"] == {"value": {"team": "desk"}}
    search = front["tools"][0]
    assert search["key"] == "search"
    assert search["reach"] == {
        "globals": ["Date", "fetch"],
        "modules": ["node:fs"],
        "env": ["EXA_API_KEY"],
        "hosts": ["api.exa.ai"],
        "missing": ["node:fs"],
        "gaps": [{"reason": "`require(name)` is not known", "line": 7, "column": 3}],
    }
    assert search["outputSchema"] == {"value": {"type": "string"}}
    assert search["needsApproval"] is True
    assert front["disabled"] is True
    assert "disabled" not in bare
    assert "activeTools" not in bare
    assert "toolChoice" not in bare


def test_framework_without_version_is_known_by_name() -> None:
    agent = AgentSpec("a", "A", "", None, {}, framework="next-year")
    manifest = Manifest("sha256:" + "0" * 64, BundleFormat.ESM, {"a": agent}, {}, ())
    (told,) = json_format.MessageToDict(whole(manifest))["agents"]
    assert told["frameworkName"] == "next-year"
    assert "framework" not in told
    assert manifest_json.loads(manifest_json.dumps(manifest)) == manifest
