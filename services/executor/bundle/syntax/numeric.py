"""JavaScript's numbers: formatting and arithmetic.

A number is kept as ``int`` when it is whole, within 2**53 and not -0, else as ``float``; see
``canonical``. Follows ECMA-262, section 6.1.6.1. Where engines may differ in the last bit (``**``)
only exact results are returned; others, and rare operators, are None: the sandbox is asked.
"""

from __future__ import annotations

import math

SAFE = 2**53
SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
SPACE += "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


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
            return canonical(a / b) if b else None
        case "**":
            return _power(left, right)
        case "<<" | "|":
            return _of_bits(operator, left, right)
        case _:
            return None


def _power(base: int | float, exponent: int | float) -> int | None:
    """Return a power that is a whole number which a double holds exactly."""
    if not (isinstance(base, int) and isinstance(exponent, int)) or not 0 <= exponent <= 53:
        return None
    power = base**exponent if abs(base) <= SAFE else SAFE + 1
    return power if abs(power) <= SAFE else None


def _of_bits(operator: str, left: int | float, right: int | float) -> int | None:
    """Return what flags are made with, such as ``1 << 3``, of small whole numbers."""
    if not (isinstance(left, int) and isinstance(right, int)) or min(left, right) < 0:
        return None
    if operator == "<<" and right > 31:
        return None
    made = left << right if operator == "<<" else left | right
    return made if made < 2**31 else None
