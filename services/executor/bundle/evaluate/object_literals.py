"""Evaluates literals: plain ones, and objects with their keys, spreads and getters."""

from __future__ import annotations

from services.executor.bundle.evaluate import operators
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.members import MAX_PARTS, spread_parts
from services.executor.bundle.evaluate.values import (
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
    Undefined,
    Unsupported,
    Value,
    text_constant,
)
from services.executor.bundle.syntax.numeric import canonical
from services.executor.bundle.syntax.syntax import (
    FUNCTION_TYPES,
    Node,
    clean_text,
    describe,
    property_name,
)

MAX_BIGINT_DIGITS = 1_000


def literal_value(node: Node) -> Value:
    """Return the value of a primitive or regular expression literal."""
    if node.regex is not None:
        return RegExp(clean_text(str(node.regex.pattern)), str(node.regex.flags), node)
    if node.bigint is not None:
        if len(str(node.bigint)) > MAX_BIGINT_DIGITS:
            return Unsupported("a number of too many digits", node)
        return BigInt(int(str(node.bigint).replace("_", ""), 0), node)
    value = node.value
    if isinstance(value, str):
        return text_constant(value, node)
    if value is None or isinstance(value, bool):
        return Constant(value, node)
    if isinstance(value, (int, float)):
        return Constant(canonical(value), node)
    return Unsupported("a literal of an unknown kind", node)


def object_value(machine: Machine, node: Node, env: Env) -> Value:
    """Return the object of a literal, with its members unevaluated."""
    parts: list[Entry | OpaqueRest] = []
    prototype: Value | None = None
    for prop in node.properties:
        if prop.type == "SpreadElement":
            original = machine.evaluate(prop.argument, env)
            parts.extend(spread_parts(machine, original, machine.forced(original)))
        elif _sets_prototype(prop):
            prototype = _prototype(machine, prop, env)
        else:
            parts.append(_property(machine, prop, env))
        if len(parts) > MAX_PARTS:
            return Unsupported("the object has too many members", node)
    return ObjectValue(tuple(parts), node, prototype=prototype)


def _prototype(machine: Machine, prop: Node, env: Env) -> Value | None:
    """Return what `__proto__: value` sets; a primitive other than null sets nothing."""
    value = machine.forced(machine.evaluate(prop.value, env))
    null = isinstance(value, Constant) and value.value is None
    return value if null or not isinstance(value, (Constant, Undefined)) else None


def _property(machine: Machine, prop: Node, env: Env) -> Entry | OpaqueRest:
    key = property_name(prop.key, computed=bool(prop.computed))
    if key is None:
        value = machine.forced(machine.evaluate(prop.key, env))
        key = key_of(machine, value)
        if key is None:
            return OpaqueRest(because(value, prop.key, "is a key that is not known"))
    if prop.kind == "init":
        return Entry(key, Thunk(prop.value, env))
    if prop.kind == "get":
        return Entry(key, _getter(machine, prop, env))
    return Entry(key, Thunk(prop, None, Unsupported("it is a setter", prop)))


def key_of(machine: Machine, value: Value) -> str | None:
    """Return the property key that ``value`` is used as; None when it is not known.

    A key with half of a UTF-16 pair is not followed: two such keys would look the same.
    """
    flat = operators.primitive(value, machine.settled)
    if flat is None or (isinstance(flat, Constant) and flat.raw is not None):
        return None
    return operators.text_of(flat)


def _getter(machine: Machine, prop: Node, env: Env) -> Thunk:
    function = FunctionValue(prop.value, env)
    callee = Thunk(prop.value, None, function)
    return Thunk(prop, None, CallValue(prop, env, False, callee, None, None, ()))


def _sets_prototype(prop: Node) -> bool:
    """Return whether a property is ``__proto__: value``, which sets no own property."""
    if prop.computed or prop.shorthand or prop.method or prop.kind != "init":
        return False
    return property_name(prop.key, computed=False) == "__proto__"


def because(value: Value, node: Node, otherwise: str) -> Unsupported:
    """Return ``value`` if it says what is wrong, otherwise blame ``node``."""
    if isinstance(value, Unsupported):
        return value
    what = describe(node) if node.type not in FUNCTION_TYPES else "a function"
    return Unsupported(f"{what} {otherwise}", node)
