"""The names that a binding pattern declares, with the members each one stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import ANY, Chain

MAX_PARTS = 1000
_TABLE = re.compile(
    r"""(?:[\[\],\s+-]++|\.?\d[\w.]*+|"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+')*+"""
)
_TABLE_SIZE = 200


class Tables:
    """Tells long nested lists of numbers and strings, which mention no names, from others.

    Args:
        text: the bundle.
        max_compared: characters that may be compared; past it, nothing is a table.
    """

    def __init__(self, text: str, max_compared: int) -> None:
        self._text = text
        self._left = max_compared

    def __repr__(self) -> str:
        """Show how much may still be compared."""
        return f"Tables(left={self._left})"

    def holds(self, node: ConcreteNode) -> bool:
        """Tell whether an array is a table; a short one is not worth checking."""
        size = node.end_byte - node.start_byte
        if size < _TABLE_SIZE or size > self._left:
            return False
        self._left -= size
        return _TABLE.fullmatch(self._text, node.start_byte, node.end_byte) is not None


def pattern_parts(
    pattern: ConcreteNode, text: str
) -> Iterator[tuple[str | None, Chain, ConcreteNode | None]]:
    """Yield (name, members, expression) for a pattern: its names and the expressions in it.

    The members of an element of a list and of a rest are ``ANY``. A name is None where only an
    expression is yielded: a default, or a computed key. Past 1,000 parts nothing more is yielded.
    """
    stack: list[tuple[ConcreteNode, Chain]] = [(pattern, ())]
    for _ in range(MAX_PARTS):
        if not stack:
            return
        node, path = stack.pop()
        number = node.kind_id
        children = node.named_children
        if number in (grammar.IDENTIFIER, grammar.SHORTHAND_TARGET):
            name = _text(node, text)
            own = (name,) if number == grammar.SHORTHAND_TARGET else ()
            yield name, path + own, None
        elif number in grammar.DEFAULT_PATTERNS:
            stack.append((children[0], path))
            yield None, path, children[-1]
        elif number == grammar.OBJECT_PATTERN:
            stack.extend([(child, path) for child in children])
        elif number == grammar.PAIR_PATTERN:
            key = children[0]
            stack.append((children[-1], (*path, _key(key, text))))
            if key.kind_id not in grammar.LEAVES:
                yield None, path, key
        elif number == grammar.REST_PATTERN:
            stack.append((children[-1], path))
        elif number == grammar.ARRAY_PATTERN:
            stack.extend([(child, (*path, ANY)) for child in children])
        elif number not in grammar.LEAVES:
            yield None, path, node


def misread_names(left: ConcreteNode, text: str) -> list[str]:
    """Return what ``for await (let[a, b] of c)`` declares: the grammar sees a member of `let`."""
    if not text.startswith("let[", left.start_byte):
        return []
    found: list[str] = []
    stack = list(left.named_children[1:])
    while stack:
        part = stack.pop()
        if part.kind_id in (grammar.IDENTIFIER, grammar.SHORTHAND):
            found.append(_text(part, text))
        stack.extend(part.named_children)
    return [*found, "let"]


def _key(node: ConcreteNode, text: str) -> str:
    if node.kind_id == grammar.PROPERTY_NAME:
        return _text(node, text)
    if node.kind_id == grammar.STRING:
        return _text(node, text)[1:-1]
    return ANY


def _text(node: ConcreteNode, text: str) -> str:
    return text[node.start_byte : node.end_byte]
