"""What is written in a definition: its settings, and parts of it that cannot be followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ANY,
    ArrayValue,
    Changed,
    Constant,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.setting_table import Level
from services.executor.bundle.syntax.syntax import Node


@dataclass(frozen=True, eq=False)
class Given:
    """A setting as it is written: its name, its value, and where it stands."""

    name: str
    value: Value
    level: Level


def settings_of(evaluator: Evaluator, agent: FoundAgent) -> Iterator[Given]:
    """Yield the settings of an agent; the first object that has a name at a level wins."""
    seen: set[tuple[str, Level]] = set()
    for whole in dict.fromkeys((*agent.settings, *agent.config)):
        level = Level.AGENT if whole in agent.config else Level.OPTIONS
        for given in settings_in(evaluator, whole, level):
            if (given.name, level) not in seen:
                seen.add((given.name, level))
                yield given


def settings_in(evaluator: Evaluator, whole: ObjectValue, level: Level) -> Iterator[Given]:
    """Yield the settings that one object has, also those that are set at an unknown time."""
    grown = whole.grown if isinstance(whole, Changed) else ()
    for name in dict.fromkeys((*whole.entries(), *grown, *whole.uncertain)):
        value = None if name == ANY else part(evaluator, (whole,), name)
        if value is not None and not is_nullish(value):
            yield Given(name, value, level)


def unread_spreads(objects: Iterable[ObjectValue]) -> Iterator[tuple[str, Node]]:
    """Yield each part of ``objects`` that may hold or replace any member: why, and where."""
    for whole in objects:
        for rest in whole.opaque():
            inner = rest.value
            reason = inner.reason if isinstance(inner, Unsupported) else "it cannot be followed"
            if len(whole.parts) == 1:
                reason = f"what it is made from is not known from source: {reason}"
            else:
                reason = f"more is spread in, but {reason}: what it says or replaces is not known"
            yield reason, inner.node
        if (changed := whole.uncertain.get(ANY)) is not None:
            yield "its members are set at an unknown time", changed


def is_empty(value: Value) -> bool:
    """Tell whether a setting with this value says nothing."""
    match value:
        case Undefined() | Constant(None | False | ""):
            return True
        case ArrayValue(items=(), opaque=None):
            return True
        case ObjectValue():
            return not value.parts and not value.uncertain
        case _:
            return False
