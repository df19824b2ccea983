"""Reads everything that one agent declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from services.executor.agent_parts import AgentPart, Factory, StepCount, StopCondition
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import FunctionValue, Undefined
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.framework import (
    AgentLookup,
    FoundAgent,
    FoundAgents,
    UnknownModelNameError,
)
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.manifest.agent_settings import (
    read_active_tools,
    read_metadata,
    read_settings,
    read_tool_choice,
)
from services.executor.bundle.manifest.answer_schema import read_answer_schema
from services.executor.bundle.manifest.approvals import with_approvals
from services.executor.bundle.manifest.asked_parts import asked_parts
from services.executor.bundle.manifest.extract_tools import read_tools, with_agents
from services.executor.bundle.manifest.instructions import read_instructions, read_text
from services.executor.bundle.manifest.memory import read_memory
from services.executor.bundle.manifest.model_lists import ModelList, read_model_list
from services.executor.bundle.manifest.unread_parts import unread_spreads
from services.executor.bundle.reach.tool_reach import ToolReach
from services.executor.bundle.syntax.diagnostics import Diagnostics, asked_diagnostic
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import AgentSpec, ToolSpec

BY_KEY = "its key is its name"
_NO_MODELS = ModelList((), ())


def read_agent(
    evaluator: Evaluator,
    reach: ToolReach,
    agent: FoundAgent,
    all_agents: FoundAgents,
    diagnostics: Diagnostics,
) -> AgentSpec:
    """Return the agent; parts that cannot be read are left out, with a diagnostic."""
    spec = _read(evaluator, reach, agent, all_agents, diagnostics)
    if agent.factory is None:
        return spec
    unknown = agent.factory.unknown
    varies = (
        unknown.value is not agent.value
        and _read(evaluator, reach, unknown, all_agents, Diagnostics()) != spec
    )
    return replace(spec, factory=Factory(agent.factory.parameters, varies=varies))


def _read(
    evaluator: Evaluator,
    reach: ToolReach,
    agent: FoundAgent,
    all_agents: FoundAgents,
    diagnostics: Diagnostics,
) -> AgentSpec:
    path = f"agents.{agent.key}"
    framework, form = agent.framework, agent.framework.agents
    lookup = AgentLookup(evaluator, all_agents, partial(agent_of, evaluator, ""))
    named = part(evaluator, agent.config, "name", "id")
    described = part(evaluator, agent.config, *form.description_keys)
    instructions = part(evaluator, agent.config, *form.instruction_keys)
    models = _models(evaluator, agent, path, diagnostics)
    tools = read_tools(lookup, reach, agent, diagnostics)
    servers = (*tools.servers, *framework.servers(evaluator, agent, path, diagnostics))
    stops = framework.stops(evaluator, agent, path, diagnostics)
    links = framework.links(lookup, agent, diagnostics)
    tools = with_agents(tools, links.agent_tools)
    active = read_active_tools(evaluator, agent, path, diagnostics)
    named_tools = () if servers else active or ()  # theirs are not known yet
    _check_names(named_tools, tools.tools, f"{path}.activeTools", agent.node, diagnostics)
    choice = read_tool_choice(evaluator, agent, path, diagnostics)
    metadata = part(evaluator, agent.config, "metadata")
    for reason, node in unread_spreads(dict.fromkeys((*agent.config, *agent.settings))):
        diagnostics.refuse(path, reason, node)
    spec = AgentSpec(
        key=agent.key,
        name=read_text(evaluator, named, f"{path}.name", diagnostics, BY_KEY) or agent.key,
        system=read_instructions(evaluator, instructions, f"{path}.system", diagnostics),
        model=models.names[0] if models.names else None,
        tools=with_approvals(evaluator, agent, tools.tools, path, diagnostics),
        description=read_text(
            evaluator,
            described,
            f"{path}.description",
            diagnostics,
            "it is not listed",
            AgentPart.DESCRIPTION,
        ),
        settings=read_settings(evaluator, agent, path, diagnostics),
        max_steps=_max_steps(stops),
        framework=framework.name,
        fallback_models=models.names[1:],
        handoffs=links.handoffs,
        agent_tools=tools.agents,
        tool_choice=choice,
        active_tools=active,
        stop_conditions=stops,
        output_schema=read_answer_schema(evaluator, agent, path, diagnostics),
        metadata=read_metadata(evaluator, metadata, f"{path}.metadata", diagnostics),
        memory=read_memory(evaluator, agent, path, diagnostics),
        mcp_servers=servers,
    )
    asked = asked_parts(evaluator, agent, reach, diagnostics.take_unread())
    for each in asked:
        diagnostics.put(asked_diagnostic(each))
    are_known = not servers and not any(each.part is AgentPart.TOOLS for each in asked)
    if are_known and choice is not None and choice.tool and choice.tool not in tools.tools:
        reason = f"the model must call `{choice.tool[:100]}`, which is none of its tools"
        diagnostics.refuse(f"{path}.toolChoice", reason, agent.node)
    refusals, hooks = diagnostics.take_refusals(), diagnostics.take_hooks()
    return replace(spec, refusals=refusals, asked=asked, hooks=hooks, inner=agent.inner)


def _max_steps(conditions: tuple[StopCondition, ...]) -> int | None:
    """Return the lowest number of steps among ``conditions``, None when there is none."""
    return min((each.steps for each in conditions if isinstance(each, StepCount)), default=None)


def _models(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> ModelList:
    value = part(evaluator, agent.config, "model")
    if value is None and any(whole.opaque() for whole in agent.config):
        return _NO_MODELS  # what may hold one is told as a whole
    if value is None or isinstance(value, Undefined):
        diagnostics.warning(f"{path}.model", "it has none: a request must name one", agent.node)
        return _NO_MODELS
    try:
        models = read_model_list(evaluator, agent.framework.read_model, value)
    except UnknownModelNameError as error:
        node = error.node if error.node is not None else agent.node
        diagnostics.ask(
            AgentPart.MODEL,
            f"{path}.model",
            error.reason,
            node,
            returned=isinstance(value, FunctionValue),
            otherwise="a request must name a model",
        )
        return _NO_MODELS
    for reason, node in models.lost:
        left_out = "this one is left out"
        diagnostics.ask(AgentPart.MODEL, f"{path}.model", reason, node, otherwise=left_out)
    for reason, node in models.refused:
        diagnostics.refuse(f"{path}.model", reason, node)
    for reason, node in models.notes:
        diagnostics.info(f"{path}.model", reason, node)
    return models


def _check_names(
    names: tuple[str, ...],
    tools: Mapping[str, ToolSpec],
    path: str,
    node: Node,
    diagnostics: Diagnostics,
) -> None:
    for name in names:
        if name not in tools:
            diagnostics.warning(path, f"the agent has no tool `{name}`", node)
