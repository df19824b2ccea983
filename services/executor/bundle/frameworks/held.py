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
        for index, item in enumerate(whole.items[:MAX_HELD]):
            yield f"{path}[{index}]", evaluator.value_of(item)
    elif isinstance(whole, ObjectValue):
        for name, thunk in list(whole.entries().items())[:MAX_HELD]:
            yield f"{path}.{name}", evaluator.value_of(thunk)
    elif isinstance(whole, ClassValue):
        for name, thunk in list(whole.members.items())[:MAX_HELD]:
            yield f"{path}.{name}", evaluator.value_of(thunk)
    elif isinstance(value, CallValue) and value.is_new:
        made = evaluator.forced(evaluator.value_of(value.callee))
        if isinstance(made, ClassValue):
            yield from _fields(evaluator, path, made, value)


def _fields(
    evaluator: Evaluator, path: str, made: ClassValue, call: CallValue
) -> Iterator[tuple[str, Value]]:
    """Yield the fields of an instance that calls make, and what its constructor sets on `this`."""
    for element in made.node.body.body[:MAX_HELD]:
        if element.static or element.key is None or element.value is None:
            continue
        if element.kind == "constructor":
            scope = evaluator.tree.of(element.value, made.env.scope)
            place = Env(scope, Frame(scope, made.env.frame, call.arguments))
            for member, node in _set_on_this(element.value.body.body):
                yield f"{path}.{member}", evaluator.evaluate(node, place)
        elif _is_call(element.value):
            name = property_name(element.key, computed=bool(element.computed))
            if name is not None and element.key.type != "PrivateIdentifier":
                yield f"{path}.{name}", evaluator.evaluate(element.value, made.env)


def _set_on_this(statements: list[Node]) -> Iterator[tuple[str, Node]]:
    for statement in statements:
        node = statement.expression if statement.type == "ExpressionStatement" else None
        if node is None or node.type != "AssignmentExpression" or node.operator != "=":
            continue
        left = node.left
        if left.type != "MemberExpression" or left.object.type != "ThisExpression":
            continue
        name = property_name(left.property, computed=bool(left.computed))
        if name is not None and left.property.type != "PrivateIdentifier" and _is_call(node.right):
            yield name, node.right


def _is_call(node: Node) -> bool:
    return node.type in ("CallExpression", "NewExpression")
