"""How agents of the OpenAI Agents SDK refer to each other as handoffs.

A bare agent among the handoffs is read. For ``handoff(agent, {...})`` only the agent is: the
sandbox is asked what the model is offered of it, and called where it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.executor.agent_parts import AgentLink, HookName
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    ImportRef,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.frameworks.framework import (
    AgentLookup,
    FoundAgent,
    HeldAgent,
    Links,
    package_of,
)
from services.executor.bundle.frameworks.links import MAX_LINKS
from services.executor.bundle.frameworks.openai_agents.names import function_name
from services.executor.bundle.frameworks.parts import part, text_part
from services.executor.bundle.syntax.diagnostics import Diagnostics

HANDOFFS = "handoffs"
_PACKAGE = "@openai/agents"
_LOST = "the agent would lack a handoff"


def read_links(lookup: AgentLookup, agent: FoundAgent, diagnostics: Diagnostics) -> Links:
    """Return the agents that this one may hand over to; what cannot be read disables it."""
    path = f"agents.{agent.key}.{HANDOFFS}"
    whole = _whole(lookup.evaluator, agent)
    if whole is None:
        return Links()
    if not isinstance(whole, ArrayValue):
        reason = whole.reason if isinstance(whole, Unsupported) else "it is no array of agents"
        diagnostics.refuse(path, f"{reason}: {_LOST}", whole.node)
        return Links()
    if whole.opaque is not None:
        reason = f"more handoffs are spread in, which cannot be followed: {_LOST}"
        diagnostics.refuse(path, reason, whole.opaque.node)
    if len(whole.items) > MAX_LINKS:
        diagnostics.refuse(path, f"it holds more than {MAX_LINKS} handoffs", whole.node)
    links: list[AgentLink] = []
    for index, item in enumerate(whole.items[:MAX_LINKS]):
        where = f"{path}[{index}]"
        link = _handoff(lookup, lookup.evaluator.value_of(item))
        if link is None:
            reason = "it is not an agent Caisson understands, and no `handoff(agent)`"
            diagnostics.refuse(where, f"{reason}: {_LOST}", item.node)
            continue
        if not link.agent:
            reason = f"its agent is none that the sandbox finds: export it; {_LOST}"
            diagnostics.refuse(where, reason, item.node)
        if link.asked:
            diagnostics.hook(HookName.HANDOFFS, where, item.node)
        links.append(link)
    return Links(handoffs=tuple(links))


def handed_to(lookup: AgentLookup, agent: FoundAgent) -> Iterator[HeldAgent]:
    """Yield the agents among the handoffs, with their paths below this one."""
    whole = _whole(lookup.evaluator, agent)
    if isinstance(whole, ArrayValue):
        for index, item in enumerate(whole.items[:MAX_LINKS]):
            value = lookup.evaluator.value_of(item)
            target = _target(lookup, value)
            if target is not None:
                more = "" if target is value else ".agent"
                yield HeldAgent(f"{HANDOFFS}[{index}]{more}", target)


def _whole(evaluator: Evaluator, agent: FoundAgent) -> Value | None:
    """Return the list of handoffs, None without one."""
    value = part(evaluator, agent.config, HANDOFFS)
    if value is None:
        return None
    whole = evaluator.forced(value)
    return None if isinstance(whole, Undefined) else whole


def _target(lookup: AgentLookup, value: Value) -> Value | None:
    """Return the agent that a value among the handoffs is, or that its call is given first.

    ``handoff(agent)`` comes first: the SDK's result for it is of no use and not followed.
    """
    if isinstance(value, CallValue) and not value.is_new and value.arguments:
        first = lookup.evaluator.value_of(value.arguments[0])
        if isinstance(first, CallValue) and lookup.find(first) is not None:
            return first
    return value if lookup.find(value) is not None else None


def _handoff(lookup: AgentLookup, value: Value) -> AgentLink | None:
    """Return the link of an agent, or of a call whose first argument is one."""
    evaluator = lookup.evaluator
    target = _target(lookup, value)
    link = None if target is None else lookup.link(target)
    if link is None or target is None:
        return None
    is_wrapped = target is not value
    options = options_at(evaluator, value, 1) if is_wrapped else ()
    tool = text_part(evaluator, options, "toolNameOverride")
    description = text_part(evaluator, options, "toolDescriptionOverride")
    return replace(
        link,
        tool=tool or f"transfer_to_{function_name(link.name)}",
        description=description or _default_description(link),
        asked=is_wrapped or not _is_told(lookup, target),
        varies=is_wrapped and not _is_always_offered(evaluator, value),
    )


def _is_always_offered(evaluator: Evaluator, value: Value) -> bool:
    """Tell whether a value is a call of the SDK's own ``handoff`` without ``isEnabled``."""
    if not isinstance(value, CallValue) or value.opaque_arguments:
        return False
    callee = evaluator.value_of(value.callee)
    if not isinstance(callee, ImportRef) or not package_of(callee.specifier).startswith(_PACKAGE):
        return False
    options = options_at(evaluator, value, 1)
    if callee.path[-1:] != ("handoff",) or len(value.arguments) > 1 + len(options):
        return False
    return all(
        not whole.opaque() and not whole.uncertain and "isEnabled" not in whole.entries()
        for whole in options
    )


def _is_told(lookup: AgentLookup, target: Value) -> bool:
    """Tell whether all that the model is told of an agent was read."""
    found = lookup.find(target)
    assert found is not None
    evaluator = lookup.evaluator
    name = part(evaluator, found.config, "name")
    described = part(evaluator, found.config, "handoffDescription")
    return _is_text(evaluator, name) and (
        described is None
        or isinstance(evaluator.forced(described), Undefined)
        or _is_text(evaluator, described)
    )


def _is_text(evaluator: Evaluator, value: Value | None) -> bool:
    whole = None if value is None else evaluator.forced(value)
    return isinstance(whole, Constant) and isinstance(whole.value, str)


def _default_description(link: AgentLink) -> str:
    return f"Handoff to the {link.name} agent to handle the request. {link.description}"


def options_at(evaluator: Evaluator, value: Value, index: int) -> tuple[ObjectValue, ...]:
    """Return the options that a call is given at a place; none for what is no object."""
    if not isinstance(value, CallValue) or index >= len(value.arguments):
        return ()
    options = evaluator.forced(evaluator.value_of(value.arguments[index]))
    return (options,) if isinstance(options, ObjectValue) else ()
