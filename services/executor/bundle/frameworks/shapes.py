"""Finds the object that defines something, whether passed to a function or made by one.

``createAgent({...})`` may be an import, a function of the bundle that returns another object, or a
class. A call's result is preferred when it can be followed and looks right, since a helper may
add to what it is given; otherwise an argument that looks right is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    FunctionValue,
    ObjectValue,
    Value,
)

MAX_FOLLOWED = 16


def candidates(evaluator: Evaluator, value: Value) -> Iterator[ObjectValue]:
    """Yield objects that may define ``value``: its final result first, then arguments."""
    arguments: list[ObjectValue] = []
    results: list[ObjectValue] = []
    for _ in range(MAX_FOLLOWED):
        if isinstance(value, CallValue):
            arguments += _object_arguments(evaluator, value)
            value = evaluator.reduced(value)
        elif isinstance(value, FunctionValue):
            value = apply_function(evaluator, value, None, value.node)
        else:
            break
        if isinstance(value, ObjectValue):
            results.append(value)
    if isinstance(value, ObjectValue) and value not in results:
        results.append(value)
    yield from reversed(results)
    yield from arguments


def _object_arguments(evaluator: Evaluator, call: CallValue) -> list[ObjectValue]:
    values = [evaluator.value_of(argument) for argument in call.arguments[:3]]
    return [value for value in values if isinstance(value, ObjectValue)]


def first_that(
    evaluator: Evaluator, value: Value, looks_right: Callable[[ObjectValue], bool]
) -> ObjectValue | None:
    """Return the first candidate that looks right, or None."""
    for candidate in candidates(evaluator, value):
        if looks_right(candidate):
            return candidate
    return None
