"""Finds variables that look like settings but belong to no service: misspelt prefixes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Final

OURS: Final = "CAISSON_"
OF_A_SERVICE: Final = ("CAISSON_EXECUTOR_", "CAISSON_TOOLRUNNER_")
# Of the tools in this repository, and of the command, for the server that it calls.
OF_TOOLS: Final = frozenset(
    {
        *("CAISSON_API_KEY", "CAISSON_API_KEY_FILE", "CAISSON_BASE"),
        *("CAISSON_SERVER_CA", "CAISSON_SERVER_CERT", "CAISSON_SERVER_KEY"),
    }
)
# Kubernetes sets these for every Service whose name begins with caisson.
SERVICE_LINK: Final = re.compile(r"CAISSON_(?:\w+_)?(?:PORT|SERVICE_HOST|SERVICE_PORT)(?:_\w+)?")


def names_of(settings_class: type, prefix: str) -> list[str]:
    """Return the variables of a settings class."""
    return [prefix + each.name.upper() for each in fields(settings_class)]


def ignored(names: Iterable[str], known: Collection[str], used: Collection[str] = ()) -> list[str]:
    """Return a warning for each unused variable that starts like one of ours.

    Args:
        names: the names in the environment.
        known: the settings; the nearest name is suggested from these.
        used: other names that are read, such as those of secrets.
    """
    return [
        _warning(name, known)
        for name in sorted(names)
        if name.startswith(OURS)
        and not name.startswith(OF_A_SERVICE)
        and name not in OF_TOOLS
        and name not in used
        and not SERVICE_LINK.fullmatch(name)
    ]


def _warning(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.7)
    if not near:
        first, rest = OURS + name.split("_")[1] + "_", "_".join(name.split("_")[2:])
        near = [
            each + rest for each in difflib.get_close_matches(first, OF_A_SERVICE, n=1, cutoff=0.8)
        ]
    begin = f"Settings begin with {' or '.join(OF_A_SERVICE)}."
    meant = f"Did you mean {near[0]}?" if near else begin
    return f"The variable {name} is ignored, as it is no setting. {meant}"
