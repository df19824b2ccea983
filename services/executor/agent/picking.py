"""Which agent of a bundle a request means, and whether it may run."""

from __future__ import annotations

from collections.abc import Iterable

from services.executor.agent.tool_inputs import AgentTools
from services.executor.domain import AgentSpec, Manifest
from services.executor.egress.version_reach import PinnedVersion
from services.executor.errors import (
    AgentDisabledError,
    FieldViolation,
    NoAgentsError,
    RequestError,
    UnknownAgentError,
)

MAX_LISTED_AGENTS = 20


def pick_agent(manifest: Manifest, key: str) -> AgentSpec:
    """Return the agent of ``key``, the only one of that name, or the only one if it is empty.

    Raises:
        UnknownAgentError: there is no such agent; the message lists the known ones.
        RequestError: ``key`` is empty and there are several.
        NoAgentsError: the bundle has no agent.
    """
    agents = manifest.agents
    if not agents:
        message = "The bundle declares no usable agent; see its diagnostics."
        raise NoAgentsError(message)
    if key in agents:
        return agents[key]
    named = [agent for agent in agents.values() if key and agent.name == key]
    if len(named) == 1:
        return named[0]
    listed = _listed(manifest)
    if key:
        message = f'The bundle has no agent "{key}". Its agents are: {listed}.'
        raise UnknownAgentError(message, violations=(FieldViolation("spec.agent", message),))
    entry = entry_of(manifest)
    if entry is not None:
        return entry
    message = f"The bundle has several agents; set `spec.agent` to one of: {listed}."
    raise RequestError(message, violations=(FieldViolation("spec.agent", message),))


def entry_of(manifest: Manifest) -> AgentSpec | None:
    """Return the only agent that the bundle exports, None if it exports several."""
    outer = [agent for agent in manifest.agents.values() if not agent.inner]
    return outer[0] if len(outer) == 1 else None


def reached_from(manifest: Manifest, agent: AgentSpec) -> list[AgentSpec]:
    """Return the agents that one may hand a run over to, at first or second hand."""
    reached = {agent.key: agent}
    waiting = [agent]
    for each in waiting:  # grows
        for link in each.handoffs:
            other = manifest.agents.get(link.agent)
            if other is not None and other.key not in reached:
                reached[other.key] = other
                waiting.append(other)
    return waiting[1:]


def refuse_disabled(agent: AgentSpec) -> None:
    """Raise AgentDisabledError, which says why, for an agent that must not run."""
    if not agent.disabled:
        return
    first, *more = agent.refusals
    where = f" (line {first.line}, column {first.column})" if first.line else ""
    others = f", and {len(more)} more; see `caisson inspect`" if more else ""
    message = (
        f'The agent "{agent.key[:128]}" does not run here: its bundle says what Caisson cannot '
        f"honour. {first.path}{where}: {first.reason}{others}."
    )
    raise AgentDisabledError(message, violations=(FieldViolation("spec.agent", message),))


def refuse_unmet_choice(agent: AgentSpec, tools: AgentTools) -> None:
    """Raise AgentDisabledError if the model must call a tool that is not offered."""
    choice = agent.tool_choice
    if choice is None or not choice.tool or choice.tool in tools.offered:
        return
    message = (
        f'The agent "{agent.key[:128]}" does not run here: the model must call its tool '
        f'"{choice.tool[:128]}", which cannot be offered; the bundle\'s diagnostics say why.'
    )
    raise AgentDisabledError(message, violations=(FieldViolation("spec.agent", message),))


def refuse_unreached(env: Iterable[str], version: PinnedVersion) -> None:
    """Raise RequestError for a plain value that the runs of a version may not be given."""
    for name in env:
        if name not in version.reach.env:
            message = (
                f"{name[:128]} is not among the plain values that {version.name} may be given. "
                "Deploy a version with it in `reach.env`, or leave it out."
            )
            raise RequestError(message, violations=(FieldViolation("spec.env", message),))


def _listed(manifest: Manifest) -> str:
    keys = [key for key, agent in manifest.agents.items() if not agent.inner]
    more = len(keys) - MAX_LISTED_AGENTS
    shown = ", ".join(key[:128] for key in keys[:MAX_LISTED_AGENTS])
    return f"{shown}, and {more} more" if more > 0 else shown
