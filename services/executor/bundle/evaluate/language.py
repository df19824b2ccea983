"""Built-in functions on primitives: ``String``, ``Number``, ``Math.max``, ``parseInt``.

Each is a few lines of our own on constants; None means not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from services.executor.bundle.evaluate.operators import number_of, text_of
from services.executor.bundle.evaluate.values import (
    BigInt,
    Constant,
    Undefined,
    Value,
    text_constant,
    truthiness,
)
from services.executor.bundle.syntax.numeric import (
    SAFE,
    SPACE,
    arithmetic,
    as_float,
    canonical,
    int32,
    leading_number,
)
from services.executor.bundle.syntax.syntax import Node

Function: TypeAlias = Callable[[tuple[Value, ...], Node], Value | None]
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_DIGITS = 15


def _first(arguments: tuple[Value, ...], node: Node) -> Value:
    return arguments[0] if arguments else Undefined(node)


def _string(arguments: tuple[Value, ...], node: Node) -> Value | None:
    text = text_of(arguments[0]) if arguments else ""
    return None if text is None else text_constant(text, node)


def _number(arguments: tuple[Value, ...], node: Node) -> Value | None:
    first = arguments[0] if arguments else Constant(0, node)
    if isinstance(first, BigInt):
        return Constant(canonical(first.value), node)
    number = number_of(first)
    return None if number is None else Constant(number, node)


def _boolean(arguments: tuple[Value, ...], node: Node) -> Value | None:
    truth = truthiness(_first(arguments, node))
    return None if truth is None else Constant(truth, node)


def _parse_float(arguments: tuple[Value, ...], node: Node) -> Value | None:
    text = text_of(_first(arguments, node))
    return None if text is None else Constant(leading_number(text), node)


def _parse_int(arguments: tuple[Value, ...], node: Node) -> Value | None:
    text = text_of(_first(arguments, node))
    given = number_of(arguments[1]) if len(arguments) > 1 else 0
    if text is None or given is None:
        return None
    text, base = text.lstrip(SPACE), int32(given)
    negative = text.startswith("-")
    text = text[1:] if text[:1] in ("+", "-") else text
    if base in (0, 16) and text[:2].lower() == "0x":
        text, base = text[2:], 16
    base = base or 10
    if not 2 <= base <= 36:
        return Constant(math.nan, node)
    allowed = _DIGITS[:base]
    count = next((i for i, c in enumerate(text) if c.lower() not in allowed), len(text))
    digits = text[:count]
    if not digits:
        return Constant(math.nan, node)
    if len(digits) > _MAX_DIGITS or not digits.isascii():
        return None
    whole = int(digits, base)
    if whole > SAFE:
        return None
    return Constant(canonical(-float(whole) if negative else whole), node)


def _tested(test: Callable[[float], bool], *, converts: bool) -> Function:
    """Return ``isNaN`` and the like; those of ``Number`` do not convert their argument."""

    def function(arguments: tuple[Value, ...], node: Node) -> Value | None:
        value = _first(arguments, node)
        number = number_of(value)
        if number is None:
            return None
        kept = isinstance(value, Constant) and not isinstance(value.value, (str, bool, type(None)))
        return Constant((kept or converts) and test(as_float(number)), node)

    return function


def _rounded(change: Callable[[float], float]) -> Function:
    """Return ``Math.floor`` and the like, which keep the sign of zero."""

    def function(arguments: tuple[Value, ...], node: Node) -> Value | None:
        number = number_of(_first(arguments, node))
        if number is None:
            return None
        value = as_float(number)
        if value and math.isfinite(value) and abs(value) < SAFE:
            value = _signed(change(value), value)
        return Constant(canonical(value), node)

    return function


def _signed(result: float, value: float) -> float:
    """Return a rounded number; a negative number rounded to zero is -0."""
    return -0.0 if result == 0 and value < 0 else float(result)


def _half_up(value: float) -> float:
    whole = math.floor(value)
    return float(whole + 1 if value - whole >= 0.5 else whole)


def _absolute(arguments: tuple[Value, ...], node: Node) -> Value | None:
    number = number_of(_first(arguments, node))
    return None if number is None else Constant(canonical(abs(as_float(number))), node)


def _extreme(*, largest: bool) -> Function:
    def function(arguments: tuple[Value, ...], node: Node) -> Value | None:
        numbers = [number_of(argument) for argument in arguments]
        if None in numbers:
            return None
        values = [as_float(number) for number in numbers if number is not None]
        if any(math.isnan(value) for value in values):
            return Constant(math.nan, node)
        if not values:
            return Constant(-math.inf if largest else math.inf, node)
        # -0 is less than 0.
        ordered = sorted(values, key=lambda value: (value, math.copysign(1, value)))
        return Constant(canonical(ordered[-1 if largest else 0]), node)

    return function


def _power(arguments: tuple[Value, ...], node: Node) -> Value | None:
    numbers = [number_of(argument) for argument in arguments[:2]]
    if len(numbers) < 2 or numbers[0] is None or numbers[1] is None:
        return None
    result = arithmetic("**", numbers[0], numbers[1])
    return None if result is None else Constant(result, node)


_IS_SAFE = 2**53 - 1
FUNCTIONS: dict[tuple[str, ...], Function] = {
    ("Boolean",): _boolean,
    ("Math", "abs"): _absolute,
    ("Math", "ceil"): _rounded(math.ceil),
    ("Math", "floor"): _rounded(math.floor),
    ("Math", "max"): _extreme(largest=True),
    ("Math", "min"): _extreme(largest=False),
    ("Math", "pow"): _power,
    ("Math", "round"): _rounded(_half_up),
    ("Math", "trunc"): _rounded(math.trunc),
    ("Number",): _number,
    ("Number", "isFinite"): _tested(math.isfinite, converts=False),
    ("Number", "isInteger"): _tested(float.is_integer, converts=False),
    ("Number", "isNaN"): _tested(math.isnan, converts=False),
    ("Number", "isSafeInteger"): _tested(
        lambda value: value.is_integer() and abs(value) <= _IS_SAFE, converts=False
    ),
    ("Number", "parseFloat"): _parse_float,
    ("Number", "parseInt"): _parse_int,
    ("String",): _string,
    ("isFinite",): _tested(math.isfinite, converts=True),
    ("isNaN",): _tested(math.isnan, converts=True),
    ("parseFloat",): _parse_float,
    ("parseInt",): _parse_int,
}

_NUMBERS: dict[tuple[str, ...], int | float] = {
    ("Infinity",): math.inf,
    ("Math", "E"): math.e,
    ("Math", "PI"): math.pi,
    ("NaN",): math.nan,
    ("Number", "EPSILON"): 2.0**-52,
    ("Number", "MAX_SAFE_INTEGER"): _IS_SAFE,
    ("Number", "MAX_VALUE"): 1.7976931348623157e308,
    ("Number", "MIN_SAFE_INTEGER"): -_IS_SAFE,
    ("Number", "MIN_VALUE"): 5e-324,
    ("Number", "NEGATIVE_INFINITY"): -math.inf,
    ("Number", "NaN"): math.nan,
    ("Number", "POSITIVE_INFINITY"): math.inf,
}


def global_number(path: tuple[str, ...], node: Node) -> Constant | None:
    """Return a number that a global name stands for, such as ``Number.MAX_SAFE_INTEGER``."""
    number = _NUMBERS.get(path)
    return None if number is None else Constant(number, node)
