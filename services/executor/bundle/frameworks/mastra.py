"""Mastra: ``new Agent({id, name, instructions, model, tools, defaultOptions, ...})``.

The settings of the model query stand in the default options of a run, whose name has changed from
release to release; in the newer ones they are a level deeper, in ``modelSettings``.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue
from services.executor.bundle.frameworks.found import object_part

# Those that a run of today takes first.
DEFAULT_OPTIONS = (
    "defaultOptions",
    "defaultVNextStreamOptions",
    "defaultStreamOptions",
    "defaultGenerateOptions",
    "defaultStreamOptionsLegacy",
    "defaultGenerateOptionsLegacy",
)


def is_mastra(config: ObjectValue) -> bool:
    """Tell whether an object that is handed to some class looks like an agent's definition."""
    return config.entries().keys() >= {"name", "instructions", "model"}


def mastra_settings(evaluator: Evaluator, config: ObjectValue) -> tuple[ObjectValue, ...]:
    """Return the objects that hold settings, the most telling first."""
    found: list[ObjectValue] = []
    for name in DEFAULT_OPTIONS:
        options = object_part(evaluator, (config,), name)
        if options is None:
            continue
        inner = object_part(evaluator, (options,), "modelSettings")
        found += [options] if inner is None else [inner, options]
    return (*found, config)
