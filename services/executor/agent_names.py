"""The names of deployed agents, their versions and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PRODUCTION: Final = "production"
CANARY: Final = "canary"
NAME: Final = re.compile(r"[a-z0-9-]{1,63}")
LABEL: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
VERSION: Final = re.compile(r"[1-9][0-9]{0,17}")
HOW_TO_REFER: Final = (
    'Write NAME, NAME@LABEL or NAME@VERSION, such as "weather@production" or "weather@3"; a '
    "name has 1 to 63 of a-z, 0-9 and -."
)


@dataclass(frozen=True)
class AgentRef:
    """A deployed agent as a run names it: by a label, or by a version if that is not 0."""

    name: str
    label: str = PRODUCTION
    version: int = 0

    def __str__(self) -> str:
        """Return the reference's text."""
        return f"{self.name}@{self.version or self.label}"


def parse_ref(text: str) -> AgentRef:
    """Return what a text refers to; raises ValueError, which says how to write it."""
    name, at, which = text.partition("@")
    if NAME.fullmatch(name):
        if not at:
            return AgentRef(name)
        if VERSION.fullmatch(which):
            return AgentRef(name, version=int(which))
        if LABEL.fullmatch(which):
            return AgentRef(name, which)
    raise ValueError(HOW_TO_REFER)
