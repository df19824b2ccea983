"""Differences between the guest's engine and Node's that are allowed, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tests.engine.odd import Difference

NUMBER: Final = re.compile(r"^(-?[\d.]+(?:e[+-]?\d+)?)(.*)$", re.DOTALL)
# The arguments that ask for gigabytes, which Node has.
LARGE: Final = re.compile(r"\b(int|wide|unsafe|huge|third|date|many)\b")


def is_nearly_equal(difference: Difference) -> bool:
    """Whether two numbers differ in their last digit at most."""
    one, other = NUMBER.match(difference.node), NUMBER.match(difference.guest or "")
    if one is None or other is None or one[2] != other[2]:
        return False
    return abs(float(one[1]) - float(other[1])) <= 4e-16 * abs(float(one[1]))


def asks_for_much(difference: Difference) -> bool:
    """Whether Node gave a large value and the guest has no room for it."""
    refused = (difference.guest or "").startswith(("threw RangeError", "threw InternalError"))
    return refused and LARGE.search(difference.call) is not None


def is_large_integer(difference: Difference) -> bool:
    """Whether an integer over 2 ** 53 was written with other digits after the same 12."""
    return difference.node[:13] == (difference.guest or "")[:13] and "." not in difference.node


def has_stack(difference: Difference) -> bool:
    """Whether the keys of an error, or of its prototype, were asked for."""
    return "error" in difference.call


def has_tiny_space(difference: Difference) -> bool:
    """Whether the space of a JSON text is between 0 and 1: 25.5.2, step 7 makes no gap of it."""
    return re.search(r",(tenth|tiny)\)#", difference.call) is not None


# By functions: (which, when, why).
ALLOWED: Final[list[tuple[str, Callable[[Difference], bool], str]]] = [
    (r"^Math\.", is_nearly_equal, "the standard leaves the last digit to the implementation"),
    (r"^Number\.prototype\.toString", is_large_integer, "digits beyond the precision of a number"),
    (r"^(Object|Reflect)\.(getOwnProp|ownKeys|getProto)", has_stack, "`stack` is on the prototype"),
    (r"^JSON\.stringify", has_tiny_space, "V8 breaks lines where the standard has no gap"),
    (r"Array|Buffer|^String\.prototype\.(repeat|pad)", asks_for_much, "4 GiB of memory and less"),
]


def reason(difference: Difference) -> str | None:
    """Return why a difference is allowed, or None."""
    for functions, when, why in ALLOWED:
        if re.search(functions, difference.function) and when(difference):
            return why
    return None
