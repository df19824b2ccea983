"""Which tools are idempotent: their calls may be made twice when nobody knows what became of one.

The bundle says so of its own tools, the deployment of any, and MCP servers of theirs, where the
deployment believes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.executor.domain import AgentSpec, ToolSpec


class Repeats:
    """The deployment's rules.

    Args:
        patterns: ``AGENT/TOOL``, in which ``*`` stands for any characters.
        trusts_servers: whether what MCP servers say of their tools counts.
    """

    def __init__(self, patterns: Sequence[str] = (), *, trusts_servers: bool = False) -> None:
        self._texts = tuple(patterns)
        alternatives = ["[^/]*".join(map(re.escape, re.split(r"\*+", each))) for each in patterns]
        self._pattern = re.compile("|".join(alternatives)) if alternatives else None
        self._trusts_servers = trusts_servers

    def __repr__(self) -> str:
        return f"Repeats({', '.join(self._texts)})"

    def applied(self, agent: AgentSpec) -> AgentSpec:
        """Return the agent, with the tools that the deployment calls idempotent marked."""
        tools = {key: self._marked(agent.key, tool) for key, tool in agent.tools.items()}
        return agent if tools == agent.tools else replace(agent, tools=tools)

    def served(self, agent: str, tools: Mapping[str, ToolSpec]) -> dict[str, ToolSpec]:
        """Return the tools of an agent's MCP servers, marked."""
        if not self._trusts_servers:
            tools = {key: replace(tool, idempotent=False) for key, tool in tools.items()}
        return {key: self._marked(agent, tool) for key, tool in tools.items()}

    def _marked(self, agent: str, tool: ToolSpec) -> ToolSpec:
        if tool.idempotent or self._pattern is None:
            return tool
        return replace(tool, idempotent=bool(self._pattern.fullmatch(f"{agent}/{tool.key}")))
