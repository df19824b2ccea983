"""Evaluates literals: plain ones, and those of objects with their keys, spreads and getters."""

from __future__ import annotations

from services.executor.bundle import operators
from services.executor.bundle.machine import Machine
from services.executor.bundle.syntax import (
    FUNCTION_TYPES,
    Node,
    clean_text,
    describe,
    property_name,
)
from services.executor.bundle.values import (
    BigInt,
    CallValue,
    Constant,
    Entry,
    Env,
    FunctionValue,
    ObjectValue,
    OpaqueRest,
    RegExp,
    Thunk,
    Unsupported,
    Value,
    is_nullish,
    truthiness,
)


def literal_value(node: Node) -> Value:
    """Return the value of a literal of the language."""
    if node.regex is not None:
        return RegExp(clean_text(str(node.regex.pattern)), str(node.regex.flags), node)
    if node.bigint is not None:
        return BigInt(int(str(node.bigint).replace("_", ""), 0), node)
    value = node.value
    if isinstance(value, str):
        return Constant(clean_text(value), node)
    if value is None or isinstance(value, (bool, int, float)):
        return Constant(value, node)
    return Unsupported("a literal of an unknown kind", node)


def object_value(machine: Machine, node: Node, env: Env) -> Value:
    """Return the object that a literal makes, its members unevaluated."""
    parts: list[Entry | OpaqueRest] = []
    for prop in node.properties:
        if prop.type == "SpreadElement":
            parts.extend(_spread(machine, prop, env))
        elif not _sets_prototype(prop):
            parts.append(_property(machine, prop, env))
    return ObjectValue(tuple(parts), node)


def _spread(machine: Machine, prop: Node, env: Env) -> list[Entry | OpaqueRest]:
    original = machine.evaluate(prop.argument, env)
    value = machine.forced(original)
    if isinstance(value, ObjectValue):
        unknown = [
            OpaqueRest(Unsupported(f"member `{key}` is set at an unknown time", at))
            for key, at in value.uncertain.items()
        ]
        return [*value.parts, *unknown]
    if is_nullish(value) or truthiness(value) is False:
        return []
    return [OpaqueRest(original if isinstance(value, Unsupported) else value)]


def _property(machine: Machine, prop: Node, env: Env) -> Entry | OpaqueRest:
    key = property_name(prop.key, computed=bool(prop.computed))
    if key is None:
        value = machine.forced(machine.evaluate(prop.key, env))
        key = operators.text_of(value)
        if key is None:
            return OpaqueRest(because(value, prop.key, "is a key that is not known"))
    if prop.kind == "init":
        return Entry(key, Thunk(prop.value, env))
    if prop.kind == "get":
        return Entry(key, _getter(machine, prop, env))
    return Entry(key, Thunk(prop, None, Unsupported("it is a setter", prop)))


def _getter(machine: Machine, prop: Node, env: Env) -> Thunk:
    function = FunctionValue(prop.value, env)
    callee = Thunk(prop.value, None, function)
    return Thunk(prop, None, CallValue(prop, env, False, callee, None, None, ()))


def _sets_prototype(prop: Node) -> bool:
    """Tell whether a property is ``__proto__: value``, which sets no own property."""
    if prop.computed or prop.shorthand or prop.method or prop.kind != "init":
        return False
    return property_name(prop.key, computed=False) == "__proto__"


def because(value: Value, node: Node, otherwise: str) -> Unsupported:
    """Return ``value`` when it tells what is wrong, else that ``node`` is at fault."""
    if isinstance(value, Unsupported):
        return value
    what = describe(node) if node.type not in FUNCTION_TYPES else "a function"
    return Unsupported(f"{what} {otherwise}", node)
