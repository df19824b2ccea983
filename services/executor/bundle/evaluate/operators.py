"""JavaScript's operators on constants. None means that the exact result is not known.

Follows ECMA-262, sections 7.1 (conversions), 7.2 (comparisons) and 13. Objects are converted only
when they are arrays of constants, or plain objects that do not define their own text.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from services.executor.bundle.evaluate.utf16 import units
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    BigInt,
    CallValue,
    ClassValue,
    Constant,
    FunctionValue,
    GlobalRef,
    ObjectValue,
    RegExp,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
    raw_text,
    text_constant,
    truthiness,
)
from services.executor.bundle.syntax.numeric import (
    arithmetic,
    as_float,
    canonical,
    number_text,
)
from services.executor.bundle.syntax.syntax import Node, describe

MAX_TEXT = 1_000_000
# Returns the value of a list item with its calls followed.
Follow: TypeAlias = Callable[[Thunk], Value]


def text_of(value: Value) -> str | None:
    """Return the text of ``value`` in a template literal, or None if not known."""
    if isinstance(value, Undefined):
        return "undefined"
    if isinstance(value, BigInt):
        return str(value.value)
    if not isinstance(value, Constant):
        return None
    inner = value.value
    if inner is None:
        return "null"
    if isinstance(inner, bool):
        return "true" if inner else "false"
    return raw_text(value) if isinstance(inner, str) else number_text(inner)


def number_of(value: Value) -> int | float | None:
    """Return ``Number(value)`` of JavaScript; None for text, and when not known or thrown."""
    if isinstance(value, Undefined):
        return math.nan
    if not isinstance(value, Constant):
        return None
    inner = value.value
    if inner is None or isinstance(inner, bool):
        return int(bool(inner))
    return None if isinstance(inner, str) else canonical(inner)


def unary(operator: str, value: Value) -> Value | None:
    """Return ``operator value``, or None when it is not known."""
    if operator == "void":
        return Undefined(value.node)
    if operator == "!":
        truth = truthiness(value)
        return None if truth is None else Constant(not truth, value.node)
    if operator == "typeof":
        name = type_name(value)
        return None if name is None else Constant(name, value.node)
    if isinstance(value, BigInt):
        return BigInt(-value.value, value.node) if operator == "-" else None
    number = number_of(value)
    if number is None:
        return None
    match operator:
        case "-":
            return Constant(canonical(-as_float(number)), value.node)
        case "+":
            return Constant(number, value.node)
        case _:
            return None


def binary(operator: str, left: Value, right: Value) -> Value | None:
    """Return ``left operator right``, or None when it is not known."""
    if operator in ("===", "!==", "==", "!="):
        equal = (_equal if len(operator) == 3 else _loosely_equal)(left, right)
        return None if equal is None else Constant(equal == (operator[0] == "="), left.node)
    if operator in ("<", "<=", ">", ">="):
        truth = _compared(operator, left, right)
        return None if truth is None else Constant(truth, left.node)
    if operator == "+" and (raw_text(left) is not None or raw_text(right) is not None):
        return _concatenated(left, right)
    first, second = number_of(left), number_of(right)
    if first is None or second is None:
        return None
    result = arithmetic(operator, first, second)
    return None if result is None else Constant(result, left.node)


def _concatenated(left: Value, right: Value) -> Value | None:
    first, second = text_of(left), text_of(right)
    if first is None or second is None or len(first) + len(second) > MAX_TEXT:
        return None
    return text_constant(first + second, left.node)


def _compared(operator: str, left: Value, right: Value) -> bool | None:
    first, second = raw_text(left), raw_text(right)
    if first is not None and second is not None:
        return _ordered(operator, units(first), units(second))
    a, b = number_of(left), number_of(right)
    return None if a is None or b is None else _ordered(operator, as_float(a), as_float(b))


def _ordered(operator: str, a: str | float, b: str | float) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        less, equal = a < b, a == b
    else:
        assert not isinstance(a, str)
        assert not isinstance(b, str)
        less, equal = a < b, a == b
        if math.isnan(a) or math.isnan(b):
            return False
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[operator]


def _equal(left: Value, right: Value) -> bool | None:
    """Return ``left === right``."""
    first, second = type_name(left), type_name(right)
    if first is None or second is None:
        return None
    if isinstance(left, Constant) and isinstance(right, Constant):
        return first == second and _contents(left) == _contents(right)
    if isinstance(left, BigInt) and isinstance(right, BigInt):
        return left.value == right.value
    if isinstance(left, Undefined) and isinstance(right, Undefined):
        return True
    primitives = (Constant, Undefined, BigInt)
    if isinstance(left, primitives) or isinstance(right, primitives):
        return False
    return True if left is right else None  # the same object may have been read twice


def _loosely_equal(left: Value, right: Value) -> bool | None:
    """Return ``left == right``."""
    nullish = is_nullish(left), is_nullish(right)
    if None not in nullish and any(nullish):
        return all(nullish)
    return _equal(left, right) if type_name(left) == type_name(right) else None


def _contents(value: Constant) -> str | float | bool | None:
    if isinstance(value.value, bool) or value.value is None:
        return value.value
    text = raw_text(value)
    if text is not None:
        return text
    assert not isinstance(value.value, str)
    return as_float(value.value)


def type_name(value: Value) -> str | None:
    """Return ``typeof value``, or None when it is not known."""
    match value:
        case Undefined():
            return "undefined"
        case Constant(bool()):
            return "boolean"
        case Constant(str()):
            return "string"
        case Constant(None):
            return "object"
        case Constant():
            return "number"
        case BigInt():
            return "bigint"
        case FunctionValue() | ClassValue():
            return "function"
        case ObjectValue() | ArrayValue() | RegExp():
            return "object"
        case GlobalRef(("require",)):
            return "function"  # the sandbox gives every program one
        case _:
            return None


def primitive(value: Value, follow: Follow) -> Value | None:
    """Return the primitive an operator converts ``value`` to; None when it is not known.

    An array becomes its items joined by commas; a plain object ``[object Object]``.
    """
    if isinstance(value, ArrayValue):
        text = array_text(value, ",", follow)
        return None if text is None else text_constant(text, value.node)
    if isinstance(value, ObjectValue):
        plain = not (value.opaque() or value.uncertain or value.prototype or value.is_module)
        own = value.entries().keys() & {"toString", "valueOf"}
        return Constant("[object Object]", value.node) if plain and not own else None
    return value if isinstance(value, (Constant, Undefined, BigInt)) else None


def array_text(value: ArrayValue, separator: str, follow: Follow, depth: int = 0) -> str | None:
    """Return ``value.join(separator)``; None when it is not known, too long or too deep."""
    if value.opaque is not None or depth > 32:
        return None
    pieces: list[str] = []
    size = 0
    for thunk in value.items:
        text = _item_text(follow(thunk), follow, depth)
        if text is None:
            return None
        pieces.append(text)
        size += len(text) + len(separator)
        if size > MAX_TEXT:
            return None
    return separator.join(pieces)


def _item_text(item: Value, follow: Follow, depth: int) -> str | None:
    if is_nullish(item):
        return ""
    if isinstance(item, ArrayValue):
        return array_text(item, ",", follow, depth + 1)
    flat = primitive(item, follow)
    return None if flat is None else text_of(flat)


def exact_integer(value: Value, default: int | float) -> float | None:
    """Return ToIntegerOrInfinity of an argument, ``default`` when it is undefined."""
    if isinstance(value, Undefined):
        return default
    number = number_of(value)
    if number is None:
        return None
    whole = as_float(number)
    if math.isnan(whole):
        return 0
    return whole if math.isinf(whole) else float(math.trunc(whole))


def awaited(value: Value, node: Node) -> Value:
    """Return what ``await`` gives of a call, which stays one: an async function is not followed."""
    if isinstance(value, CallValue):
        return value
    return Unsupported(f"{describe(node)} is known only when the bundle runs", node)
