"""What a value holds: items of a list, members of an object, fields of a class and its instances.

The paths are those of JavaScript, ``team[0]`` and ``byName.faq``, and the sandbox follows them.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    ClassValue,
    Env,
    Frame,
    ObjectValue,
    Value,
)
from services.executor.bundle.syntax.syntax import Node, property_name

MAX_HELD = 400
MAX_DEPTH = 3
# One more than is searched, so that it shows that there are more.
_MOST = MAX_HELD + 1


def held_values(
    evaluator: Evaluator, path: str, value: Value, whole: Value, depth: int = 0
) -> Iterator[tuple[str, Value]]:
    """Yield what ``value`` holds at most three levels deep, each with its path.

    ``whole`` is the value with its calls followed.
    """
    for key, inner in _members(evaluator, path, value, whole):
        yield key, inner
        if depth + 1 < MAX_DEPTH and not isinstance(inner, CallValue):
            yield from held_values(evaluator, key, inner, evaluator.forced(inner), depth + 1)


def _members(
    evaluator: Evaluator, path: str, value: Value, whole: Value
) -> Iterator[tuple[str, Value]]:
    if isinstance(whole, ArrayValue):
        for index, item in enumerate(whole.items[:_MOST]):
            yield f"{path}[{index}]", evaluator.value_of(item)
    elif isinstance(whole, ObjectValue):
        for name, thunk in list(whole.entries().items())[:_MOST]:
            yield f"{path}.{name}", evaluator.value_of(thunk)
    elif isinstance(whole, ClassValue):
        for name, thunk in list(whole.members.items())[:_MOST]:
            yield f"{path}.{name}", evaluator.value_of(thunk)
    elif isinstance(value, CallValue) and value.is_new:
        made = evaluator.forced(evaluator.value_of(value.callee))
        if isinstance(made, ClassValue):
            yield from _fields(evaluator, path, made, value)


def _fields(
    evaluator: Evaluator, path: str, made: ClassValue, call: CallValue
) -> Iterator[tuple[str, Value]]:
    """Yield the fields of an instance that calls make, and what its constructor sets on `this`."""
    for element in made.node.body.body[:_MOST]:
        if element.static or element.key is None or element.value is None:
            continue
        if element.kind == "constructor":
            scope = evaluator.tree.of(element.value, made.env.scope)
            place = Env(scope, Frame(scope, made.env.frame, call.arguments))
            for member, node in _set_on_this(element.value.body.body):
                yield f"{path}.{member}", evaluator.evaluate(node, place)
        elif _is_call(element.value):
            name = property_name(element.key, computed=bool(element.computed))
            if name is not None:
                yield f"{path}.{name}", evaluator.evaluate(element.value, made.env)


def _set_on_this(statements: list[Node]) -> Iterator[tuple[str, Node]]:
    """Yield what statements set on ``this``, also by compilers' ``__publicField(this, "a", b)``."""
    for statement in statements:
        whole = statement.expression if statement.type == "ExpressionStatement" else None
        parts = whole.expressions if whole and whole.type == "SequenceExpression" else [whole]
        for node in parts:
            found = None if node is None else _set_by(node)
            if found is not None and _is_call(found[1]):
                yield found


def _set_by(node: Node) -> tuple[str, Node] | None:
    if node.type == "CallExpression" and len(node.arguments) == 3:
        target, key, value = node.arguments
        is_named = key.type == "Literal" and isinstance(key.value, str)
        return (key.value, value) if target.type == "ThisExpression" and is_named else None
    left = node.left if node.type == "AssignmentExpression" and node.operator == "=" else None
    if left is None or left.type != "MemberExpression" or left.object.type != "ThisExpression":
        return None
    name = property_name(left.property, computed=bool(left.computed))
    return None if name is None else (name, node.right)


def _is_call(node: Node) -> bool:
    return node.type in ("CallExpression", "NewExpression")
