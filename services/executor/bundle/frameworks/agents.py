"""What an agent's definition looks like in Lightfast and in the AI SDK, however it was made."""

from __future__ import annotations

from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.frameworks.found import FoundAgent, part
from services.executor.bundle.frameworks.shapes import first_that
from services.executor.bundle.syntax import Node
from services.executor.bundle.values import ObjectValue, Value

_MARKS = frozenset(
    {"system", "instructions", "tools", "stopWhen", "createRuntimeContext", "maxSteps"}
)
_CONFIGS = ("lightfastConfig", "vercelConfig")


def agent_of(evaluator: Evaluator, key: str, value: Value) -> FoundAgent | None:
    """Return the agent that ``value`` is, or None."""
    whole = first_that(evaluator, value, lambda c: _objects(evaluator, c) is not None)
    objects = _objects(evaluator, whole) if whole is not None else None
    if objects is None:
        return None
    return FoundAgent(
        key=key,
        node=_place(value, objects),
        name=part(evaluator, objects, "name", "id"),
        system=part(evaluator, objects, "system", "instructions"),
        model=part(evaluator, objects, "model"),
        tools=part(evaluator, objects, "tools"),
        description=part(evaluator, objects, "description"),
        settings=objects,
    )


def _objects(evaluator: Evaluator, whole: ObjectValue) -> tuple[ObjectValue, ...] | None:
    """Return the objects that hold an agent's parts, when ``whole`` is an agent."""
    configs = [part(evaluator, (whole,), name) for name in _CONFIGS]
    forced = [evaluator.forced(config) for config in configs if config is not None]
    found = tuple(config for config in forced if isinstance(config, ObjectValue))
    if found:
        return found
    keys = whole.entries().keys()
    return (whole,) if "model" in keys and keys & _MARKS else None


def _place(value: Value, objects: tuple[ObjectValue, ...]) -> Node:
    return value.node if value.node is not None else objects[0].node
