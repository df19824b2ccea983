"""Members of values: ``value.key`` and what is left of an object without some keys."""

from __future__ import annotations

from collections.abc import Iterable

from services.executor.bundle.machine import Machine
from services.executor.bundle.syntax import Node, describe, span
from services.executor.bundle.values import (
    ArrayValue,
    CallValue,
    ClassValue,
    Constant,
    Entry,
    FunctionValue,
    GlobalRef,
    ImportRef,
    MemberValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)


def member_of(machine: Machine, value: Value, key: str, node: Node) -> Value:
    """Return ``value[key]``; calls are followed only as far as needed to find it."""
    if isinstance(value, CallValue):
        followed = machine.forced(value)
        if isinstance(followed, Unsupported):
            return MemberValue(value, key, node)
        value = followed
    match value:
        case ObjectValue():
            return _object_member(machine, value, key, node)
        case ArrayValue():
            return _array_member(machine, value, key, node)
        case ImportRef():
            return _import_member(value, key, node)
        case GlobalRef():
            return _global_member(machine, value, key, node)
        case FunctionValue() | ClassValue():
            return _function_member(machine, value, key, node)
        case Constant(str() as text) if key == "length":
            return Constant(len(text.encode("utf-16-le", "surrogatepass")) // 2, node)
        case MemberValue() | CallValue():
            return MemberValue(value, key, node)
        case Unsupported():
            return value
        case _:
            return Unsupported(f"it has no member `{key}` that is known", node)


def _object_member(machine: Machine, value: ObjectValue, key: str, node: Node) -> Value:
    changed = value.uncertain.get(key) or value.uncertain.get("*")
    if changed is not None:
        line = span(changed).line
        return Unsupported(f"member `{key}` is set at an unknown time, in line {line}", changed)
    hidden = value.hidden_by(key)
    if hidden is not None:
        reason = f"member `{key}` may come from {describe(hidden.value.node or node)}"
        return Unsupported(f"{reason}, which cannot be followed", hidden.value.node or node)
    thunk = value.entries().get(key)
    if thunk is not None:
        return machine.value_of(thunk)
    if key == "default" and value.is_module:
        return value
    return Undefined(node)


def _array_member(machine: Machine, value: ArrayValue, key: str, node: Node) -> Value:
    if value.opaque is not None:
        return Unsupported("the array has a spread that cannot be followed", value.opaque.node)
    if key == "length":
        return Constant(len(value.items), node)
    if key.isdecimal() and len(key) < 10:
        index = int(key)
        return machine.value_of(value.items[index]) if index < len(value.items) else Undefined(node)
    return Unsupported(f"an array has no member `{key}` that is known", node)


def _import_member(value: ImportRef, key: str, node: Node) -> Value:
    if key == "default" and value.path == ("default",):
        return value
    return ImportRef(value.specifier, (*value.path, key), node)


def _global_member(machine: Machine, value: GlobalRef, key: str, node: Node) -> Value:
    path = (*value.path, key)
    if value.path in (("process", "env"), ("globalThis", "process", "env")):
        machine.note(f"bundles get no environment: `process.env.{key}` is read as undefined", node)
        return Undefined(node)
    if value.path == ("Number",) and key in ("MAX_SAFE_INTEGER", "MIN_SAFE_INTEGER"):
        return Constant((2**53 - 1) * (1 if key.startswith("MAX") else -1), node)
    return GlobalRef(path, node)


def _function_member(
    machine: Machine, value: FunctionValue | ClassValue, key: str, node: Node
) -> Value:
    thunk = value.members.get(key)
    if thunk is not None:
        return machine.value_of(thunk)
    return Unsupported(f"member `{key}` of a function is not known", node)


def without_keys(machine: Machine, value: Value, keys: Iterable[str], node: Node) -> Value:
    """Return what is left of ``value`` without ``keys``, as ``{a, ...rest}`` makes it."""
    whole = machine.forced(value)
    if not isinstance(whole, ObjectValue):
        if isinstance(whole, Unsupported):
            return whole
        return Unsupported("the rest of something that is no known object", node)
    gone = set(keys)
    parts = tuple(
        part for part in whole.parts if not (isinstance(part, Entry) and part.key in gone)
    )
    return ObjectValue(parts, whole.node, whole.uncertain)
