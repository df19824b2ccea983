"""Describes a service's settings for ``--help``, from the settings class itself.

Both services declare them alike: a frozen dataclass whose docstring has an ``Attributes:`` part,
and a prefix that makes ``call_fuel`` the variable ``CAISSON_TOOLRUNNER_CALL_FUEL``.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, dataclass, fields

# Of a docstring whose common indentation is gone.
ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*)$")
CONTINUED = re.compile(r"^ {8,}(\S.*)$")


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, its default as text, and what it means."""

    variable: str
    default: str
    meaning: str


def settings_of(settings_class: type, prefix: str) -> list[Setting]:
    """Return every setting of a settings class, in its order."""
    meanings = attribute_meanings(settings_class.__doc__ or "")
    return [
        Setting(prefix + each.name.upper(), default_text(each.default), meanings.get(each.name, ""))
        for each in fields(settings_class)
    ]


def attribute_meanings(docstring: str) -> dict[str, str]:
    """Return what the ``Attributes:`` part of a docstring says of each name.

    Python 3.13 takes the common indentation out of docstrings, and older ones leave it.
    """
    meanings: dict[str, str] = {}
    current = ""
    text = inspect.cleandoc(docstring).replace("``", "")
    for line in text.partition("Attributes:")[2].splitlines():
        if begun := ATTRIBUTE.match(line):
            current = begun[1]
            meanings[current] = begun[2]
        elif current and (more := CONTINUED.match(line)):
            meanings[current] += " " + more[1]
    return meanings


def default_text(value: object) -> str:
    """Return a default as a person would write it."""
    if value is MISSING or value is None or value == "":
        return "not set"
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "not set"
    return str(value)
