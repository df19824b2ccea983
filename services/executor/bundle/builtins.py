"""The functions of JavaScript that only build text and objects, done here on constants.

Each is our own few lines over ``Value``; none hands a value of the bundle to a function of
Python's that would act on it. Results are bounded by ``operators.MAX_TEXT``.
"""

from __future__ import annotations

from collections.abc import Callable

from services.executor.bundle.machine import Machine
from services.executor.bundle.operators import MAX_TEXT, text_of
from services.executor.bundle.syntax import describe
from services.executor.bundle.values import (
    ArrayValue,
    CallValue,
    Constant,
    Entry,
    FunctionValue,
    GlobalRef,
    ImportRef,
    ObjectValue,
    OpaqueRest,
    Unsupported,
    Value,
    known,
)

_JS_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
_JS_SPACE += "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


def builtin_call(machine: Machine, callee: GlobalRef, call: CallValue) -> Value:
    """Return what a call of a global function comes to, or ``Unsupported``."""
    path = callee.path[1:] if callee.path[:1] == ("globalThis",) else callee.path
    handler = _BUILTINS.get(path)
    if handler is None or call.opaque_arguments:
        reason = f"{describe(call.node)} is known only when the bundle runs"
        return Unsupported(reason, call.node)
    return handler(machine, call)


def _first(machine: Machine, call: CallValue) -> Value:
    if not call.arguments:
        return Unsupported(f"{describe(call.node)} has no argument", call.node)
    return machine.value_of(call.arguments[0])


def _assign(machine: Machine, call: CallValue) -> Value:
    parts: list[Entry | OpaqueRest] = []
    for argument in call.arguments:
        original = machine.value_of(argument)
        value = machine.forced(original)
        if isinstance(value, FunctionValue) and not parts:
            return _assign_to_function(machine, value, call)
        if isinstance(value, ObjectValue):
            parts.extend(value.parts)
        else:
            parts.append(OpaqueRest(original))
    return ObjectValue(tuple(parts), call.node)


def _assign_to_function(machine: Machine, function: FunctionValue, call: CallValue) -> Value:
    members = dict(function.members)
    for argument in call.arguments[1:]:
        value = machine.forced(machine.value_of(argument))
        if isinstance(value, ObjectValue):
            members.update(value.entries())
    return FunctionValue(function.node, function.env, members)


def _closed_object(machine: Machine, call: CallValue) -> ObjectValue | Unsupported:
    value = machine.forced(_first(machine, call))
    if isinstance(value, Unsupported):
        return value
    if not isinstance(value, ObjectValue) or value.opaque() or value.uncertain:
        return Unsupported(f"{describe(call.node)} is of an object that is not known", call.node)
    return value


def _keys(machine: Machine, call: CallValue) -> Value:
    whole = _closed_object(machine, call)
    if isinstance(whole, Unsupported):
        return whole
    items = tuple(known(Constant(key, call.node)) for key in whole.entries())
    return ArrayValue(items, call.node)


def _values(machine: Machine, call: CallValue) -> Value:
    whole = _closed_object(machine, call)
    if isinstance(whole, Unsupported):
        return whole
    return ArrayValue(tuple(whole.entries().values()), call.node)


def _entries(machine: Machine, call: CallValue) -> Value:
    whole = _closed_object(machine, call)
    if isinstance(whole, Unsupported):
        return whole
    pairs = [
        ArrayValue((known(Constant(key, call.node)), thunk), call.node)
        for key, thunk in whole.entries().items()
    ]
    return ArrayValue(tuple(known(pair) for pair in pairs), call.node)


def _from_entries(machine: Machine, call: CallValue) -> Value:
    pairs = machine.forced(_first(machine, call))
    if not isinstance(pairs, ArrayValue) or pairs.opaque is not None:
        return Unsupported(f"{describe(call.node)} is of a list that is not known", call.node)
    parts: list[Entry] = []
    for thunk in pairs.items:
        pair = machine.forced(machine.value_of(thunk))
        if not isinstance(pair, ArrayValue) or len(pair.items) < 2:
            return Unsupported(f"{describe(call.node)} has an entry that is not known", call.node)
        key = text_of(machine.forced(machine.value_of(pair.items[0])))
        if key is None:
            return Unsupported(f"{describe(call.node)} has a key that is not known", call.node)
        parts.append(Entry(key, pair.items[1]))
    return ObjectValue(tuple(parts), call.node)


def _string(machine: Machine, call: CallValue) -> Value:
    text = text_of(machine.forced(_first(machine, call)))
    if text is None:
        return Unsupported(f"{describe(call.node)} is of something not constant", call.node)
    return Constant(text, call.node)


def _require(machine: Machine, call: CallValue) -> Value:
    specifier = machine.forced(_first(machine, call))
    if isinstance(specifier, Constant) and isinstance(specifier.value, str):
        return ImportRef(specifier.value, (), call.node)
    return Unsupported("a `require` of a name that is not constant", call.node)


_BUILTINS: dict[tuple[str, ...], Callable[[Machine, CallValue], Value]] = {
    ("Object", "assign"): _assign,
    ("Object", "entries"): _entries,
    ("Object", "freeze"): _first,
    ("Object", "fromEntries"): _from_entries,
    ("Object", "keys"): _keys,
    ("Object", "seal"): _first,
    ("Object", "values"): _values,
    ("String",): _string,
    ("require",): _require,
    ("structuredClone",): _first,
}


def text_method(machine: Machine, receiver: Constant | ArrayValue, call: CallValue) -> Value:
    """Return what ``receiver.method(...)`` comes to for the methods that only build text."""
    unknown = Unsupported(f"{describe(call.node)} is known only when the bundle runs", call.node)
    if call.opaque_arguments:
        return unknown
    texts = [text_of(machine.forced(machine.value_of(a))) for a in call.arguments]
    if None in texts:
        return unknown
    arguments = [text for text in texts if text is not None]
    if isinstance(receiver, ArrayValue):
        result = _joined(machine, receiver, call.method, arguments)
    elif isinstance(receiver.value, str):
        result = _text_result(receiver.value, call.method, arguments)
    else:
        result = None
    if result is None or len(result) > MAX_TEXT:
        return unknown
    return Constant(result, call.node)


def _joined(
    machine: Machine, receiver: ArrayValue, method: str | None, arguments: list[str]
) -> str | None:
    if method != "join" or receiver.opaque is not None:
        return None
    pieces: list[str] = []
    for thunk in receiver.items:
        value = machine.forced(machine.value_of(thunk))
        text = "" if _is_blank(value) else text_of(value)
        if text is None:
            return None
        pieces.append(text)
    return (arguments[0] if arguments else ",").join(pieces)


def _is_blank(value: Value) -> bool:
    return text_of(value) in ("undefined", "null") and not (
        isinstance(value, Constant) and isinstance(value.value, str)
    )


def _text_result(text: str, method: str | None, arguments: list[str]) -> str | None:
    match method:
        case "trim":
            return text.strip(_JS_SPACE)
        case "trimStart":
            return text.lstrip(_JS_SPACE)
        case "trimEnd":
            return text.rstrip(_JS_SPACE)
        case "concat":
            return text + "".join(arguments)
        case "toString" | "valueOf" if not arguments:
            return text
        case _:
            return None
