"""Agents of a program that exports none: scripts that construct agents and run them themselves.

Such an agent goes by the name of its variable, or by its own ``name`` where no variable holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.executor.agent_parts import Insertion
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, Env, Thunk, Unsupported, Value
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.construction import made_by
from services.executor.bundle.frameworks.containers import find_agents
from services.executor.bundle.frameworks.framework import FoundAgent, FoundAgents
from services.executor.bundle.frameworks.parts import identity, text_part
from services.executor.bundle.manifest.constructions import (
    Construction,
    calls_of,
    constructions,
    constructions_of,
    root_of,
)
from services.executor.bundle.manifest.insertions import Home, Reached, insertions_for
from services.executor.bundle.manifest.local_agents import LocalAgent, NotLocalError, local_agent
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import BindingKind, Scope
from services.executor.bundle.syntax.syntax import Node

Identity: TypeAlias = tuple[int, int]

MAX_NAME = 80
_CLASSES = frozenset({"ClassDeclaration", "ClassExpression"})


@dataclass(frozen=True)
class _Held:
    """What holds an agent: its key, the expression to reach it, its value, and where it is."""

    key: str
    name: str
    thunk: Thunk
    home: Home


@dataclass
class Unexported:
    """The agents found, what makes them reachable, and the constructions that are none, and why.

    ``copies`` are, by key, those that the sandbox makes anew.
    """

    agents: FoundAgents = field(default_factory=lambda: FoundAgents(()))
    copies: Mapping[str, LocalAgent] = field(default_factory=dict)
    insertions: tuple[Insertion, ...] = ()
    refused: list[tuple[Node, str]] = field(default_factory=list)

    def joined(self, more: Unexported) -> Unexported:
        """Return what makes the agents of both reachable."""
        insertions: dict[int, str] = {}
        for each in (*self.insertions, *more.insertions):
            insertions[each.at] = insertions.get(each.at, "") + each.text
        return Unexported(
            FoundAgents((*self.agents.agents, *more.agents.agents)),
            {**self.copies, **more.copies},
            tuple(Insertion(at, insertions[at]) for at in sorted(insertions)),
            self.refused,
        )


def find_unexported(
    evaluator: Evaluator, parsed: ParsedProgram, taken: Iterable[str]
) -> Unexported:
    """Return the agents that the program does not export; ``taken`` are the names it exports."""
    search = _Search(evaluator, parsed, set(taken))
    made = list(constructions(evaluator, parsed))
    for each in reversed(made):
        search.add(each)
    for each in calls_of(evaluator, parsed, search.makers):
        search.add_call(each)
    return search.result()


def find_called(
    evaluator: Evaluator, parsed: ParsedProgram, taken: Iterable[str], wanted: Collection[Value]
) -> Unexported:
    """Return agents that others call and that the program does not export.

    ``taken`` are the keys that there are, ``wanted`` the agents; some of them may not be found.
    """
    search = _Search(evaluator, parsed, set(taken))
    known = {identity(each) for each in wanted}
    for each in constructions_of(evaluator, parsed, wanted):
        search.add_called(each, known)
    for each in calls_of(evaluator, parsed, search.makers):
        search.add_called(each, known)
    return search.called(known)


class _Search:
    def __init__(self, evaluator: Evaluator, parsed: ParsedProgram, taken: set[str]) -> None:
        self._evaluator = evaluator
        self._parsed = parsed
        self._taken = taken
        self._names: dict[tuple[Scope, str], _Held] = {}
        self._local: list[FoundAgent] = []
        self._reached: list[Reached] = []
        self._refused: list[tuple[Construction, str]] = []
        self._held: list[tuple[Construction, _Held]] = []
        self.makers: set[str] = set()

    def add(self, found: Construction) -> None:
        """Take a construction into account."""
        if found.held is None or not found.is_held_outside:
            self._add_local(found)
            return
        held = self._name_for(found, *found.held)
        self._held.append((found, held))
        if any(node.type in _CLASSES for node in found.path):
            self.makers.add(held.name)

    def add_called(self, found: Construction, wanted: Container[Identity]) -> None:
        """Take a construction into account that may be one of the agents that are wanted."""
        if found.held is not None and found.is_held_outside:
            self.add(found)
        elif identity(self._value(found)) in wanted:
            self._add_local(found)
        else:
            self._note_maker(found)

    def called(self, wanted: Container[Identity]) -> Unexported:
        """Return those agents that are wanted."""
        exports = {each.key: each.thunk for each in self._names.values()}
        found = find_agents(self._evaluator, exports).agents
        agents = FoundAgents(tuple(each for each in found if identity(each.value) in wanted))
        reached = {identity(agent.value) for agent in agents.agents}
        for alone in (
            replace(each, is_alone=True) for each, _ in self._held if not each.is_changed
        ):
            key = identity(self._value(alone))
            if key in wanted and key not in reached:
                self._add_local(alone)
        keys = {agent.key for agent in agents.agents}
        held = [
            Reached(each.key, each.name, each.home)
            for each in self._names.values()
            if each.key in keys or _holds(each.key, agents)
        ]
        all_agents = FoundAgents((*agents.agents, *self._local))
        copies = {each.key: each.made for each in self._reached if not isinstance(each.made, str)}
        insertions = insertions_for(self._parsed, [*held, *self._reached])
        return Unexported(all_agents, copies, insertions)

    def add_call(self, found: Construction) -> None:
        """Take a call of what makes agents into account."""
        if found.held is not None and found.is_held_outside:
            self._name_for(found, *found.held)
        elif agent_of(self._evaluator, "", self._value(found)) is not None:
            self._add_local(found)

    def _value(self, found: Construction) -> Value:
        return self._evaluator.evaluate(*(found.holder or (found.node, found.place)))

    def _name_for(self, found: Construction, node: Node, place: Env) -> _Held:
        """Return what holds an agent: a name, or an export of a module inside."""
        root = root_of(node)
        binding = place.scope.lookup(str(root.name))
        is_export = binding is not None and binding.kind is BindingKind.PARAMETER
        node = node if is_export else root
        name = self._parsed.text[node._start : node._end]
        held = self._names.get((found.outer, name))
        if held is None:
            key = self._free(str(node.property.name if node is not root else root.name))
            held = _Held(key, name, Thunk(node, place), Home.of(found))
            self._names[found.outer, name] = held
        return held

    def _add_local(self, found: Construction) -> None:
        holder = found.holder
        agent = agent_of(self._evaluator, "", self._value(found))
        if agent is None or all(whole.opaque() for whole in agent.config):
            what = "its class, or what it is given, is known only when the bundle runs"
            self._refused.append((found, what))
            return
        try:
            made = local_agent(self._parsed, found)
        except NotLocalError as error:
            self._refused.append((found, error.reason))
            self._note_maker(found)
            return
        name = str(holder[0].name) if holder is not None else ""
        name = name or text_part(self._evaluator, agent.config, "name", "id")[:MAX_NAME] or "agent"
        key = self._free(name)
        self._local.append(replace(agent, key=key))
        self._reached.append(Reached(key, made, Home.of(found)))

    def _note_maker(self, found: Construction) -> None:
        """Remember the function or class around an agent: calls of it may make agents."""
        function = found.inside[0] if found.inside else None
        if function is None:
            return
        at = found.path.index(function)
        above = found.path[at - 1]
        if above.type == "MethodDefinition":
            above = next(node for node in reversed(found.path[:at]) if node.type in _CLASSES)
        name = function.id if function.id is not None else getattr(above, "id", None)
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
        exports = {each.key: each.thunk for each in self._names.values()}
        found = find_agents(self._evaluator, exports)
        keys = {agent.key for agent in found.agents}
        held = [
            Reached(each.key, each.name, each.home)
            for each in self._names.values()
            if found.agents and (each.key in keys or _holds(each.key, found))
        ]
        self._copy_unread(found)
        agents = FoundAgents((*found.agents, *self._local), found.metadata, found.unknown)
        insertions = insertions_for(self._parsed, [*held, *self._reached])
        refused = self._refused
        if not agents.agents:
            unread = [(each, self._unread(held, found.unknown)) for each, held in self._held]
            refused = self._likeliest([*unread, *refused])
        copies = {each.key: each.made for each in self._reached if not isinstance(each.made, str)}
        return Unexported(agents, copies, insertions, [(each.node, why) for each, why in refused])

    def _likeliest(self, refused: list[tuple[Construction, str]]) -> list[tuple[Construction, str]]:
        """Return those that a framework makes, if there are any: what else looks like one is none.

        Classes of other packages are called `Agent` too, and many have a `create` or a `clone`.
        """
        made = [each for each in refused if self._is_agent(each[0])]
        return made or refused

    def _is_agent(self, found: Construction) -> bool:
        value = self._evaluator.evaluate(found.node, found.place)
        return agent_of(self._evaluator, "", value) is not None

    def _copy_unread(self, found: FoundAgents) -> None:
        """Take agents by themselves that are not found in what holds them, such as one of two.

        What a call makes of an agent, or sets on its name, is not passed over.
        """
        made = {
            id(node) for agent in found.agents for node in made_by(self._evaluator, agent.value)
        }
        for each, _ in self._held:
            if id(each.node) not in made and not each.is_given and not each.is_changed:
                self._add_local(replace(each, is_alone=True))

    def _unread(self, held: _Held, unknown: tuple[tuple[str, Value], ...]) -> str:
        """Return why no agent is found in a name that holds one."""
        name, value = held.name, self._evaluator.value_of(held.thunk)
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
