"""Describes a service's settings for ``--help``, from the settings class itself.

Both services declare them as a frozen dataclass whose docstring has an ``Attributes:`` part, with
a prefix that makes ``call_fuel`` the variable ``CAISSON_TOOLRUNNER_CALL_FUEL``.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, dataclass, fields

# In a docstring without its common indentation.
ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*)$")
CONTINUED = re.compile(r"^ {8,}(\S.*)$")


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, its default as text, and what it means."""

    variable: str
    default: str
    meaning: str


def settings_of(settings_class: type, prefix: str) -> list[Setting]:
    """Return the settings of a class in order, and then those of the classes that it extends."""
    meanings: dict[str, str] = {}
    for each in settings_class.__mro__:
        for name, meaning in attribute_meanings(each.__doc__ or "").items():
            meanings.setdefault(name, meaning)
    known = {each.name: each for each in fields(settings_class)}
    names = dict.fromkeys([*meanings, *known])
    return [
        Setting(prefix + name.upper(), default_text(known[name].default), meanings.get(name, ""))
        for name in names
        if name in known
    ]


def attribute_meanings(docstring: str) -> dict[str, str]:
    """Return the meaning of each name in the ``Attributes:`` part of a docstring.

    Python 3.13 removes the common indentation of docstrings; older versions keep it.
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
