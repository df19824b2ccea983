"""Finds where a program may use a name, from its text and its concrete tree."""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.index.indexed import IndexedTree
from services.executor.bundle.index.language import FUNCTIONS
from services.executor.bundle.index.shadows import Shadows
from services.executor.bundle.index.words import words
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import Scope
from services.executor.bundle.syntax.syntax import Node


class Uses:
    """The places of a program's names; what another declaration of the name hides is left out."""

    def __init__(self, parsed: ParsedProgram) -> None:
        self._parsed = parsed
        tree = parsed.tree
        self._concrete = tree.concrete if isinstance(tree, IndexedTree) else None
        self._shadows = None if self._concrete is None else Shadows(self._concrete)

    def __repr__(self) -> str:
        """Show how much text it covers."""
        return f"Uses(characters={len(self._parsed.text)})"

    def of(self, name: str, scope: Scope) -> Iterator[int]:
        """Yield where ``name``, declared in ``scope``, may be used."""
        start, end = scope.node._start, scope.node._end
        if scope.parent is None or start is None:
            start, end = 0, len(self._parsed.text)
        for at in words(self._parsed.text, name, start, end):
            if not self._is_hidden(name, scope, at):
                yield at

    def within(self, owner: Node, word: str) -> Iterator[int]:
        """Yield where ``word`` stands in a class, a function or an object."""
        return words(self._parsed.text, word, owner._start, owner._end)

    def _is_hidden(self, name: str, scope: Scope, at: int) -> bool:
        if self._concrete is None or self._shadows is None:
            return False
        node = self._concrete.root
        if scope.parent is not None:
            around = node.descendant_for_byte_range(scope.node._start, scope.node._end)
            node = node if around is None else around
            if node.type in FUNCTIONS:  # what its body declares is declared in its scope
                body = node.child_by_field_name("body")
                if body is not None and body.start_byte <= at < body.end_byte:
                    node = body
        return self._shadows.hides(node, name, at, below=True)
