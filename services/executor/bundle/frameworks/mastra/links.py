"""The agents that Mastra offers to an agent as tools, ``agents: {key: agent}``."""

from __future__ import annotations

from services.executor.agent_parts import AgentLink
from services.executor.bundle.frameworks.framework import AgentLookup, FoundAgent, Links
from services.executor.bundle.frameworks.links import MAX_LINKS, NOT_OFFERED, say_too_many
from services.executor.bundle.frameworks.parts import object_part
from services.executor.bundle.syntax.diagnostics import Diagnostics


def read_links(lookup: AgentLookup, agent: FoundAgent, diagnostics: Diagnostics) -> Links:
    """Return the agents that this one may call."""
    path = f"agents.{agent.key}.agents"
    whole = object_part(lookup.evaluator, agent.config, "agents", "subAgents")
    if whole is None:
        return Links()
    links: list[AgentLink] = []
    say_too_many(len(whole.entries()), path, whole, diagnostics)
    for key, thunk in list(whole.entries().items())[:MAX_LINKS]:
        link = lookup.link(lookup.evaluator.value_of(thunk))
        if link is None:
            reason = "it is not an agent Caisson understands; left out"
            diagnostics.warning(f"{path}.{key}", reason, thunk.node)
            continue
        links.append(AgentLink(link.agent, link.name, f"agent-{key}", link.description))
    if links:
        diagnostics.warning(path, NOT_OFFERED, whole.node)
    return Links(agent_tools=tuple(links))
