"""Finds the parts of an object without reading them."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ANY,
    ArrayValue,
    CallValue,
    Changed,
    Constant,
    FunctionValue,
    ObjectValue,
    Thunk,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.syntax.syntax import Node, span


def identity(value: Value) -> tuple[int, int]:
    """Return the same key for values made at one place in one call."""
    if isinstance(value, CallValue):
        return id(value.node), id(value.env.frame)
    return (id(value.node), 0) if value.node is not None else (0, id(value))


def part(evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str) -> Value | None:
    """Return the value of the first of ``names`` that one of ``objects`` has.

    A member set at an unknown time is Unsupported, whatever the object's own value.
    """
    for name in names:
        for index, whole in enumerate(objects):
            thunk: Thunk | None = whole.entries().get(name)
            changed = whole.uncertain.get(name)
            if changed is None and (thunk is not None or isinstance(whole, Changed)):
                changed = whole.uncertain.get(ANY)
            if changed is not None:
                return Unsupported(_set_later(name, changed), changed)
            value = None if thunk is None else _unnamed(evaluator, evaluator.value_of(thunk))
            if isinstance(whole, Changed) and name in whole.grown:
                value = part(evaluator, objects[index + 1 :], name) if value is None else value
                return _grown(evaluator, value, whole.grown[name])
            if value is not None:
                return value
    return None


def _unnamed(evaluator: Evaluator, value: Value) -> Value:
    """Return the function of ``__name(() => ..., "name")``, with which bundlers keep names."""
    if not isinstance(value, CallValue) or value.is_new or len(value.arguments) != 2:
        return value
    if value.arguments[1].node.type != "Literal":
        return value
    followed = evaluator.forced(value)
    return followed if isinstance(followed, FunctionValue) else value


def _set_later(name: str, changed: Node) -> str:
    return f"`{name}` is set at an unknown time, in line {span(changed).line}"


def _grown(evaluator: Evaluator, value: Value | None, items: tuple[Thunk, ...]) -> Value:
    """Return a list with the items that are pushed to it later."""
    whole = None if value is None else evaluator.forced(value)
    if whole is None or isinstance(whole, Undefined):
        return ArrayValue(items, items[0].node)
    if isinstance(whole, ArrayValue):
        return ArrayValue((*whole.items, *items), whole.node, whole.opaque)
    return whole if isinstance(whole, Unsupported) else Unsupported("it is no list", whole.node)


def object_part(
    evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str
) -> ObjectValue | None:
    """Return what ``part`` returns, when that is an object."""
    value = part(evaluator, objects, *names)
    whole = evaluator.forced(value) if value is not None else None
    return whole if isinstance(whole, ObjectValue) else None


def constant_text(evaluator: Evaluator, whole: ObjectValue, *names: str) -> str | None:
    """Return the first of ``names`` that ``whole`` has, None if it is not constant text."""
    return _text(evaluator, part(evaluator, (whole,), *names))


def text_part(evaluator: Evaluator, objects: tuple[ObjectValue, ...], *names: str) -> str:
    """Return what ``part`` returns, empty if it is not constant text."""
    return _text(evaluator, part(evaluator, objects, *names)) or ""


def _text(evaluator: Evaluator, value: Value | None) -> str | None:
    value = evaluator.forced(value) if value is not None else None
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None
