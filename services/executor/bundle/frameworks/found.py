"""What a recogniser finds: where the parts of agents are, not yet read."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    ObjectValue,
    Thunk,
    Unsupported,
    Value,
)
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Framework


@dataclass(frozen=True, eq=False)
class FoundAgent:
    """An agent: its key, the value that it is, and the objects that its parts are to be read from.

    ``config`` holds name, instructions, model, tools and the like; ``settings`` those of the model
    query and of when to stop, the first object that has one winning.
    """

    key: str
    node: Node
    value: Value
    framework: Framework
    config: tuple[ObjectValue, ...]
    settings: tuple[ObjectValue, ...]


@dataclass(frozen=True, eq=False)
class FoundAgents:
    """The agents of a bundle, its own metadata, and values under agents' keys that are none."""

    agents: tuple[FoundAgent, ...]
    metadata: Value | None = None
    unknown: tuple[tuple[str, Value], ...] = field(default=())

    def key_of(self, value: Value) -> str:
        """Return the key of the agent that ``value`` is, empty when it is none of these."""
        wanted = identity(value)
        keys = (agent.key for agent in self.agents if identity(agent.value) == wanted)
        return next(keys, "")


def identity(value: Value) -> tuple[int, int]:
    """Return the same for values that were made at one place in one call."""
    if isinstance(value, CallValue):
        return id(value.node), id(value.env.frame)
    return (id(value.node), 0) if value.node is not None else (0, id(value))


def part(evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str) -> Value | None:
    """Return the value of the first of ``names`` that one of ``objects`` has.

    What is set at an unknown time is Unsupported, whatever the object says of it.
    """
    for name in names:
        for whole in objects:
            thunk: Thunk | None = whole.entries().get(name)
            changed = whole.uncertain.get(name)
            if changed is None and thunk is not None:
                changed = whole.uncertain.get("*")
            if changed is not None:
                return Unsupported(f"`{name}` is set at an unknown time", changed)
            if thunk is not None:
                return evaluator.value_of(thunk)
    return None


def object_part(
    evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str
) -> ObjectValue | None:
    """Return what ``part`` returns, when that is an object."""
    value = part(evaluator, objects, *names)
    whole = evaluator.forced(value) if value is not None else None
    return whole if isinstance(whole, ObjectValue) else None
