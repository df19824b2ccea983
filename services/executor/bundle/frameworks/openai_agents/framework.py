"""The OpenAI Agents SDK: ``new Agent({name, instructions, model, tools, handoffs, ...})``.

``Agent.create`` takes the same; ``agent.asTool()`` and ``handoff(agent)`` refer to other agents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    ImportRef,
    MemberValue,
    ObjectValue,
    Undefined,
    Value,
)
from services.executor.bundle.frameworks.ai_sdk.models import read_model
from services.executor.bundle.frameworks.framework import (
    AgentForm,
    Answer,
    FoundAgent,
    Framework,
    ToolForm,
    package_of,
)
from services.executor.bundle.frameworks.openai_agents.agent_tools import (
    CALLS,
    read_agent_as_tool,
)
from services.executor.bundle.frameworks.openai_agents.links import handed_to, read_links
from services.executor.bundle.frameworks.openai_agents.mcp import hosted_servers, read_servers
from services.executor.bundle.frameworks.openai_agents.names import tool_name
from services.executor.bundle.frameworks.openai_agents.settings import SETTINGS
from services.executor.bundle.frameworks.openai_agents.stops import read_stops
from services.executor.bundle.frameworks.parts import object_part, part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import Json

PACKAGES = frozenset({"@openai/agents", "@openai/agents-core", "@openai/agents-realtime"})
_OWN = frozenset(
    {
        "handoffDescription",
        "handoffs",
        "inputGuardrails",
        "mcpConfig",
        "mcpServers",
        "modelSettings",
        "outputGuardrails",
        "outputType",
        "resetToolChoice",
        "toolUseBehavior",
    }
)


def _looks_like(evaluator: Evaluator, config: ObjectValue, _is_new: bool) -> bool:
    keys = config.entries().keys()
    if not keys >= {"instructions", "model", "name"}:
        return False
    tools = part(evaluator, (config,), "tools")
    return bool(keys & _OWN) or isinstance(tools, ArrayValue)


def _settings(evaluator: Evaluator, config: ObjectValue) -> tuple[ObjectValue, ...]:
    settings = object_part(evaluator, (config,), "modelSettings")
    return (config,) if settings is None else (settings, config)


def _copy_settings(
    evaluator: Evaluator, base: FoundAgent, given: ObjectValue
) -> tuple[ObjectValue, ...]:
    """Return the settings of ``agent.clone({...})``: all those passed, else the original's."""
    if "modelSettings" in given.entries() or "modelSettings" in given.uncertain:
        return _settings(evaluator, given)
    return tuple(whole for whole in base.settings if whole not in base.config)


def _is_hosted(evaluator: Evaluator, call: CallValue) -> bool:
    """Tell whether a call is ``webSearchTool()`` or the like: all imports but ``tool``."""
    callee: Value = evaluator.value_of(call.callee)
    while isinstance(callee, MemberValue):
        callee = callee.target
    if not isinstance(callee, ImportRef) or package_of(callee.specifier) not in PACKAGES:
        return False
    return callee.path[-1:] != ("tool",)


def _answer(evaluator: Evaluator, agent: FoundAgent) -> Answer | None:
    value = part(evaluator, agent.settings, "outputType")
    if value is None or isinstance(value, Constant | Undefined):
        return None  # "text", or nothing
    return Answer("outputType", value)


def _say_defaults_do_not_apply(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> None:
    if part(evaluator, agent.config, "modelSettings") is None:
        reason = "it says none: those that the SDK chooses by the model's name do not apply"
        diagnostics.info(f"{path}.modelSettings", reason, agent.node)


def _drops_tool_choice(settings: Mapping[str, Json]) -> bool:
    return settings.get("resetToolChoice") is not False


OPENAI_AGENTS = Framework(
    name="openai-agents",
    asks_by=frozenset({"@openai/agents", "@openai/agents-core"}),
    label="the OpenAI Agents SDK",
    example="new Agent({name, instructions, tools})",
    packages=PACKAGES,
    brought=re.compile(r"^@openai/agents(?:-core|-openai|-extensions)?(?:/.+)?$"),
    agents=AgentForm(
        looks_like=_looks_like,
        members=frozenset({"asTool", "getSystemPrompt"}),
        classes=frozenset({"Agent"}),
        others={
            "RealtimeAgent": "Caisson runs agents that answer in text, not voice agents",
            "SandboxAgent": "Caisson gives an agent no machine of its own; use `new Agent({...})`",
        },
        keys=frozenset({"handoffs", "instructions", "model", "tools"}),
        settings=_settings,
        holders=("modelSettings",),
        methods={
            "getAllTools": (),
            "getPrompt": ("prompt",),
            "getSystemPrompt": ("instructions",),
            "processFinalOutput": (),
        },
        copy_method="clone",
        copy_settings=_copy_settings,
        description_keys=("handoffDescription", "description"),
    ),
    tools=ToolForm(
        name=tool_name,
        is_hosted=_is_hosted,
        hosted_types=frozenset({"hosted_tool"}),
        approval_keys=("needsApproval",),
        get_messages=False,
        are_strict=True,
        denied="Tool execution was not approved.",
    ),
    settings=SETTINGS,
    read_model=read_model,
    links=read_links,
    held_agents=handed_to,
    agent_as_tool=read_agent_as_tool,
    agent_calls=CALLS,
    stops=read_stops,
    answer=_answer,
    servers=read_servers,
    listed_servers=hosted_servers,
    remarks=_say_defaults_do_not_apply,
    bare_models="openai",
    drops_tool_choice=_drops_tool_choice,
    throws_end_runs=True,
    tripwires=frozenset(
        {"ToolInputGuardrailTripwireTriggered", "ToolOutputGuardrailTripwireTriggered"}
    ),
    tools_answer=True,
)
