"""What the sandbox says of an agent is checked: it is the word of an untrusted bundle."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.executor.agent_parts import AgentLink, AgentPart, AskedPart, SchemaSource, StepCount
from services.executor.bundle.intake.agent_answers import (
    MAX_DESCRIPTION,
    Answered,
    UntoldPartError,
    answered,
)
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.clients import OWN_PROCESS
from services.executor.domain import (
    AgentSpec,
    ToolChoice,
    ToolChoiceMode,
    ToolSpec,
    UnreadSchema,
)
from services.executor.schemas.scripted import LocalSchemas

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "number"}}}


def spec(**changes: Any) -> AgentSpec:
    paths = {AgentPart.SETTINGS: "defaultOptions"}
    asked = tuple(
        AskedPart(part, f"agents.a.{paths.get(part, part.value)}", "unread") for part in AgentPart
    )
    found = {"tools": {}, "framework": "mastra", "asked": asked, **changes}
    return AgentSpec(key="a", name="a", system="", model=None, **found)


async def told(agent: AgentSpec, text: str, *parts: AgentPart) -> Answered:
    asked = [each for each in agent.asked if each.part in parts]
    return await answered(agent, asked, text, AnsweredSchemas(LocalSchemas()), OWN_PROCESS)


async def value_of(part: AgentPart, value: Any, **changes: Any) -> AgentSpec:
    text = json.dumps({part.value: {"value": value}})
    return (await told(spec(**changes), text, part)).agent


def tool(key: str, **changes: Any) -> dict[str, Any]:
    said = {"key": key, "description": "d", "inputSchema": {"jsonSchema": SCHEMA}}
    return {**said, "hasExecute": True, "needsApproval": False, "isEnabled": True, **changes}


async def test_parts_make_the_agent_whole() -> None:
    whole = {
        "instructions": {"value": ["One.", "Two."]},
        "description": {"value": "Helps"},
        "model": {
            "value": [
                {"provider": "openai.responses", "id": "gpt-5"},
                {"provider": "azure-openai.chat", "id": "x"},
                {"id": "anthropic/c"},
            ]
        },
        "settings": {
            "value": {
                "temperature": 0.5,
                "maxTokens": 9,
                "unheard": 1,
                "toolChoice": "required",
                "activeTools": ["t"],
                "maxSteps": 3,
            }
        },
        "tools": {"value": [tool("t")]},
    }
    agent = (await told(spec(), json.dumps(whole), *AgentPart)).agent
    assert (agent.system, agent.description) == ("One.\n\nTwo.", "Helps")
    assert (agent.model, *agent.fallback_models) == ("openai/gpt-5", "azure/x", "anthropic/c")
    assert agent.settings == {"temperature": 0.5, "maxOutputTokens": 9}
    assert agent.tool_choice == ToolChoice(ToolChoiceMode.REQUIRED)
    assert agent.active_tools == ("t",)
    assert (agent.max_steps, agent.stop_conditions) == (3, (StepCount(3),))
    assert agent.tools["t"].input_schema == SCHEMA
    assert agent.tools["t"].schema_source is SchemaSource.SANDBOX
    assert not agent.unknown


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        (AgentPart.INSTRUCTIONS, "text", "not all texts"),
        (AgentPart.INSTRUCTIONS, ["a", 1], "not all texts"),
        (AgentPart.INSTRUCTIONS, None, "not all texts"),
        (AgentPart.INSTRUCTIONS, ["x"] * 1001, "more than 1000 texts"),
        (AgentPart.DESCRIPTION, 1, "a text of at most"),
        (AgentPart.DESCRIPTION, "x" * 70_000, "a text of at most"),
        (AgentPart.MODEL, [], "names no model"),
        (AgentPart.MODEL, "openai/x", "names no model"),
        (AgentPart.MODEL, [{"id": 1}], "no id"),
        (AgentPart.MODEL, [{"id": "x" * 2000}], "no id"),
        (AgentPart.SETTINGS, [], "not an object"),
        (AgentPart.SETTINGS, {"temperature": "hot"}, "`temperature`: it is not a number"),
        (AgentPart.SETTINGS, {"toolChoice": 7}, "not a valid choice"),
        (AgentPart.SETTINGS, {"activeTools": {"a": 1}}, "not a list of keys"),
        (AgentPart.SETTINGS, {"maxSteps": 0}, "not a number of steps"),
        (AgentPart.TOOLS, {}, "not at most 500 tools"),
        (AgentPart.TOOLS, [tool("t")] * 501, "not at most 500 tools"),
        (AgentPart.TOOLS, [{"key": 3}], "no usable key"),
        (AgentPart.TOOLS, ["t"], "no usable key"),
    ],
)
async def test_value_of_another_form_is_refused(part: AgentPart, value: Any, reason: str) -> None:
    with pytest.raises(UntoldPartError, match=reason) as caught:
        await value_of(part, value)
    assert caught.value.part is part


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[]", "did not tell it"),
        ('{"instructions": 1}', "did not tell it"),
        ('{"instructions": {}}', "did not tell it"),
        ('{"instructions": {"error": "E: no"}}', "the code failed: E: no$"),
        ('{"instructions": {"error": ["a"]}}', "the code failed"),
        ('{"instructions": {"value": ' + "[" * 300 + "]" * 300 + "}}", "nested too deeply"),
        ('{"instructions": {"value": ["' + "x" * (5 * 2**20) + '"]}}', "larger than"),
        ('{"instructions": {"value": [' + "0," * 120_000 + "0]}}", "too many parts"),
        ('{"instructions": {"value": [NaN]}}', "not JSON"),
    ],
)
async def test_answer_of_another_form_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UntoldPartError, match=reason):
        await told(spec(), text, AgentPart.INSTRUCTIONS)


async def test_halves_of_surrogate_pairs_are_replaced() -> None:
    agent = await value_of(AgentPart.INSTRUCTIONS, ["a\ud800b"])
    assert agent.system == "a\ufffdb"
    agent = await value_of(AgentPart.SETTINGS, {"stopSequences": ["\udc00"]})
    assert agent.settings["stopSequences"] == ["\ufffd"]


async def test_what_source_says_of_a_tool_stays() -> None:
    kept = ToolSpec("kept", "Static", SCHEMA, SchemaSource.STATIC, needs_approval=True)
    off = ToolSpec("off", "", None, None, disabled=True)
    unread = UnreadSchema("agents.a.tools.read.inputSchema", "a loop")
    read = ToolSpec("read", "Read", None, None, disabled=True, unread_schema=unread)
    static = {each.key: each for each in (kept, off, read, ToolSpec("gone", "", SCHEMA, None))}
    said = [tool(key) for key in ("kept", "off", "read")]
    agent = await value_of(AgentPart.TOOLS, said, tools=static)
    assert list(agent.tools) == ["kept", "off", "read"]
    assert agent.tools["kept"] == kept
    assert agent.tools["off"].disabled
    assert (agent.tools["read"].disabled, agent.tools["read"].input_schema) == (False, SCHEMA)


async def test_tools_that_cannot_run_are_disabled_with_a_reason() -> None:
    said = [
        tool("client", hasExecute=False),
        tool("hosted", type="provider-defined"),
        tool("bare", inputSchema=None, problem="the tool has no input schema"),
        tool("odd", inputSchema={"jsonSchema": {"type": "nothing"}}),
        tool("fine"),
    ]
    found = await told(spec(), json.dumps({"tools": {"value": said}}), AgentPart.TOOLS)
    off = [key for key, each in found.agent.tools.items() if each.disabled]
    assert off == ["hosted", "bare", "odd"]
    assert [key for key, each in found.agent.tools.items() if each.client_side] == ["client"]
    assert len(found.diagnostics) == 4
    reasons = [each.reason for each in found.diagnostics]
    assert sum(reason.endswith("the tool is disabled") for reason in reasons) == len(off)


async def test_what_is_no_tool_is_disabled_also_if_source_says_otherwise() -> None:
    static = {"t": ToolSpec("t", "d", SCHEMA, SchemaSource.STATIC)}
    said = {
        "tools": {"value": [{"key": "t", "fault": "it is null"}, {"key": "u", "fault": "it is 7"}]}
    }
    found = await told(spec(tools=static), json.dumps(said), AgentPart.TOOLS)
    assert [found.agent.tools[key].disabled for key in "tu"] == [True, True]
    assert [(each.path, each.reason) for each in found.diagnostics] == [
        ("agents.a.tools.t", "it is null; the tool is disabled"),
        ("agents.a.tools.u", "it is 7; the tool is disabled"),
    ]


async def test_last_tool_of_a_name_counts_and_long_descriptions_are_cut_and_told() -> None:
    tools = [tool("t"), tool("t", description="x" * (MAX_DESCRIPTION + 1), strict=True)]
    said = json.dumps({"tools": {"value": tools}})
    found = await told(spec(), said, AgentPart.TOOLS)
    made = found.agent.tools["t"]
    assert (len(made.description), made.strict) == (MAX_DESCRIPTION, True)
    assert [each.reason for each in found.diagnostics] == [
        "another tool of the list has this name: the last one counts",
        f"its description is cut at {MAX_DESCRIPTION} characters",
    ]


async def test_what_restricts_a_tool_is_kept_and_unclear_words_close() -> None:
    said = [tool("ask", needsApproval=True), tool("unclear", needsApproval="no")]
    said += [tool("hidden", isEnabled=False), tool("free"), tool("free", needsApproval=True)]
    agent = await value_of(AgentPart.TOOLS, said)
    assert {key: each.needs_approval for key, each in agent.tools.items()} == {
        "ask": True,
        "unclear": True,
        "free": True,
    }


async def test_agents_used_as_tools_stay_what_they_are() -> None:
    link = AgentLink("b", "B", tool="translate")
    agent = await value_of(AgentPart.TOOLS, [tool("translate"), tool("t")], agent_tools=(link,))
    assert list(agent.tools) == ["t"]
    known = ToolSpec("translate", "", {"type": "object"}, SchemaSource.STATIC)
    said = [tool("t"), tool("translate")]
    found = await value_of(AgentPart.TOOLS, said, agent_tools=(link,), tools={"translate": known})
    assert list(found.tools.items())[1] == ("translate", known)
