"""Reads ``using`` declarations, which the parser does not take, as the ``const`` of same length."""

from __future__ import annotations

from services.executor.bundle.index.concrete import tolerant_tree
from services.executor.bundle.index.concrete_node import ConcreteNode

_WORD = "using"
_HOLDERS = frozenset({"for_in_statement", "using_declaration"})


def without_using(text: str) -> str:
    """Return a text of the same length with ``const`` for ``using`` and ``await using``.

    What is declared is the same; only the end of its life differs, which is not read.
    """
    if _WORD not in text:
        return text
    pieces = list(text)
    stack: list[ConcreteNode] = [tolerant_tree(text)]
    while stack:
        node = stack.pop()
        if node.type in _HOLDERS:
            _replace(node, pieces)
        stack += node.children
    return "".join(pieces)


def _replace(node: ConcreteNode, pieces: list[str]) -> None:
    for child in node.children:
        if child.type == _WORD:
            pieces[child.start_byte : child.end_byte] = "const"
        elif child.type == "await" and node.type == "using_declaration":
            pieces[child.start_byte : child.end_byte] = "     "
