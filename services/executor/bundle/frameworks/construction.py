"""Follows what made a value: calls to their results, `new` to the superclasses.

``createAgent({...})`` may be an import, a function of the bundle that returns another object, or a
class; ``new Support()`` may pass the definition to ``super({...})``. Each step is one ``Making``:
what was called, and the objects passed to it. The last steps are the nearest to the framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    Changed,
    ClassValue,
    Env,
    Frame,
    ObjectValue,
    Thunk,
    Unsupported,
    Value,
)
from services.executor.bundle.syntax.syntax import Node

MAX_FOLLOWED = 16
MAX_SUPERCLASSES = 8
MAX_ARGUMENTS = 3


@dataclass(frozen=True, eq=False)
class Making:
    """One step of how a value was made.

    ``callee`` is what was called or constructed, None for an object literal;
    ``objects`` are the objects among its first arguments, or that object; ``changes`` returns what
    is set on the result afterwards. ``unread`` is the first argument where it is no known object.
    """

    callee: Value | None
    is_new: bool
    objects: tuple[ObjectValue, ...]
    changes: Callable[[], Changed | None] | None = None
    unread: Value | None = None


def makings(evaluator: Evaluator, value: Value) -> Iterator[Making]:
    """Yield the steps that made ``value``, from the outermost inwards."""
    for _ in range(MAX_FOLLOWED):
        if isinstance(value, ObjectValue):
            yield Making(None, is_new=False, objects=(value,))
        if not isinstance(value, CallValue):
            return
        callee = evaluator.value_of(value.callee)
        if value.is_new:
            yield from _constructions(evaluator, evaluator.forced(callee), value)
            return
        objects = _objects(evaluator, value.arguments)
        yield Making(callee, is_new=False, objects=objects, changes=value.changes)
        value = evaluator.reduced(value)


def made_by(evaluator: Evaluator, value: Value) -> Iterator[Node]:
    """Yield the calls that made ``value``, from the outermost inwards."""
    for _ in range(MAX_FOLLOWED):
        if not isinstance(value, CallValue) or value.node is None:
            return
        yield value.node
        if value.is_new:
            return
        value = evaluator.reduced(value)


def _constructions(evaluator: Evaluator, callee: Value, made: CallValue) -> Iterator[Making]:
    arguments, changes = made.arguments, made.changes
    for _ in range(MAX_SUPERCLASSES):
        objects = _objects(evaluator, arguments)
        first = evaluator.forced(evaluator.value_of(arguments[0])) if arguments else None
        unread = first if isinstance(first, Unsupported | CallValue) else None
        yield Making(callee, is_new=True, objects=objects, changes=changes, unread=unread)
        changes = None
        if not isinstance(callee, ClassValue) or callee.node.superClass is None:
            return
        arguments = _passed_on(evaluator, callee, arguments)
        callee = evaluator.forced(evaluator.evaluate(callee.node.superClass, callee.env))


def _passed_on(
    evaluator: Evaluator, made: ClassValue, arguments: tuple[Thunk, ...]
) -> tuple[Thunk, ...]:
    """Return what the class passes to its superclass's constructor."""
    constructor = next((e for e in made.node.body.body if e.kind == "constructor"), None)
    if constructor is None:
        return arguments
    scope = evaluator.tree.of(constructor.value, made.env.scope)
    env = Env(scope, Frame(scope, made.env.frame, arguments))
    for statement in constructor.value.body.body:
        call = _super_call(statement)
        if call is not None and _passes_all(call):
            return arguments
        if call is not None:
            found = evaluator.evaluate(call, env)
            return found.arguments if isinstance(found, CallValue) else ()
    return ()


def _passes_all(call: Node) -> bool:
    """Detect compilers' ``super(...arguments)``."""
    only = call.arguments[0] if len(call.arguments) == 1 else None
    if only is None or only.type != "SpreadElement":
        return False
    return bool(only.argument.type == "Identifier" and only.argument.name == "arguments")


def _super_call(statement: Node) -> Node | None:
    """Return a statement's ``super(...)``, also as part of ``super(...), this.a = b``."""
    if statement.type != "ExpressionStatement":
        return None
    whole = statement.expression
    parts = whole.expressions if whole.type == "SequenceExpression" else [whole]
    calls = (p for p in parts if p.type == "CallExpression" and p.callee.type == "Super")
    return next(calls, None)


def _objects(evaluator: Evaluator, arguments: tuple[Thunk, ...]) -> tuple[ObjectValue, ...]:
    values = [evaluator.forced(evaluator.value_of(each)) for each in arguments[:MAX_ARGUMENTS]]
    return tuple(value for value in values if isinstance(value, ObjectValue))
