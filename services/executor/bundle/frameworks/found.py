"""What a recogniser finds: where the parts of agents are, not yet read."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.syntax import Node
from services.executor.bundle.values import ObjectValue, Thunk, Value


@dataclass(frozen=True, eq=False)
class FoundAgent:
    """An agent: its key, and the values that its parts are to be read from.

    ``settings`` are the objects that hold the AI SDK's settings. A part that is None is not there.
    """

    key: str
    node: Node
    name: Value | None
    system: Value | None
    model: Value | None
    tools: Value | None
    description: Value | None
    settings: tuple[ObjectValue, ...]


@dataclass(frozen=True, eq=False)
class FoundAgents:
    """The agents of a bundle, its own metadata, and values under agents' keys that are none."""

    agents: tuple[FoundAgent, ...]
    metadata: Value | None = None
    unknown: tuple[tuple[str, Value], ...] = field(default=())


def part(evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str) -> Value | None:
    """Return the value of the first of ``names`` that one of ``objects`` has."""
    for name in names:
        for whole in objects:
            thunk: Thunk | None = whole.entries().get(name)
            if thunk is not None:
                return evaluator.value_of(thunk)
    return None
