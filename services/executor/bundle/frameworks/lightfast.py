"""Recognises Lightfast: ``createLightfast({agents: {key: createAgent({...})}, metadata})``.

The shape is enough, whatever the names are: an exported value that is, or was made from, an object
whose ``agents`` are an object.
"""

from __future__ import annotations

from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.found import FoundAgent, FoundAgents, part
from services.executor.bundle.frameworks.shapes import first_that
from services.executor.bundle.values import ObjectValue, Thunk, Value


def lightfast_agents(evaluator: Evaluator, exports: dict[str, Thunk]) -> FoundAgents | None:
    """Return the agents of the first export that holds some, or None."""
    for thunk in _by_preference(exports):
        config = _config(evaluator, evaluator.value_of(thunk))
        if config is not None:
            return _agents(evaluator, config)
    direct = exports.get("agents")
    if direct is not None:
        agents = evaluator.forced(evaluator.value_of(direct))
        if isinstance(agents, ObjectValue):
            found = _agents_in(evaluator, agents, part_of_exports(evaluator, exports))
            return found if found.agents else None
    return None


def part_of_exports(evaluator: Evaluator, exports: dict[str, Thunk]) -> Value | None:
    """Return the export named ``metadata``."""
    thunk = exports.get("metadata")
    return evaluator.value_of(thunk) if thunk is not None else None


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
    agents = part(evaluator, (candidate,), "agents")
    return agents is not None and isinstance(evaluator.forced(agents), ObjectValue)


def _agents(evaluator: Evaluator, config: ObjectValue) -> FoundAgents:
    agents = part(evaluator, (config,), "agents")
    assert agents is not None
    whole = evaluator.forced(agents)
    assert isinstance(whole, ObjectValue)
    return _agents_in(evaluator, whole, part(evaluator, (config,), "metadata"))


def _agents_in(evaluator: Evaluator, whole: ObjectValue, metadata: Value | None) -> FoundAgents:
    agents: list[FoundAgent] = []
    unknown: list[tuple[str, Value]] = [("*", rest.value) for rest in whole.opaque()]
    for key, thunk in whole.entries().items():
        value = evaluator.value_of(thunk)
        agent = agent_of(evaluator, key, value)
        if agent is None:
            unknown.append((key, value))
        else:
            agents.append(agent)
    return FoundAgents(tuple(agents), metadata, tuple(unknown))
