"""The agents that agents of a bundle call as tools, each planned when it is first called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.executor.agent.plan import RunPlan
from services.executor.agent_parts import AgentPart
from services.executor.domain import (
    AgentSpec,
    Bundle,
    Diagnostic,
    Manifest,
    Severity,
    ToolSpec,
)
from services.executor.run_request import RunRequest

NO_NOTES = "working memory, but it keeps no notes when it is called as a tool, and is told none"


class Callees:
    """Plans the agents that others call, each once.

    Args:
        planned: returns the plan of an agent by its key, for the request of the run.
    """

    def __init__(self, planned: Callable[[str], Awaitable[RunPlan]]) -> None:
        self._planned = planned
        self._plans: dict[str, RunPlan] = {}

    def __repr__(self) -> str:
        return f"Callees({', '.join(self._plans)})"

    async def plan_of(self, key: str) -> RunPlan:
        """Return the plan of an agent: its message is empty, the rest is the run's.

        Raises:
            UnknownAgentError, AgentDisabledError, RequestError: as ``Planner.plan``.
        """
        if key not in self._plans:
            self._plans[key] = await self._planned(key)
        return self._plans[key]


def callable_agents(manifest: Manifest, agent: AgentSpec) -> tuple[str, ...]:
    """Return the keys of all agents that a run of ``agent`` may call, however deep.

    So may the agents that it hands over to, and those that the called ones hand over to.
    """
    found: dict[str, None] = {}
    seen, left = {agent.key}, [agent]
    while left:
        speaker = left.pop()
        found |= {link.agent: None for link in speaker.agent_tools if link.agent in manifest.agents}
        for link in (*speaker.agent_tools, *speaker.handoffs):
            other = manifest.agents.get(link.agent)
            if other is not None and link.agent not in seen:
                seen.add(link.agent)
                left.append(other)
    return tuple(found)


def of_other(request: RunRequest, bundle: Bundle, key: str) -> RunRequest:
    """Return the request for another agent of the same run.

    What the client says of its own agent does not hold for it: message, conversation, arguments
    and the form of the answer. Its model is its own, if it names one.
    """
    other = bundle.manifest.agents.get(key)
    names_one = other is not None and (
        other.model is not None or any(each.part is AgentPart.MODEL for each in other.asked)
    )
    return replace(
        request,
        agent=key,
        agent_arguments=None,
        message="",
        parts=(),
        history=(),
        since=(),
        output_schema=None,
        client_tools=(),
        model="" if names_one else request.model,
        fallback_models=() if names_one else request.fallback_models,
    )


def with_callable_tools(
    agent: AgentSpec, manifest: Manifest
) -> tuple[AgentSpec, tuple[Diagnostic, ...]]:
    """Return an agent without the tools that are agents which cannot run, and why not.

    What an agent does otherwise when it is called is told, too.
    """
    lost: dict[str, ToolSpec] = {}
    notes: list[Diagnostic] = []
    for link in agent.agent_tools:
        tool, other = agent.tools.get(link.tool), manifest.agents.get(link.agent)
        if tool is None or tool.disabled or link.tool in lost:
            continue
        path = f"agents.{agent.key}.tools.{link.tool}"
        if other is None or other.disabled:
            lost[link.tool] = replace(tool, disabled=True)
            notes.append(Diagnostic(Severity.ERROR, path, _why_not(link.name, other)))
        elif other.memory is not None and other.memory.working is not None:
            reason = f"the agent {link.name[:128]} has {NO_NOTES}"
            notes.append(Diagnostic(Severity.INFO, path, reason))
    return replace(agent, tools={**agent.tools, **lost}) if lost else agent, tuple(notes)


def shadowed_tools(agent: AgentSpec) -> tuple[Diagnostic, ...]:
    """Return which tools of an agent are not offered, since a handoff has the same name."""
    shadowed = dict.fromkeys(link.tool for link in agent.handoffs if link.tool in agent.tools)
    reason = "a handoff has the same name: models are offered the handoff, and never the tool"
    return tuple(
        Diagnostic(Severity.WARNING, f"agents.{agent.key}.tools.{tool}", reason)
        for tool in shadowed
    )


def _why_not(name: str, other: AgentSpec | None) -> str:
    why = "it is none that the bundle's manifest lists"
    if other is not None:
        first = other.refusals[0]
        why = f"it does not run here: {first.path}: {first.reason}"
    return f"the agent {name[:128]} cannot be called, since {why}; the tool is disabled"
