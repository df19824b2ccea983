"""Plain environment values: addresses, regions, flags, ids that tools see as they are.

Unlike a secret, a plain value enters the sandbox. It is only a string there: `NODE_OPTIONS` and the
like configure nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.executor.egress.audience import EVERYBODY, Audience

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
MAX_VALUES: Final = 128
MAX_VALUE_BYTES: Final = 32 * 1024
MAX_BYTES: Final = 128 * 1024


@dataclass(frozen=True)
class PlainValue:
    """One value: its name, its text, and who gets it."""

    name: str
    value: str = field(repr=False)
    audience: Audience = EVERYBODY


def value_problem(name: str, value: str) -> str:
    """Return why a value cannot be in an environment, "" if it can."""
    if not NAME.fullmatch(name):
        return f"{name[:60]!r} is not a variable's name; use letters, digits and _."
    if "\0" in value:
        return f"{name} contains a zero byte, which no environment can hold."
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return f"{name} is not UTF-8."
    if size > MAX_VALUE_BYTES:
        return f"{name} has {size} bytes; at most {MAX_VALUE_BYTES} may be."
    return ""


def values_problem(values: Mapping[str, str]) -> str:
    """Return why values cannot be given to one run, "" if they can."""
    if len(values) > MAX_VALUES:
        return f"There are {len(values)} values; at most {MAX_VALUES} may be."
    for name, value in values.items():
        if problem := value_problem(name, value):
            return problem
    size = sum(len(name) + len(value.encode()) for name, value in values.items())
    return f"They have {size} bytes; at most {MAX_BYTES} may be." if size > MAX_BYTES else ""


def both_problem(plain: Collection[str], secrets: Collection[str]) -> str:
    """Return why names cannot be plain values and secrets at once, "" if none is."""
    both = sorted(set(plain).intersection(secrets))
    if not both:
        return ""
    return (
        f"{both[0]} is both a secret and a plain value. Tools would see the plain value as it is: "
        "leave out one of them."
    )


def strings_of(context: Mapping[str, object]) -> dict[str, str]:
    """Return the strings in a runtime context's own ``env``, with the names that variables have.

    What else is there is only in the calls' context. The caller checks ``values_problem``.
    """
    given = context.get("env")
    if not isinstance(given, Mapping):
        return {}
    return {
        name: value
        for name, value in given.items()
        if isinstance(name, str) and isinstance(value, str) and NAME.fullmatch(name)
    }
