"""Functions on primitives that programs are compiled to, and the numbers that globals stand for.

Each is a few lines of our own on constants; None means not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from services.executor.bundle.evaluate.operators import binary, number_of, text_of
from services.executor.bundle.evaluate.values import (
    BigInt,
    Constant,
    Undefined,
    Value,
    text_constant,
    truthiness,
)
from services.executor.bundle.syntax.numeric import canonical
from services.executor.bundle.syntax.syntax import Node

Function: TypeAlias = Callable[[tuple[Value, ...], Node], Value | None]


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


def _power(arguments: tuple[Value, ...], node: Node) -> Value | None:
    """Return ``Math.pow(a, b)``, as compilers write ``a ** b`` for old engines."""
    if len(arguments) < 2:
        return None
    made = binary("**", arguments[0], arguments[1])
    return None if made is None else replace(made, node=node)


FUNCTIONS: dict[tuple[str, ...], Function] = {
    ("Boolean",): _boolean,
    ("Math", "pow"): _power,
    ("Number",): _number,
    ("String",): _string,
}

_IS_SAFE = 2**53 - 1
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
