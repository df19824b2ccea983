"""Finds the agents of a bundle: by key in an object of agents, else by the names of exports.

Calls with ``{agents}`` and plain objects look the same in every framework: an exported value that
is, keeps, or was made from an object whose ``agents`` is an object. Of other exported values, the
agents are those that lists, maps, classes and their instances hold, and those that a function
returns: ``team[0]``, ``byName.faq``, ``Team.lead``, ``createHelper()``.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import FunctionValue, ObjectValue, Thunk, Value
from services.executor.bundle.frameworks.agents import agent_of, looks_like_agent
from services.executor.bundle.frameworks.factories import factory_of
from services.executor.bundle.frameworks.framework import FoundAgent, FoundAgents
from services.executor.bundle.frameworks.held import MAX_HELD, held_values
from services.executor.bundle.frameworks.parts import identity, object_part, part
from services.executor.bundle.frameworks.shapes import first_that

MAX_FACTORIES = 64
_WORKFLOWS = "Caisson runs agents: the workflows that stand beside them here are not offered"
_ONLY_FIRST = f"only the first {MAX_HELD} values that exports hold are searched for agents"


def find_agents(evaluator: Evaluator, exports: dict[str, Thunk]) -> FoundAgents:
    """Return the agents that the exports hold."""
    keyed = _keyed_agents(evaluator, exports)
    seen = {identity(agent.value) for agent in keyed.agents}
    keys = {agent.key for agent in keyed.agents} | {key for key, _ in keyed.unknown}
    more = _exported_agents(evaluator, exports, seen)
    others = tuple(agent for agent in more if agent.key not in keys)
    return FoundAgents((*keyed.agents, *others), keyed.metadata, keyed.unknown)


def _keyed_agents(evaluator: Evaluator, exports: dict[str, Thunk]) -> FoundAgents:
    """Return the agents of an exported object of agents by its keys, none without one."""
    for thunk in _by_preference(exports):
        config = _config(evaluator, evaluator.value_of(thunk))
        if config is not None:
            agents = object_part(evaluator, (config,), "agents")
            assert agents is not None
            workflows = object_part(evaluator, (config,), "workflows")
            if workflows is not None and workflows.entries():
                evaluator.notes.append((_WORKFLOWS, workflows.node))
            return _agents_in(evaluator, agents, part(evaluator, (config,), "metadata"))
    direct = exports.get("agents")
    if direct is not None:
        whole = evaluator.forced(evaluator.value_of(direct))
        if isinstance(whole, ObjectValue):
            metadata = exports.get("metadata")
            value = evaluator.value_of(metadata) if metadata is not None else None
            found = _agents_in(evaluator, whole, value)
            if found.agents:
                return found
    return FoundAgents(())


def _by_preference(exports: dict[str, Thunk]) -> list[Thunk]:
    names = sorted(exports, key=lambda name: name != "default")
    return [exports[name] for name in names]


def _config(evaluator: Evaluator, value: Value) -> ObjectValue | None:
    """Return the object with ``agents`` that ``value`` is, was made from or keeps."""
    found = first_that(evaluator, value, lambda c: _has_agents(evaluator, c))
    if found is not None:
        return found
    keeper = first_that(evaluator, value, lambda c: "config" in c.entries())
    if keeper is None:
        return None
    return first_that(
        evaluator,
        part(evaluator, (keeper,), "config") or keeper,
        lambda c: _has_agents(evaluator, c),
    )


def _has_agents(evaluator: Evaluator, candidate: ObjectValue) -> bool:
    """Tell whether an object holds agents; an agent may have agents of its own."""
    if looks_like_agent(candidate):
        return False
    return object_part(evaluator, (candidate,), "agents") is not None


def _agents_in(evaluator: Evaluator, whole: ObjectValue, metadata: Value | None) -> FoundAgents:
    agents: list[FoundAgent] = []
    unknown: list[tuple[str, Value]] = [("*", rest.value) for rest in whole.opaque()]
    for key, thunk in whole.entries().items():
        value = evaluator.value_of(thunk)
        agent = agent_of(evaluator, key, value)
        nested = () if agent is not None else _nested(evaluator, key, value)
        if agent is not None:
            agents.append(agent)
        elif nested:
            agents += nested
        else:
            unknown.append((key, value))
    return FoundAgents(tuple(agents), metadata, tuple(unknown))


def _nested(evaluator: Evaluator, key: str, value: Value) -> tuple[FoundAgent, ...]:
    """Return the agents of a group of agents, ``{research: {web: createAgent(...)}}``."""
    group = evaluator.forced(value)
    if not isinstance(group, ObjectValue) or group.opaque():
        return ()
    found = [
        agent_of(evaluator, f"{key}.{inner}", evaluator.value_of(thunk))
        for inner, thunk in group.entries().items()
    ]
    agents = tuple(agent for agent in found if agent is not None)
    return agents if len(agents) == len(found) else ()


def _exported_agents(
    evaluator: Evaluator, exports: dict[str, Thunk], seen: set[tuple[int, int]]
) -> list[FoundAgent]:
    """Return exported agents, each once; a named export takes precedence over ``default``.

    An agent that is exported itself goes by that name, also where a list holds it, too.
    """
    agents: list[FoundAgent] = []
    holders: list[tuple[str, Value]] = []
    for name in sorted(exports, key=lambda name: name == "default"):
        value = evaluator.value_of(exports[name])
        if identity(value) in seen:
            continue
        agent = agent_of(evaluator, name, value)
        if agent is None:
            holders.append((name, value))
        else:
            seen.add(identity(value))
            agents.append(agent)
    left, factories = MAX_HELD, MAX_FACTORIES
    for name, value in holders:
        whole = evaluator.forced(value)
        if isinstance(whole, FunctionValue) and factories > 0:
            factories -= 1
            made = factory_of(evaluator, name, whole)
            agents += [] if made is None else [made]
        for key, inner in held_values(evaluator, name, value, whole) if left >= 0 else ():
            left -= 1
            if left < 0:
                evaluator.note(_ONLY_FIRST, whole.node)
                break
            agent = agent_of(evaluator, key, inner)
            if agent is not None and identity(inner) not in seen:
                seen.add(identity(inner))
                agents.append(agent)
    return agents
