"""Finds what changes what a name holds.

Functions do, ``() => { list.push(x); text += y; }``, and statements that do so on a condition,
``if (process.env.X) text = y;``.
"""

from __future__ import annotations

import re

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.definitions import Definitions
from services.executor.bundle.reach.places import Places, declares

MAX_CHANGES = 200
# Occurrences of all names together.
MAX_PLACES = 200_000
# What follows a name that is changed, or whose member is.
_CHANGED = re.compile(
    r"(?![\w$])(?:\s*(?:\?\.|\.)\s*[\w$#]+|\s*\[[^\]\n]{0,80}\])*\s*"
    r"(?:(?:[-+*/%&|^?]{0,2}|<<|>>>?|\*\*)=(?![=>])|\+\+|--"
    r"|(?<=push|.add|.set|pend|hift|lice|fill|sort|erse|.pop|thin)\s*\()"
)
_BEFORE = re.compile(r"[\w$.]")


class Changes:
    """What changes names in one tree; each name is looked for once."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._found: dict[tuple[int, str], tuple[list[ConcreteNode], bool]] = {}
        self._left = MAX_PLACES

    def __repr__(self) -> str:
        """Show how many names were looked for."""
        return f"Changes(names={len(self._found)})"

    def of(self, scope: Definitions, name: str) -> tuple[list[ConcreteNode], bool]:
        """Return what changes a name of ``scope`` inside of it, and whether that is all."""
        key = (id(scope), name)
        if key not in self._found:
            self._found[key] = self._search(scope, name)
        return self._found[key]

    def _search(self, scope: Definitions, name: str) -> tuple[list[ConcreteNode], bool]:
        found: dict[int, ConcreteNode] = {}
        begin, end = scope.node.start_byte, scope.node.end_byte
        text = self._places.text
        # Searching with a pattern would take a quarter of a second for a megabyte.
        at = text.find(name, begin, end)
        while at >= 0:
            start, at = at, text.find(name, at + len(name), end)
            self._left -= 1
            if self._left < 0 or len(found) >= MAX_CHANGES:
                return list(found.values()), False
            if _BEFORE.match(text, max(0, start - 1), start):
                continue
            if _CHANGED.match(text, start + len(name), end) is None:
                continue
            path = self._places.path(start, start + 1)
            inner = self._places.around(path)
            while inner is not None and inner is not scope and not declares(inner, name):
                inner = inner.parent
            changing = _changing(path, begin) if inner is scope else None
            if changing is not None:
                found[changing.start_byte] = changing
        return list(found.values()), True


def _changing(path: list[ConcreteNode], begin: int) -> ConcreteNode | None:
    """Return the innermost function around a change, or the outermost condition; None for none."""
    inside = [node for node in path if node.start_byte > begin]
    functions = [node for node in inside if node.kind_id in grammar.FUNCTIONS]
    conditions = [node for node in inside if node.kind_id in grammar.CONDITIONS]
    return next(iter([*functions[-1:], *conditions[:1]]), None)
