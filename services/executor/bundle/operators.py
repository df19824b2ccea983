"""JavaScript's operators on constants. What is not known to be exact is None: not supported."""

from __future__ import annotations

import math

from services.executor.bundle.values import (
    ArrayValue,
    BigInt,
    ClassValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Undefined,
    Value,
    is_nullish,
    truthiness,
)

MAX_TEXT = 1_000_000
_SAFE = 2**53


def text_of(value: Value) -> str | None:
    """Return what JavaScript makes of ``value`` in a template literal, or None if not known."""
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
    return inner if isinstance(inner, str) else number_text(inner)


def number_text(number: int | float) -> str | None:
    """Return JavaScript's text of a number; None where Python's digits may differ."""
    if isinstance(number, float):
        if math.isnan(number):
            return "NaN"
        if math.isinf(number):
            return "Infinity" if number > 0 else "-Infinity"
        if number.is_integer() and abs(number) < _SAFE:
            return str(int(number))
        text = repr(number)
        return None if "e" in text else text
    return str(number) if abs(number) < _SAFE else None


def unary(operator: str, value: Value) -> Value | None:
    """Return ``operator value``, or None when it is not known."""
    if operator == "void":
        return Undefined(value.node)
    if operator == "!":
        truth = truthiness(value)
        return None if truth is None else Constant(not truth, value.node)
    if operator == "typeof":
        name = _type_name(value)
        return None if name is None else Constant(name, value.node)
    if isinstance(value, BigInt) and operator == "-":
        return BigInt(-value.value, value.node)
    number = _number(value)
    if number is None:
        return None
    if operator == "-":
        return Constant(-number if number else -0.0, value.node)
    return Constant(number, value.node) if operator == "+" else None


def binary(operator: str, left: Value, right: Value) -> Value | None:
    """Return ``left operator right``, or None when it is not known."""
    if operator in ("===", "!==", "==", "!="):
        equal = _equal(left, right, loose=len(operator) == 2)
        return None if equal is None else Constant(equal == (operator[0] == "="), left.node)
    if operator == "+" and (_is_text(left) or _is_text(right)):
        first, second = text_of(left), text_of(right)
        if first is None or second is None or len(first) + len(second) > MAX_TEXT:
            return None
        return Constant(first + second, left.node)
    if not (_is_number(left) and _is_number(right)):
        return None
    return _arithmetic(operator, _number(left) or 0, _number(right) or 0, left)


def _arithmetic(operator: str, a: int | float, b: int | float, at: Value) -> Value | None:
    result: int | float | bool
    match operator:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "/" if b != 0:
            result = a / b
        case "**" if 0 <= b <= 64 and abs(a) <= 64:
            result = a**b
        case "<":
            result = a < b
        case "<=":
            result = a <= b
        case ">":
            result = a > b
        case ">=":
            result = a >= b
        case _:
            return None
    if isinstance(result, bool):
        return Constant(result, at.node)
    if isinstance(result, int) and abs(result) >= _SAFE:
        result = float(result) if abs(result) < 10**300 else math.inf
    if isinstance(result, float) and result.is_integer() and abs(result) < _SAFE:
        result = int(result)
    return Constant(result, at.node)


def _equal(left: Value, right: Value, *, loose: bool) -> bool | None:
    if loose:
        nullish = is_nullish(left), is_nullish(right)
        if None not in nullish and any(nullish):
            return all(nullish)
    if isinstance(left, Undefined) and isinstance(right, Undefined):
        return True
    if isinstance(left, Constant) and isinstance(right, Constant):
        same_type = _type_name(left) == _type_name(right)
        if loose and not same_type:
            return None
        return same_type and left.value == right.value
    constants = (Constant, Undefined)
    objects = (ObjectValue, ArrayValue, FunctionValue, ClassValue)
    mixed = (isinstance(left, constants) and isinstance(right, (*constants, *objects))) or (
        isinstance(right, constants) and isinstance(left, objects)
    )
    return False if mixed and not loose else None


def _type_name(value: Value) -> str | None:
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
        case ObjectValue() | ArrayValue():
            return "object"
        case _:
            return None


def _is_text(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, str)


def _is_number(value: Value) -> bool:
    return _type_name(value) == "number"


def _number(value: Value) -> int | float | None:
    if not isinstance(value, Constant):
        return None
    inner = value.value
    if inner is None or isinstance(inner, bool):
        return int(bool(inner))
    return inner if isinstance(inner, (int, float)) else None
