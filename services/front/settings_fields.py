"""How both services declare, read and check their settings.

A settings class is a frozen dataclass. The metadata of each field says how to parse the variable's
text, how to name its type in an error, and its range. All problems are collected, so that a user
sees them at once.
"""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from typing import Any, Final

from services.front.listening import UNIX
from services.front.secret_files import contents, secret_files

LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
WORDS: Final = {
    **dict.fromkeys(("1", "true", "on", "yes"), True),
    **dict.fromkeys(("0", "false", "off", "no"), False),
}
# Kubernetes sets these for Services named caisson-executor and caisson-toolrunner.
SERVICE_LINK: Final = r"(?:PORT$|PORT_|SERVICE_)"
SHOWN_CHARACTERS: Final = 200
NEAR: Final = 0.7


class WrongTextError(ValueError):
    """A variable's text is wrong; the message follows the variable's name, and shows no secret."""


def declared(default: Any, parse: Callable[[str], Any], kind: str, **more: Any) -> Any:
    """Declare a setting; ``kind`` names its type in errors."""
    return field(default=default, metadata={"parse": parse, "kind": kind, **more})


def whole(default: int, low: int, high: int) -> int:
    """Declare a whole number between ``low`` and ``high``, inclusive."""
    number: int = declared(default, int, "a whole number", low=low, high=high)
    return number


def seconds(default: float, low: float, high: float) -> float:
    """Declare a time in seconds between ``low`` and ``high``, inclusive."""
    number: float = declared(default, float, "a number of seconds", low=low, high=high)
    return number


def at_most(low: float, high: float, parse: type[int | float] = int) -> Any:
    """Declare an optional whole number between ``low`` and ``high``, inclusive."""
    kind = "a whole number" if parse is int else "a number"
    return declared(None, parse, kind, low=low, high=high)


def connection_age(default: float) -> float:
    """Declare seconds after which clients are asked to leave a connection; the most is 24 days."""
    return seconds(default, 1.0, 2_000_000.0)


def switch(default: bool = False) -> bool:
    """Declare a boolean."""
    value: bool = declared(default, _switch, "true or false")
    return value


def log_level() -> str:
    """Declare the log level."""
    level: str = declared("INFO", _level, f"one of {', '.join(LOG_LEVELS)}", choices=LOG_LEVELS)
    return level


def one_of(default: str, choices: tuple[str, ...]) -> str:
    """Declare one of some words."""

    def word(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    chosen: str = declared(default, word, f"one of {', '.join(choices)}", choices=choices)
    return chosen


def listening_address(default: str) -> str:
    """Declare ``host:port`` or ``unix:/path``."""
    address: str = declared(default, str, "an address", address=True)
    return address


def optional_address(example: str) -> str:
    """Declare ``host:port``, empty by default; ``example`` is shown where it is malformed."""
    address: str = declared("", str, "an address", address=True, example=example)
    return address


def read_fields(
    settings_class: type, prefix: str, environment: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Return the values set in the environment or in files it names, and the problems found."""
    known = {prefix + each.name.upper(): each for each in fields(settings_class)}
    link = re.compile(re.escape(prefix) + SERVICE_LINK)
    files = secret_files(known)
    problems = [
        _unknown(name, sorted(known), prefix)
        for name in sorted(environment)
        if name.startswith(prefix) and name not in {*known, *files} and not link.match(name)
    ]
    secrets, unread = contents(files, environment)
    problems += unread
    given = {**environment, **secrets}
    values = {}
    for name, each in known.items():
        if name not in given:
            continue
        text = given[name].strip()
        try:
            values[each.name] = each.metadata.get("parse", str)(text)
        except WrongTextError as error:
            problems.append(f"{name} {error}")
        except ValueError:
            problems.append(f"{name} {_shown(text)}; it must be {each.metadata['kind']}.")
    return values, problems


def wrong_values(settings_class: type, prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of each field's value on its own."""
    problems = []
    for each in fields(settings_class):
        value, rule = values[each.name], each.metadata
        name = prefix + each.name.upper()
        if "low" in rule and value is not None:
            if not math.isfinite(value) or not rule["low"] <= value <= rule["high"]:
                bounds = f"between {rule['low']} and {rule['high']}"
                problems.append(f"{name} is {value}; it must be {bounds}.")
        elif "choices" in rule and value not in rule["choices"]:
            problems.append(f"{name} is {value!r}; it must be one of {', '.join(rule['choices'])}.")
        elif "address" in rule and value != each.default and not is_address(value):
            example = rule.get("example") or each.default
            problems.append(
                f"{name} {_shown(value)}; it must be HOST:PORT such as {example}, or unix:/path."
            )
    return problems


def all_or_none(
    prefix: str, values: Mapping[str, Any], names: Sequence[str], purpose: str
) -> list[str]:
    """Return the problem that only some of the settings ``names`` are set, if so.

    ``purpose`` is what needs all of them.
    """
    missing = [prefix + name for name in names if not values[name.lower()]]
    if not missing or len(missing) == len(names):
        return []
    verb = "is" if len(missing) == 1 else "are"
    needed = ", ".join(prefix + name for name in names)
    return [f"{' and '.join(missing)} {verb} not set: {purpose} needs all of {needed}."]


def wrong_ports(
    prefix: str, values: Mapping[str, Any], known: Sequence[str], more: Sequence[str]
) -> list[str]:
    """Return a problem for each address of the settings ``more`` that another of all has."""
    taken = {values[name]: prefix + name.upper() for name in known}
    problems = []
    for name in more:
        address, setting = values[name], prefix + name.upper()
        if not address or address.endswith(":0"):
            continue
        if address in taken:
            problems.append(
                f"{taken[address]} and {setting} are both {address}; choose another for one."
            )
        taken.setdefault(address, setting)
    return problems


def wrong_without(
    prefix: str, values: Mapping[str, Any], part: type, needed: str, what: str
) -> list[str]:
    """Return a problem for each setting of ``part`` that has no effect while ``needed`` is empty.

    Args:
        prefix: of the variables.
        values: of all settings, by field name.
        part: the dataclass that declares the settings; those with their default are no problem.
        needed: the field without which they do nothing.
        what: says what the needed setting is.
    """
    if values[needed]:
        return []
    return [
        f"{prefix}{name.upper()} is set, and {prefix}{needed.upper()}, {what}, is not."
        for name, default in defaults(part).items()
        if values[name] != default
    ]


def defaults(settings_class: type) -> dict[str, Any]:
    """Return the default of every field."""
    return {each.name: _default(each) for each in fields(settings_class)}


def all_told(problems: Sequence[str]) -> str:
    """Return one text that lists all problems."""
    if len(problems) == 1:
        return problems[0]
    return "\n".join([f"{len(problems)} settings are wrong:", *(f"- {each}" for each in problems)])


def is_address(address: str) -> bool:
    """Tell whether an address is ``host:port`` or ``unix:/path``."""
    if address.startswith(UNIX):
        return bool(Path(address.removeprefix(UNIX)).name)
    host, _, port = address.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and int(port) <= 65535


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # only Linux says which ones
        return os.cpu_count() or 1


def user_folder(environment: Mapping[str, str], variable: str, below_home: str) -> str:
    """Return our folder below one of the user's, empty when the user has none."""
    if environment.get(variable):
        return str(Path(environment[variable]) / "caisson")
    home = environment.get("HOME")
    return str(Path(home) / below_home / "caisson") if home else ""


def _unknown(name: str, known: Sequence[str], prefix: str) -> str:
    own = [each.removeprefix(prefix) for each in known]
    near = difflib.get_close_matches(name.removeprefix(prefix).upper(), own, n=1, cutoff=NEAR)
    if near:
        return f"Unknown setting {name}. Did you mean {prefix}{near[0]}?"
    return f"Unknown setting {name}. Valid settings: {', '.join(known)}."


def _shown(text: str) -> str:
    """Return what a setting is; what has parts is not shown, a key or password may be one."""
    if "{" in text or "@" in text:
        return "has a wrong value, which is not shown since keys may be in it"
    return f"is {text[:SHOWN_CHARACTERS]!r}"


def _switch(text: str) -> bool:
    if text.lower() not in WORDS:
        raise ValueError(text)
    return WORDS[text.lower()]


def _level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(text)
    return text.upper()


def _default(each: Field[Any]) -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default
