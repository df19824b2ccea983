"""Lightfast: ``createAgent({name, system, model, tools, createRuntimeContext, ...})``.

What it makes keeps its own settings apart from those of the AI SDK, in two objects.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue
from services.executor.bundle.frameworks.found import object_part

_CONFIGS = ("lightfastConfig", "vercelConfig")
MARKS = frozenset({"system", "instructions", "tools", "createRuntimeContext", "maxSteps"})


def made_configs(evaluator: Evaluator, whole: ObjectValue) -> tuple[ObjectValue, ...]:
    """Return the two objects that an agent keeps, none when ``whole`` is no finished agent."""
    if not whole.entries().keys() & set(_CONFIGS):
        return ()
    found = (object_part(evaluator, (whole,), name) for name in _CONFIGS)
    return tuple(config for config in found if config is not None)


def is_lightfast(config: ObjectValue) -> bool:
    """Tell whether an object that is handed to some function looks like an agent's definition."""
    keys = config.entries().keys()
    return "model" in keys and bool(keys & MARKS)
