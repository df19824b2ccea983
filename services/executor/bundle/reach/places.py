"""Finds places of a tree: the way down to a place, the names around it, and assignments."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.executor.bundle.index.concrete_node import ConcreteNode, child_at
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.definitions import Definitions, definitions_of
from services.executor.bundle.reach.regions import Node

MAX_DEPTH = 2_000
MAX_CANDIDATES = 200
MAX_LOOKUPS = 20_000
MAX_NAME = 80
_ASSIGNS = re.compile(r"=(?![=>])")
_NAME_BEFORE = re.compile(r"(?:\?\?|\|\||&&)?\s*([\w$]*[A-Za-z_$])(?![\w$.])")


class Places:
    """The places of one tree; names around a function are read once.

    Args:
        root: the tree of the program.
        text: what it was made from.
    """

    def __init__(self, root: ConcreteNode, text: str) -> None:
        self.root = root
        self.text = text
        self._definitions: dict[tuple[int, int], Definitions] = {}
        self._assigned: dict[str, list[int]] | None = None
        self._checks_left = MAX_LOOKUPS
        self._looks_left = 10 * self._checks_left  # at text that turns out not to be an assignment

    def __repr__(self) -> str:
        """Show how many functions were read."""
        return f"Places(read={len(self._definitions)})"

    def path(self, start: int, end: int) -> list[Node]:
        """Return the nodes from the program down to the smallest that holds a range."""
        path = [self.root]
        for _ in range(MAX_DEPTH):
            child = child_at(path[-1], start)
            if child is None or child.start_byte > start or child.end_byte < end:
                break
            path.append(child)
        while len(path) > 1 and not path[-1].is_named:
            path.pop()
        return path

    def around(self, path: Iterable[Node]) -> Definitions | None:
        """Return the names around the end of a path; its last node counts as around it too."""
        scope: Definitions | None = None
        for node in path:
            if node.kind_id == grammar.PROGRAM or node.kind_id in grammar.FUNCTIONS:
                key = (node.start_byte, node.end_byte)
                known = self._definitions.get(key)
                if known is None:
                    known = self._definitions[key] = definitions_of(node, scope, self.text)
                scope = known
        return scope

    def assigned(
        self, scope: Definitions, name: str
    ) -> tuple[list[tuple[Node, Definitions | None]], bool]:
        """Return what is assigned to a name of ``scope`` from anywhere, with the names around it.

        The second part is False when the search reached its limit.
        """
        found: list[tuple[Node, Definitions | None]] = []
        begin, end = scope.node.start_byte, scope.node.end_byte
        checked = 0
        for at in self._all_assigned().get(name, ()):
            if not begin <= at < end:
                continue
            if checked >= MAX_CANDIDATES or self._checks_left <= 0 or self._looks_left <= 0:
                return found, False
            self._looks_left -= 1
            node = self.root.named_descendant_for_byte_range(at, at + 1)
            assignment = None if node is None else node.parent
            if assignment is None or assignment.kind_id != grammar.ASSIGNMENT:
                continue
            checked += 1
            self._checks_left -= 1
            inner = around = self.around(self.path(at, at + 1))
            while inner is not None and inner is not scope and not declares(inner, name):
                inner = inner.parent
            if inner is scope:
                found.append((assignment.named_children[-1], around))
        return found, True

    def _all_assigned(self) -> dict[str, list[int]]:
        """Return where a name occurs before `=`; a text search is fastest."""
        if self._assigned is None:
            self._assigned = {}
            text = self.text
            for sign in _ASSIGNS.finditer(text):
                end = sign.start()
                # Backwards, a name ends where its text begins: no search is needed.
                found = _NAME_BEFORE.match(text[max(0, end - MAX_NAME) : end][::-1])
                if found is not None:
                    name = found.group(1)[::-1]
                    self._assigned.setdefault(name, []).append(end - found.end(1))
        return self._assigned


def declares(scope: Definitions, name: str) -> bool:
    """Tell whether a scope itself has a name."""
    return name in scope.values or name in scope.parameters or name in scope.modules
