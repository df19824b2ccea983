"""How agents name each other: to hand the conversation over, or to call each other as tools."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.found import FoundAgent, FoundAgents, object_part, part
from services.executor.bundle.frameworks.openai_agents import function_name
from services.executor.bundle.manifest.diagnostics import Diagnostics
from services.executor.domain import AgentLink, Framework

MAX_LINKS = 200
AS_TOOL = "asTool"
_NOT_MADE = "Caisson does not hand conversations over: it is told in the manifest only"
_NOT_OFFERED = "Caisson does not call agents as tools: it is told in the manifest only"


def read_handoffs(
    evaluator: Evaluator, agent: FoundAgent, all_agents: FoundAgents, diagnostics: Diagnostics
) -> tuple[AgentLink, ...]:
    """Return the agents that this one may hand over to."""
    path = f"agents.{agent.key}.handoffs"
    value = part(evaluator, agent.config, "handoffs")
    if value is None or isinstance(value, Undefined):
        return ()
    whole = evaluator.forced(value)
    if not isinstance(whole, ArrayValue):
        reason = whole.reason if isinstance(whole, Unsupported) else "it is no array of agents"
        diagnostics.warning(path, f"{reason}; left out", whole.node)
        return ()
    if whole.opaque is not None:
        reason = "more handoffs are spread in, which cannot be followed"
        diagnostics.warning(path, reason, whole.opaque.node)
    links: list[AgentLink] = []
    _say_too_many(len(whole.items), path, whole, diagnostics)
    for index, item in enumerate(whole.items[:MAX_LINKS]):
        link = _handoff(evaluator, evaluator.value_of(item), all_agents)
        if link is None:
            reason = "it is no agent that is understood, and no `handoff(agent)`; left out"
            diagnostics.warning(f"{path}[{index}]", reason, item.node)
        else:
            links.append(link)
    if links:
        diagnostics.warning(path, _NOT_MADE, whole.node)
    return tuple(links)


def read_sub_agents(
    evaluator: Evaluator, agent: FoundAgent, all_agents: FoundAgents, diagnostics: Diagnostics
) -> tuple[AgentLink, ...]:
    """Return the agents that Mastra would offer as tools, ``agents: {key: agent}``."""
    path = f"agents.{agent.key}.agents"
    whole = object_part(evaluator, agent.config, "agents", "subAgents")
    if whole is None:
        return ()
    links: list[AgentLink] = []
    _say_too_many(len(whole.entries()), path, whole, diagnostics)
    for key, thunk in list(whole.entries().items())[:MAX_LINKS]:
        link = _link(evaluator, evaluator.value_of(thunk), all_agents)
        if link is None:
            reason = "it is no agent that is understood; left out"
            diagnostics.warning(f"{path}.{key}", reason, thunk.node)
            continue
        tool = f"agent-{key}" if agent.framework is Framework.MASTRA else key
        links.append(AgentLink(link.agent, link.name, tool, link.description))
    if links:
        diagnostics.warning(path, _NOT_OFFERED, whole.node)
    return tuple(links)


def read_agent_as_tool(
    evaluator: Evaluator, value: Value, all_agents: FoundAgents
) -> AgentLink | None:
    """Return the agent of ``agent.asTool({toolName, toolDescription})``, None for another call."""
    if not isinstance(value, CallValue) or value.method != AS_TOOL or value.receiver is None:
        return None
    link = _link(evaluator, evaluator.value_of(value.receiver), all_agents)
    if link is None:
        return None
    options = _options(evaluator, value, 0)
    tool = _text(evaluator, options, "toolName") or function_name(link.name)
    return AgentLink(link.agent, link.name, tool, _text(evaluator, options, "toolDescription"))


def say_not_offered(path: str, value: Value, diagnostics: Diagnostics) -> None:
    """Add what Caisson does with an agent among the tools."""
    diagnostics.warning(path, _NOT_OFFERED, value.node)


def _say_too_many(count: int, path: str, whole: Value, diagnostics: Diagnostics) -> None:
    if count > MAX_LINKS:
        reason = f"it holds {count} agents: those after the first {MAX_LINKS} are left out"
        diagnostics.warning(path, reason, whole.node)


def _handoff(evaluator: Evaluator, value: Value, all_agents: FoundAgents) -> AgentLink | None:
    """Return the link of an agent, or of a call whose first argument is one.

    ``handoff(agent)`` comes first: what the SDK makes of it is of no use, and not followed.
    """
    link: AgentLink | None = None
    options: tuple[ObjectValue, ...] = ()
    if isinstance(value, CallValue) and not value.is_new and value.arguments:
        first = evaluator.value_of(value.arguments[0])
        if isinstance(first, CallValue):
            link, options = _link(evaluator, first, all_agents), _options(evaluator, value, 1)
    link = link or _link(evaluator, value, all_agents)
    if link is None:
        return None
    tool = _text(evaluator, options, "toolNameOverride")
    description = _text(evaluator, options, "toolDescriptionOverride")
    return AgentLink(
        link.agent,
        link.name,
        tool or f"transfer_to_{function_name(link.name)}",
        description or _default_description(link),
    )


def _default_description(link: AgentLink) -> str:
    return f"Handoff to the {link.name} agent to handle the request. {link.description}"


def _options(evaluator: Evaluator, call: CallValue, index: int) -> tuple[ObjectValue, ...]:
    if index >= len(call.arguments):
        return ()
    options = evaluator.forced(evaluator.value_of(call.arguments[index]))
    return (options,) if isinstance(options, ObjectValue) else ()


def _link(evaluator: Evaluator, value: Value, all_agents: FoundAgents) -> AgentLink | None:
    """Return an agent by key, name and description."""
    found = agent_of(evaluator, "", value)
    if found is None:
        return None
    return AgentLink(
        all_agents.key_of(value),
        _text(evaluator, found.config, "name", "id") or all_agents.key_of(value),
        description=_text(evaluator, found.config, "handoffDescription", "description"),
    )


def _text(evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str) -> str:
    value = part(evaluator, objects, *names)
    value = evaluator.forced(value) if value is not None else None
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""
