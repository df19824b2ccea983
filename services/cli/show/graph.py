"""The agents of a manifest as a tree: what each can call, and to whom it hands over.

An agent that several others reach, or that reaches itself, is drawn once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.text import Text

from services.cli.show.terminal import Terminal, shortened
from services.executor.agent_parts import AgentLink
from services.executor.domain import AgentSpec, Manifest
from services.executor.mcp_servers import shown_text

MAX_DEPTH = 8
NAME_WIDTH = 80
MIN_WIDTH = 24  # of a list, however deep it stands


@dataclass(frozen=True)
class _Branch:
    """What an agent has or reaches: how, what, and the agent that it is, if it is one."""

    verb: str
    what: str
    agent: str = ""


def show_graph(terminal: Terminal, manifest: Manifest) -> None:
    """Write the tree, unless no agent has to do with another."""
    agents = manifest.agents.values()
    if any(agent.names_others or agent.mcp_servers for agent in agents):
        terminal.line("")
        for line in _Graph(manifest.agents, terminal.width).lines():
            terminal.block(line)


def _branches(agent: AgentSpec) -> Iterator[_Branch]:
    """Yield what an agent has, in the order in which it is drawn."""
    called = {link.tool for link in agent.agent_tools}
    usable = [each.key for each in agent.tools.values() if not each.disabled]
    own = [key for key in usable if key not in called]
    if own:
        yield _Branch("tools", ", ".join(own))
    for server in agent.mcp_servers:
        yield _Branch("MCP", f"{server.key} at {shown_text(server.url)}")
    for verb, links in (("hands over to", agent.handoffs), ("calls", agent.agent_tools)):
        for link in links:
            yield _Branch(verb, link_text(link), link.agent)


def link_text(link: AgentLink) -> str:
    """Return which agent a link leads to, and by which tool."""
    name = link.agent or f"{link.name or 'an agent'} (not of this bundle)"
    return f"{name} as {link.tool}" if link.tool else name


def _line() -> Text:
    """Return an empty line, which is cut where the terminal ends: a tree does not wrap."""
    return Text(no_wrap=True, overflow="ellipsis")


class _Graph:
    """Draws agents in a width; ``_drawn`` are those that need not be drawn again."""

    def __init__(self, agents: Mapping[str, AgentSpec], width: int) -> None:
        self._agents = agents
        self._width = width
        self._drawn: set[str] = set()

    def lines(self) -> Iterator[Text]:
        """Yield a line for each agent and for what it has: first those that nobody reaches."""
        reached = {each.agent for agent in self._agents.values() for each in _branches(agent)}
        first = [key for key in self._agents if key not in reached]
        for key in (*first, *self._agents):
            if key not in self._drawn:
                yield self._titled(_line(), shortened(key, NAME_WIDTH), key, "bold cyan")
                yield from self._below(key, "", 1)

    def _titled(self, start: Text, name: str, key: str, style: str) -> Text:
        """Return the line of an agent: its name, its model, and whether it may run."""
        agent = self._agents.get(key)
        line = start.append(name, style)
        if agent is None:
            return line
        line.append(f" · {shortened(agent.model or 'no model', NAME_WIDTH)}", "dim")
        return line.append(" · disabled", "red") if agent.disabled else line

    def _below(self, key: str, before: str, depth: int) -> Iterator[Text]:
        """Yield what an agent has, below its line; ``before`` begins each."""
        self._drawn.add(key)
        found = list(_branches(self._agents[key]))
        for number, branch in enumerate(found, 1):
            is_last = number == len(found)
            start = _line().append(before + ("└─ " if is_last else "├─ "), "dim")
            start.append(f"{branch.verb} ")
            if branch.verb in {"tools", "MCP"}:
                room = max(self._width - start.cell_len, MIN_WIDTH)
                yield start.append(shortened(branch.what, room))
                continue
            other = self._agents.get(branch.agent)
            is_leaf = other is None or not list(_branches(other))
            elsewhere = ""
            if not is_leaf and branch.agent in self._drawn:
                elsewhere = " · see above"
            elif not is_leaf and depth == MAX_DEPTH:
                elsewhere = " · see below"
            if elsewhere:
                start.append(shortened(branch.what, NAME_WIDTH), "cyan")
                yield start.append(elsewhere, "dim")
                continue
            line = self._titled(start, shortened(branch.what, NAME_WIDTH), branch.agent, "cyan")
            if is_leaf:
                self._drawn.add(branch.agent)
                yield line
            else:
                yield line
                more = "   " if is_last else "│  "
                yield from self._below(branch.agent, before + more, depth + 1)
