"""Agents that a bundle does not export, and that others hand conversations over to.

Their key is the path from an exported agent: ``triage.handoffs[0]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import Changed
from services.executor.bundle.frameworks.agents import agent_of, with_changes
from services.executor.bundle.frameworks.framework import AgentLookup, FoundAgent, FoundAgents
from services.executor.bundle.frameworks.parts import identity
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import AgentSpec

MAX_STEPS = 8
"""The most members in the path of an agent that the sandbox follows; see its ``agents.js``."""


def with_inner_agents(
    evaluator: Evaluator,
    found: FoundAgents,
    changes_of: Callable[[FoundAgent], Changed],
    most: int,
) -> tuple[FoundAgents, Mapping[str, tuple[Changed, FoundAgent]]]:
    """Return the agents with those that they hold; and by key, what is set on each, and the result.

    Agents that a function makes are not searched: its next call makes others.
    """
    lookup = AgentLookup(evaluator, found, partial(agent_of, evaluator, ""))
    known = {identity(agent.value) for agent in found.agents}
    agents = list(found.agents)
    whole: dict[str, tuple[Changed, FoundAgent]] = {}
    for agent in agents:  # grows
        if len(whole) >= most:
            break
        changes = changes_of(agent)
        changed = with_changes(evaluator, agent, changes) if changes.uncertain else agent
        whole[agent.key] = changes, changed
        if agent.factory is not None:
            continue
        for held in changed.framework.held_agents(lookup, changed):
            if identity(held.value) in known:
                continue
            key = f"{agent.key}.{held.path}"
            inner = agent_of(evaluator, key, held.value)
            if inner is None or key.count(".") + key.count("[") >= MAX_STEPS:
                continue
            known.add(identity(held.value))
            agents.append(replace(inner, inner=True))
    return replace(found, agents=tuple(agents)), whole


def refuse_unmade_handoffs(agents: dict[str, AgentSpec], diagnostics: Diagnostics) -> None:
    """Disable, in place, agents that hand over to a disabled one, and those that do to them."""
    is_done = False
    while not is_done:
        is_done = True
        for key, agent in agents.items():
            lost = next(
                (
                    (at, link)
                    for at, link in enumerate(agent.handoffs)
                    if link.agent not in agents or agents[link.agent].disabled
                ),
                None,
            )
            if agent.disabled or lost is None:
                continue
            at, link = lost
            reason = f'it hands over to the agent "{link.name[:100]}", which is disabled'
            diagnostics.refuse(f"agents.{key}.handoffs[{at}]", reason)
            agents[key] = replace(agent, refusals=diagnostics.take_refusals())
            is_done = False
