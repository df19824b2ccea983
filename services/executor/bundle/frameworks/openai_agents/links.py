"""How agents of the OpenAI Agents SDK refer to each other as handoffs."""

from __future__ import annotations

from services.executor.agent_parts import AgentLink
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.frameworks.framework import AgentLookup, FoundAgent, Links
from services.executor.bundle.frameworks.links import MAX_LINKS, NOT_MADE, say_too_many
from services.executor.bundle.frameworks.openai_agents.names import function_name
from services.executor.bundle.frameworks.parts import part, text_part
from services.executor.bundle.syntax.diagnostics import Diagnostics


def read_links(lookup: AgentLookup, agent: FoundAgent, diagnostics: Diagnostics) -> Links:
    """Return the agents that this one may hand over to."""
    path = f"agents.{agent.key}.handoffs"
    evaluator = lookup.evaluator
    value = part(evaluator, agent.config, "handoffs")
    if value is None or isinstance(value, Undefined):
        return Links()
    whole = evaluator.forced(value)
    if not isinstance(whole, ArrayValue):
        reason = whole.reason if isinstance(whole, Unsupported) else "it is not an array of agents"
        diagnostics.warning(path, f"{reason}; left out", whole.node)
        return Links()
    if whole.opaque is not None:
        reason = "more handoffs are spread in, which cannot be followed"
        diagnostics.warning(path, reason, whole.opaque.node)
    links: list[AgentLink] = []
    say_too_many(len(whole.items), path, whole, diagnostics)
    for index, item in enumerate(whole.items[:MAX_LINKS]):
        link = _handoff(lookup, evaluator.value_of(item))
        if link is None:
            reason = "it is not an agent Caisson understands, and no `handoff(agent)`; left out"
            diagnostics.warning(f"{path}[{index}]", reason, item.node)
        else:
            links.append(link)
    if links:
        diagnostics.warning(path, NOT_MADE, whole.node)
    return Links(handoffs=tuple(links))


def _handoff(lookup: AgentLookup, value: Value) -> AgentLink | None:
    """Return the link of an agent, or of a call whose first argument is one.

    ``handoff(agent)`` comes first: the SDK's result for it is of no use and not followed.
    """
    evaluator = lookup.evaluator
    link: AgentLink | None = None
    options: tuple[ObjectValue, ...] = ()
    if isinstance(value, CallValue) and not value.is_new and value.arguments:
        first = evaluator.value_of(value.arguments[0])
        if isinstance(first, CallValue):
            link, options = lookup.link(first), options_at(evaluator, value, 1)
    link = link or lookup.link(value)
    if link is None:
        return None
    tool = text_part(evaluator, options, "toolNameOverride")
    description = text_part(evaluator, options, "toolDescriptionOverride")
    return AgentLink(
        link.agent,
        link.name,
        tool or f"transfer_to_{function_name(link.name)}",
        description or _default_description(link),
    )


def _default_description(link: AgentLink) -> str:
    return f"Handoff to the {link.name} agent to handle the request. {link.description}"


def options_at(evaluator: Evaluator, call: CallValue, index: int) -> tuple[ObjectValue, ...]:
    """Return the options that a call is given at a place; none for what is no object."""
    if index >= len(call.arguments):
        return ()
    options = evaluator.forced(evaluator.value_of(call.arguments[index]))
    return (options,) if isinstance(options, ObjectValue) else ()
