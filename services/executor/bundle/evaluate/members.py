"""Members of values: ``value.key``, what spreads copy, and rests without some keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.executor.bundle.evaluate.language import global_number
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.utf16 import length, units
from services.executor.bundle.evaluate.values import (
    ANY,
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
    OpaqueRest,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    has_hole,
    is_index,
    is_nullish,
    known,
    raw_text,
    text_constant,
    truthiness,
)
from services.executor.bundle.syntax.deferred import MOST_PARTS
from services.executor.bundle.syntax.syntax import Node, describe, span

MAX_PARTS = MOST_PARTS
MODULE_MARK = "__esModule"
_ENVIRONMENTS = (("process", "env"), ("import.meta", "env"))
_INHERITED = frozenset(
    {
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
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
            return _global_member(value, key, node)
        case FunctionValue() | ClassValue():
            return _function_member(machine, value, key, node)
        case Constant(str()):
            return _text_member(raw_text(value) or "", key, node)
        case MemberValue() | CallValue():
            return MemberValue(value, key, node)
        case Unsupported():
            return value
        case _:
            return Unsupported(f"it has no member `{key}` that is known", node)


def _object_member(machine: Machine, value: ObjectValue, key: str, node: Node) -> Value:
    changed = value.uncertain.get(key) or value.uncertain.get(ANY)
    if changed is not None:
        line = span(changed).line
        return Unsupported(f"member `{key}` is set at an unknown time, in line {line}", changed)
    if key == MODULE_MARK and value.is_marked:
        return Constant(True, node)
    hidden = value.hidden_by(key)
    if hidden is not None:
        reason = f"member `{key}` may come from {describe(hidden.value.node or node)}"
        return Unsupported(f"{reason}, which cannot be followed", hidden.value.node or node)
    thunk = value.entries().get(key)
    if thunk is not None:
        return machine.value_of(thunk)
    if value.prototype is None:
        if key in _INHERITED and not value.is_module:
            return Unsupported(f"`{key}`, which every object inherits, is not followed", node)
        return Undefined(node)
    prototype = machine.forced(value.prototype)
    return Undefined(node) if is_nullish(prototype) else member_of(machine, prototype, key, node)


def _array_member(machine: Machine, value: ArrayValue, key: str, node: Node) -> Value:
    if value.opaque is not None:
        if isinstance(value.opaque, Unsupported):
            return value.opaque
        return Unsupported("the array has a spread that cannot be followed", value.opaque.node)
    if key == "length":
        return Constant(len(value.items), node)
    if is_index(key):
        index = int(key)
        return machine.value_of(value.items[index]) if index < len(value.items) else Undefined(node)
    return Unsupported(f"an array has no member `{key}` that is known", node)


def _text_member(text: str, key: str, node: Node) -> Value:
    if key == "length":
        return Constant(length(text), node)
    if is_index(key):
        whole, index = units(text), int(key)
        return text_constant(whole[index], node) if index < len(whole) else Undefined(node)
    return Unsupported(f"a string has no member `{key}` that is known", node)


def _import_member(value: ImportRef, key: str, node: Node) -> Value:
    if key == "default" and value.path == ("default",):
        return value
    return ImportRef(value.specifier, (*value.path, key), node)


def _global_member(value: GlobalRef, key: str, node: Node) -> Value:
    path = (*value.path, key)
    if value.path[-2:] in _ENVIRONMENTS and len(value.path) <= 3:
        name = ".".join(path[-3:])
        reason = f"`{name}` is a value of the deployment, which only a run can grant"
        return Unsupported(reason, node, variable=key)
    return global_number(path, node) or GlobalRef(path, node)


def _function_member(
    machine: Machine, value: FunctionValue | ClassValue, key: str, node: Node
) -> Value:
    thunk = value.members.get(key)
    if thunk is not None:
        return machine.value_of(thunk)
    return Unsupported(f"member `{key}` of a function is not known", node)


def own_entries(machine: Machine, value: Value) -> Mapping[str, Thunk] | None:
    """Return the own enumerable members of ``value``; None if any is not known."""
    if isinstance(value, ObjectValue):
        closed = not (value.opaque() or value.uncertain)
        return value.entries() if closed else None
    if isinstance(value, ArrayValue):
        if value.opaque is not None or has_hole(value.items):
            return None
        return {str(index): thunk for index, thunk in enumerate(value.items)}
    text = raw_text(value)
    if text is not None and len(text) > MAX_PARTS:
        return None
    if text is not None:
        whole = units(text)
        return {str(i): known(text_constant(unit, value.node)) for i, unit in enumerate(whole)}
    return {} if isinstance(value, Constant) and value.value is not None else None


def unknown_object(node: Node) -> Unsupported:
    """Return the reason that not all members of the object called on are known."""
    return Unsupported(f"{describe(node)} is of an object that is not known", node)


def spread_parts(machine: Machine, original: Value, value: Value) -> list[Entry | OpaqueRest]:
    """Return what ``{...value}`` copies; ``original`` is the value before calls were followed."""
    if isinstance(value, Unsupported) and value.variable is not None:
        machine.note_unset(value, "it is read as undefined")
        return []
    if is_nullish(value) or truthiness(value) is False:
        return []
    if isinstance(value, ObjectValue):
        return _object_parts(value)
    entries = own_entries(machine, value)
    if entries is not None:
        return [Entry(key, thunk) for key, thunk in entries.items()]
    return [OpaqueRest(original if isinstance(value, Unsupported) else value)]


def assigned_parts(machine: Machine, original: Value, value: Value) -> list[Entry | OpaqueRest]:
    """Return what ``Object.assign(x, value)`` sets; setting `__proto__` sets a prototype."""
    parts = spread_parts(machine, original, value)
    if any(isinstance(part, Entry) and part.key == "__proto__" for part in parts):
        return [OpaqueRest(Unsupported("it sets `__proto__`", value.node))]
    return parts


def _object_parts(value: ObjectValue) -> list[Entry | OpaqueRest]:
    parts: list[Entry | OpaqueRest]
    if value.opaque():
        parts = list(value.parts)
    else:
        parts = [Entry(key, thunk) for key, thunk in value.entries().items()]
    for key, at in value.uncertain.items():
        unknown = Unsupported(f"member `{key}` is set at an unknown time", at)
        parts.append(OpaqueRest(unknown) if key == ANY else Entry(key, known(unknown)))
    if len(parts) > MAX_PARTS:
        return [OpaqueRest(Unsupported("the object has too many members", value.node))]
    return parts


def without_keys(machine: Machine, value: Value, keys: Iterable[str], node: Node) -> Value:
    """Return ``value`` without ``keys``, as ``{a, ...rest}`` makes it."""
    whole = machine.forced(value)
    if not isinstance(whole, ObjectValue):
        if isinstance(whole, Unsupported):
            return whole
        return Unsupported("the rest of something that is no known object", node)
    gone = set(keys)
    parts = tuple(
        part for part in whole.parts if not (isinstance(part, Entry) and part.key in gone)
    )
    uncertain = {key: at for key, at in whole.uncertain.items() if key not in gone}
    return ObjectValue(parts, whole.node, uncertain)
