"""JavaScript's numbers: formatting, parsing and arithmetic.

A number is kept as ``int`` when it is whole, within 2**53 and not -0, else as ``float``; see
``canonical``. Follows ECMA-262, sections 6.1.6.1 and 7.1.4.1. Where engines may differ in the last
bit (``**``) only exact results are returned; others are None, for unknown.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

SAFE = 2**53
SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
SPACE += "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_PREFIXED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_MAX_DIGITS = 4_000


def canonical(number: int | float) -> int | float:
    """Return ``number`` in its stored form: ``int`` for whole numbers, else ``float``."""
    if isinstance(number, int) and abs(number) <= SAFE:
        return int(number)
    whole = as_float(number)
    if whole.is_integer() and abs(whole) <= SAFE and (whole or math.copysign(1, whole) > 0):
        return int(whole)
    return whole


def as_float(number: int | float) -> float:
    """Return the double that JavaScript uses for ``number``."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def number_text(number: int | float) -> str:
    """Return what ``String(number)`` is in JavaScript."""
    if isinstance(number, int) and abs(number) < SAFE:
        return str(number)
    value = as_float(number)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    # The point comes after ``point`` digits, as n of Number::toString.
    point = len(whole) + int(exponent or "0") - (len(whole + fraction) - len(digits))
    return sign + _laid_out(digits.rstrip("0"), point)


def _laid_out(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"{digits[0]}.{digits[1:]}{exponent}" if count > 1 else digits + exponent


def number_of_text(text: str) -> int | float:
    """Return what ``Number(text)`` is in JavaScript; NaN if it is not a number."""
    bare = text.strip(SPACE)
    if not bare:
        return 0
    if len(bare) > _MAX_DIGITS:
        return math.nan
    if _PREFIXED.fullmatch(bare):
        return canonical(int(bare, 0))
    if not _DECIMAL.fullmatch(bare):
        return math.nan
    return canonical(float(bare))


def leading_number(text: str) -> int | float:
    """Return what ``parseFloat(text)`` is in JavaScript."""
    match = _DECIMAL.match(text.lstrip(SPACE)[:_MAX_DIGITS])
    return canonical(float(match[0])) if match else math.nan


def int32(number: int | float) -> int:
    """Return ``number | 0``."""
    whole = uint32(number)
    return whole - 2**32 if whole >= 2**31 else whole


def uint32(number: int | float) -> int:
    """Return ``number >>> 0``."""
    return int(number) % 2**32 if math.isfinite(as_float(number)) else 0


def arithmetic(operator: str, left: int | float, right: int | float) -> int | float | None:
    """Return ``left operator right`` for numbers; None for other operators or if unknown."""
    a, b = as_float(left), as_float(right)
    match operator:
        case "+":
            return canonical(a + b)
        case "-":
            return canonical(a - b)
        case "*":
            return canonical(a * b)
        case "/":
            return canonical(_quotient(a, b))
        case "%":
            return canonical(_remainder(a, b))
        case "**":
            return _power(left, right)
        case _:
            return _bitwise(operator, left, right)


def _quotient(a: float, b: float) -> float:
    if b:
        return a / b
    if math.isnan(a) or math.isnan(b) or not a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1, b)


def _remainder(a: float, b: float) -> float:
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or not b:
        return math.nan
    return math.fmod(a, b)


def _power(base: int | float, exponent: int | float) -> int | float | None:
    if exponent == 0:
        return 1
    if not (isinstance(base, int) and isinstance(exponent, int)) or abs(exponent) > 1074:
        return None
    if base == 0 and exponent < 0:
        return math.inf
    if abs(base) > SAFE or abs(exponent) * max(base.bit_length(), 1) > 2_000:
        return None
    exact = Fraction(base) ** exponent
    try:
        rounded = float(exact)
    except OverflowError:
        return None
    return canonical(rounded) if Fraction(rounded) == exact else None


def _bitwise(operator: str, left: int | float, right: int | float) -> int | None:
    shift = uint32(right) & 31
    match operator:
        case "&":
            return int32(int32(left) & int32(right))
        case "|":
            return int32(int32(left) | int32(right))
        case "^":
            return int32(int32(left) ^ int32(right))
        case "<<":
            return int32(int32(left) << shift)
        case ">>":
            return int32(left) >> shift
        case ">>>":
            return uint32(left) >> shift
        case _:
            return None
