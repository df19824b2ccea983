"""Agents of a program that exports none: scripts that construct agents and run them themselves.

Such an agent goes by the name of its variable, or by its own ``name`` where no variable holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from services.executor.agent_parts import Insertion
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, Thunk, Unsupported, Value
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.containers import find_agents
from services.executor.bundle.frameworks.framework import FoundAgent, FoundAgents
from services.executor.bundle.frameworks.parts import text_part
from services.executor.bundle.manifest.constructions import (
    Construction,
    calls_of,
    constructions,
)
from services.executor.bundle.manifest.insertions import Reached, insertions_for
from services.executor.bundle.manifest.local_agents import NotLocalError, local_agent
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import Node

MAX_NAME = 80
_CLASSES = frozenset({"ClassDeclaration", "ClassExpression"})


@dataclass
class Unexported:
    """The agents found, what makes them reachable, and the constructions that are none, and why."""

    agents: FoundAgents = field(default_factory=lambda: FoundAgents(()))
    insertions: tuple[Insertion, ...] = ()
    refused: list[tuple[Node, str]] = field(default_factory=list)


def find_unexported(
    evaluator: Evaluator, parsed: ParsedProgram, taken: Iterable[str]
) -> Unexported:
    """Return the agents that the program does not export; ``taken`` are the names it exports."""
    search = _Search(evaluator, parsed, set(taken))
    made = list(constructions(evaluator, parsed))
    for each in reversed(made):
        search.add(each)
    for each in calls_of(evaluator, parsed, search.makers):
        if each.holder is not None and not each.inside:
            search.add(each)
    return search.result()


class _Search:
    def __init__(self, evaluator: Evaluator, parsed: ParsedProgram, taken: set[str]) -> None:
        self._evaluator = evaluator
        self._parsed = parsed
        self._taken = taken
        self._names: dict[str, tuple[str, Thunk, Node | None]] = {}
        self._local: list[FoundAgent] = []
        self._reached: list[Reached] = []
        self._refused: list[tuple[Node, str]] = []
        self._held: list[tuple[Node, str]] = []
        self.makers: set[str] = set()

    def add(self, found: Construction) -> None:
        """Take a construction into account."""
        holder = found.holder
        wrapper = found.wrappers[-1] if found.wrappers else None
        if holder is not None and found.is_held_outside:
            name, key = str(holder[0].name), str(holder[0].name)
            self._held.append((found.node, name))
            if name not in self._names:
                self._names[name] = (self._free(key), Thunk(*holder), wrapper)
            if any(node.type in _CLASSES for node in found.path):
                self.makers.add(name)
            return
        self._add_local(found, wrapper)

    def _add_local(self, found: Construction, wrapper: Node | None) -> None:
        holder = found.holder
        value = self._evaluator.evaluate(*(holder or (found.node, found.place)))
        agent = agent_of(self._evaluator, "", value)
        if agent is None or all(whole.opaque() for whole in agent.config):
            what = "its class, or what it is given, is known only when the bundle runs"
            self._refused.append((found.node, what))
            return
        try:
            made = local_agent(self._parsed, found)
        except NotLocalError as error:
            self._refused.append((found.node, error.reason))
            self._note_maker(found)
            return
        name = str(holder[0].name) if holder is not None else ""
        name = name or text_part(self._evaluator, agent.config, "name", "id")[:MAX_NAME] or "agent"
        key = self._free(name)
        self._local.append(replace(agent, key=key))
        self._reached.append(Reached(key, made, wrapper))

    def _note_maker(self, found: Construction) -> None:
        """Remember the function around an agent: calls of it may make agents at the top."""
        function = found.inside[0] if found.inside else None
        if function is None:
            return
        at = found.path.index(function)
        name = function.id if function.id is not None else getattr(found.path[at - 1], "id", None)
        if name is not None and name.type == "Identifier":
            self.makers.add(str(name.name))

    def _free(self, name: str) -> str:
        key, number = name, 1
        while key in self._taken:
            number += 1
            key = f"{name}_{number}"
        self._taken.add(key)
        return key

    def result(self) -> Unexported:
        """Return what was found."""
        exports = {key: thunk for key, thunk, _ in self._names.values()}
        found = find_agents(self._evaluator, exports)
        keys = {agent.key for agent in found.agents}
        held = [
            Reached(key, name, wrapper)
            for name, (key, _, wrapper) in self._names.items()
            if found.agents and (key in keys or _holds(key, found))
        ]
        agents = FoundAgents((*found.agents, *self._local), found.metadata, found.unknown)
        insertions = insertions_for(self._parsed, [*held, *self._reached])
        refused = self._refused
        if not agents.agents:
            unread = [(node, self._unread(name, found.unknown)) for node, name in self._held]
            refused = [*unread, *refused]
        return Unexported(agents, insertions, refused)

    def _unread(self, name: str, unknown: tuple[tuple[str, Value], ...]) -> str:
        """Return why no agent is found in a name that holds one."""
        value = self._evaluator.value_of(self._names[name][1])
        whole = self._evaluator.forced(value)
        if isinstance(whole, Unsupported):
            return f"it is in `{name}`, and {whole.reason}"
        inside = [each for _, each in unknown if isinstance(each, Unsupported)]
        if isinstance(whole, CallValue) and not inside:
            return (
                f"it is in `{name}`, which a call makes: what that holds is not known from source"
            )
        why = inside[0].reason if inside else "not in what that always holds"
        return f"it is in `{name}`, and {why}"


def _holds(key: str, found: FoundAgents) -> bool:
    """Tell whether a name holds agents, as far as their keys tell: a map's keys do not name it."""
    starts = (f"{key}.", f"{key}[", f"{key}(")
    return any(agent.key.startswith(starts) for agent in found.agents) or bool(
        found.metadata or key == "agents"
    )
