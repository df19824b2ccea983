"""JavaScript functions that only build text, numbers and objects, applied to constants.

Each is a few lines of our own over ``Value``; none passes a value of the bundle to a Python
function that would act on it. Results are bounded by ``operators.MAX_TEXT`` and
``array_methods.MAX_ITEMS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.executor.bundle.evaluate.array_methods import MAX_ITEMS, array_method
from services.executor.bundle.evaluate.language import FUNCTIONS
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.members import (
    MAX_PARTS,
    assigned_parts,
    own_entries,
    spread_parts,
    unknown_object,
)
from services.executor.bundle.evaluate.operators import (
    primitive,
    text_of,
)
from services.executor.bundle.evaluate.parsed_json import parsed_json
from services.executor.bundle.evaluate.text_methods import text_method
from services.executor.bundle.evaluate.values import (
    ANY,
    ArrayValue,
    BigInt,
    CallValue,
    ClassValue,
    Constant,
    Entry,
    FunctionValue,
    GlobalRef,
    ImportRef,
    ObjectValue,
    OpaqueRest,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    known,
    raw_text,
    text_constant,
)
from services.executor.bundle.syntax.syntax import describe


def builtin_call(machine: Machine, callee: GlobalRef, call: CallValue) -> Value:
    """Return what a call of a global function evaluates to, or ``Unsupported``."""
    path = plain_path(callee)
    if not call.opaque_arguments:
        handler = _BUILTINS.get(path)
        if handler is not None:
            return handler(machine, call)
        function = FUNCTIONS.get(path)
        if function is not None:
            arguments = [machine.settled(argument) for argument in call.arguments]
            flat = arguments
            if path != ("Boolean",):
                flat = [primitive(a, machine.settled) or a for a in arguments]
            result = function(tuple(flat), call.node)
            if result is not None:
                return result
            unknown = next((a for a in arguments if isinstance(a, Unsupported)), None)
            if unknown is not None:
                return unknown
    return _unknown(call)


def plain_path(reference: GlobalRef) -> tuple[str, ...]:
    """Return the path of a global without ``globalThis`` before it."""
    path = reference.path
    return path[1:] if path[0] in ("globalThis", "global") and len(path) > 1 else path


def _unknown(call: CallValue) -> Unsupported:
    return Unsupported(f"{describe(call.node)} is known only when the bundle runs", call.node)


def _first(machine: Machine, call: CallValue) -> Value:
    if not call.arguments:
        return Unsupported(f"{describe(call.node)} has no argument", call.node)
    return machine.value_of(call.arguments[0])


def _assign(machine: Machine, call: CallValue) -> Value:
    parts: list[Entry | OpaqueRest] = []
    for index, argument in enumerate(call.arguments):
        original = machine.value_of(argument)
        value = machine.forced(original)
        if isinstance(value, (FunctionValue, ClassValue)) and not index:
            return _assign_to_function(machine, value, call)
        parts.extend((assigned_parts if index else spread_parts)(machine, original, value))
        if len(parts) > MAX_PARTS:
            return Unsupported("the object has too many members", call.node)
    return ObjectValue(tuple(parts), call.node)


def _assign_to_function(
    machine: Machine, function: FunctionValue | ClassValue, call: CallValue
) -> Value:
    members = dict(function.members)
    for argument in call.arguments[1:]:
        value = machine.settled(argument)
        if isinstance(value, ObjectValue):
            members.update(value.entries())
    return type(function)(function.node, function.env, members)


def _define_properties(machine: Machine, call: CallValue) -> Value:
    """Return ``Object.defineProperties(a, Object.getOwnPropertyDescriptors(b))``: both of them."""
    descriptors = machine.value_of(call.arguments[1]) if len(call.arguments) == 2 else None
    callee = machine.value_of(descriptors.callee) if isinstance(descriptors, CallValue) else None
    copied = isinstance(callee, GlobalRef) and plain_path(callee) == (
        "Object",
        "getOwnPropertyDescriptors",
    )
    if not copied or not isinstance(descriptors, CallValue) or len(descriptors.arguments) != 1:
        return _unknown(call)
    parts: list[Entry | OpaqueRest] = []
    for argument in (call.arguments[0], descriptors.arguments[0]):
        original = machine.value_of(argument)
        parts.extend(spread_parts(machine, original, machine.forced(original)))
    return ObjectValue(tuple(parts), call.node)


def _pairs(machine: Machine, call: CallValue) -> list[tuple[Value, Value]] | Unsupported:
    """Return the argument's own keys and values if all of them are known."""
    value = machine.forced(_first(machine, call))
    if isinstance(value, Unsupported):
        return value
    entries = own_entries(machine, value)
    if entries is None:
        return unknown_object(call.node)
    return [
        (text_constant(key, call.node), machine.value_of(thunk)) for key, thunk in entries.items()
    ]


def _keys(machine: Machine, call: CallValue) -> Value:
    pairs = _pairs(machine, call)
    if isinstance(pairs, Unsupported):
        return pairs
    return ArrayValue(tuple(known(key) for key, _ in pairs), call.node)


def _values(machine: Machine, call: CallValue) -> Value:
    pairs = _pairs(machine, call)
    if isinstance(pairs, Unsupported):
        return pairs
    return ArrayValue(tuple(known(value) for _, value in pairs), call.node)


def _entries(machine: Machine, call: CallValue) -> Value:
    pairs = _pairs(machine, call)
    if isinstance(pairs, Unsupported):
        return pairs
    arrays = [ArrayValue((known(key), known(value)), call.node) for key, value in pairs]
    return ArrayValue(tuple(known(array) for array in arrays), call.node)


def _from_entries(machine: Machine, call: CallValue) -> Value:
    pairs = machine.forced(_first(machine, call))
    if not isinstance(pairs, ArrayValue) or pairs.opaque is not None:
        return Unsupported(f"{describe(call.node)} is of a list that is not known", call.node)
    parts: list[Entry] = []
    for thunk in pairs.items:
        pair = machine.settled(thunk)
        if not isinstance(pair, ArrayValue) or len(pair.items) < 2:
            return Unsupported(f"{describe(call.node)} has an entry that is not known", call.node)
        key = text_of(machine.settled(pair.items[0]))
        if key is None:
            return Unsupported(f"{describe(call.node)} has a key that is not known", call.node)
        parts.append(Entry(key, pair.items[1]))
    return ObjectValue(tuple(parts), call.node)


def _has_own(machine: Machine, call: CallValue) -> Value:
    value = machine.forced(_first(machine, call))
    key = text_of(machine.settled(call.arguments[1])) if len(call.arguments) > 1 else None
    entries = own_entries(machine, value)
    if key is None or entries is None:
        return value if isinstance(value, Unsupported) else _unknown(call)
    return Constant(key in entries, call.node)


def _require(machine: Machine, call: CallValue) -> Value:
    specifier = machine.forced(_first(machine, call))
    if isinstance(specifier, Constant) and isinstance(specifier.value, str):
        return ImportRef(specifier.value, (), call.node)
    return Unsupported("a `require` of a name that is not constant", call.node)


def _is_array(machine: Machine, call: CallValue) -> Value:
    value = machine.forced(_first(machine, call))
    if isinstance(value, ArrayValue):
        return Constant(True, call.node)
    plain = (Constant, Undefined, BigInt, ObjectValue, FunctionValue, ClassValue)
    if isinstance(value, plain):
        return Constant(False, call.node)
    return value if isinstance(value, Unsupported) else _unknown(call)


def list_items(machine: Machine, value: Value) -> tuple[Thunk, ...] | None:
    """Return what ``...value`` spreads into a list: an array's items, a string's characters."""
    if isinstance(value, ArrayValue):
        return None if value.opaque is not None else value.items
    text = raw_text(value)
    if text is None or len(text) > MAX_ITEMS:
        return None
    return tuple(known(text_constant(character, value.node)) for character in text)


def _parse(machine: Machine, call: CallValue) -> Value:
    """Return what ``JSON.parse`` makes of a constant text, as bundlers write JSON files."""
    value = machine.forced(_first(machine, call))
    text = raw_text(value)
    made = None if text is None or len(call.arguments) > 1 else parsed_json(text, call.node)
    if made is not None:
        return made
    return value if isinstance(value, Unsupported) else _unknown(call)


def _define_property(machine: Machine, call: CallValue) -> Value:
    """Return the target with its member; bundlers' ``__name(target, "name")`` passes it on."""
    target = _first(machine, call)
    whole = machine.forced(target)
    if isinstance(whole, (Unsupported, ImportRef)) or len(call.arguments) != 3:
        return target
    key = text_of(machine.settled(call.arguments[1]))
    described = machine.settled(call.arguments[2])
    thunk = described.entries().get("value") if isinstance(described, ObjectValue) else None
    if key is None or thunk is None:
        lost = key or ANY
        if isinstance(whole, ObjectValue):
            return replace(whole, uncertain={**whole.uncertain, lost: call.node})
        return whole if key == "name" else _unknown(call)
    if isinstance(whole, ObjectValue):
        return replace(whole, parts=(*whole.parts, Entry(key, thunk)))
    if isinstance(whole, (FunctionValue, ClassValue)):
        return replace(whole, members={**whole.members, key: thunk})
    return whole


_HAS_OWN = ("Object", "prototype", "hasOwnProperty", "call")
_BUILTINS: dict[tuple[str, ...], Callable[[Machine, CallValue], Value]] = {
    ("Array", "isArray"): _is_array,
    ("JSON", "parse"): _parse,
    ("Object", "assign"): _assign,
    ("Object", "defineProperties"): _define_properties,
    ("Object", "defineProperty"): _define_property,
    ("Object", "entries"): _entries,
    ("Object", "freeze"): _first,
    ("Object", "fromEntries"): _from_entries,
    ("Object", "hasOwn"): _has_own,
    ("Object", "keys"): _keys,
    ("Object", "preventExtensions"): _first,
    _HAS_OWN: _has_own,
    ("Object", "seal"): _first,
    ("Object", "values"): _values,
    ("require",): _require,
    ("structuredClone",): _first,
}


def value_method(machine: Machine, receiver: Value, call: CallValue) -> Value | None:
    """Return what ``receiver.method(...)`` evaluates to for the language's own methods.

    None when ``receiver`` is not a string, number, boolean or array.
    """
    if isinstance(receiver, ArrayValue):
        result = array_method(machine, receiver, call)
        return result if result is not None else _why_not(machine, receiver, call)
    if not isinstance(receiver, Constant):
        return None
    text, name = raw_text(receiver), call.method or ""
    result = None
    if not call.opaque_arguments:
        arguments = tuple(machine.settled(argument) for argument in call.arguments)
        if text is not None:
            result = text_method(text, name, arguments, call.node)
        elif name == "toString" and not arguments:
            own = text_of(receiver)
            result = None if own is None else text_constant(own, call.node)
    return result if result is not None else _why_not(machine, receiver, call)


def _why_not(machine: Machine, receiver: Value, call: CallValue) -> Unsupported:
    """Return which part of the call is not known, the deepest reason first."""
    if isinstance(receiver, ArrayValue) and isinstance(receiver.opaque, Unsupported):
        return receiver.opaque
    items = receiver.items if isinstance(receiver, ArrayValue) else ()
    for thunk in (*call.arguments, *items):
        value = machine.settled(thunk)
        if isinstance(value, Unsupported):
            return value
    return _unknown(call)
