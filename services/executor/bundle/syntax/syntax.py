"""Thin access to ESTree nodes as ``esprima`` makes them.

The parser is untyped, so a node is ``Any`` here, and code relies only on its ESTree fields
(https://github.com/estree/estree): an absent field reads as None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from esprima.nodes import Node as EsprimaNode

from services.executor.bundle.syntax.deferred import DeferredData, filled
from services.executor.bundle.syntax.numeric import number_text

Node: TypeAlias = Any

FUNCTION_TYPES = frozenset({"ArrowFunctionExpression", "FunctionExpression", "FunctionDeclaration"})


@dataclass(frozen=True)
class Span:
    """Where a node begins; line and column count from 1, and 0 means unknown."""

    line: int = 0
    column: int = 0


def span(node: Node | None) -> Span:
    """Return where ``node`` begins."""
    if node is None or node._line is None:
        return Span()
    return Span(int(node._line), int(node._column or 0) + 1)


def children(node: Node) -> Iterator[Node]:
    """Yield the direct child nodes of ``node`` in the order of their fields."""
    for value in filled(node).__dict__.values():
        if value.__class__ is list:
            for item in value:
                if isinstance(item, EsprimaNode):
                    yield item
        elif isinstance(value, EsprimaNode):
            yield value


def children_with_names(node: Node) -> Iterator[Node]:
    """Yield the child nodes of ``node`` unless they are skipped data, where no name is."""
    return iter(()) if node.__class__ is DeferredData else children(node)


def descendants(node: Node, limit: int) -> Iterator[Node]:
    """Yield ``node`` and at most ``limit`` nodes below it, without recursion."""
    stack = [node]
    while stack and limit > 0:
        current = stack.pop()
        limit -= 1
        yield current
        stack.extend(reversed(list(children(current))))


def property_name(key: Node, *, computed: bool) -> str | None:
    """Return the name that a property or member key spells out, else None."""
    if key.type == "Literal" and (isinstance(key.value, str) or key.raw is not None):
        return literal_key(key)
    if computed:
        return template_text(key) if key.type == "TemplateLiteral" else None
    return str(key.name) if key.type == "Identifier" else None


def literal_key(node: Node) -> str:
    """Return the property name that a literal stands for, as JavaScript converts it."""
    value = node.value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(value)
    return str(node.bigint or value)


def template_text(node: Node) -> str | None:
    """Return the text of a template literal without expressions, else None."""
    if node.expressions:
        return None
    return clean_text(str(node.quasis[0].value.cooked))


def clean_text(text: str) -> str:
    """Return ``text`` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def describe(node: Node) -> str:
    """Return a short description of ``node``, such as "a call of `z.object`"."""
    if node.type in ("CallExpression", "NewExpression"):
        name = dotted_name(node.callee)
        return f"a call of `{name}`" if name else "a call"
    name = dotted_name(node)
    if name:
        return f"`{name}`"
    return _WORDS.get(node.type, f"a {node.type}")


def dotted_name(node: Node) -> str | None:
    """Return "a.b.c" for an identifier or a chain of plain members, else None."""
    names: list[str] = []
    while node.type == "MemberExpression" and not node.computed:
        names.append(str(node.property.name))
        node = node.object
        if len(names) > 8:
            return None
    if node.type == "ThisExpression":
        names.append("this")
    elif node.type == "Identifier":
        names.append(str(node.name))
    else:
        return None
    return ".".join(reversed(names))


_WORDS = {
    "ArrowFunctionExpression": "a function",
    "FunctionExpression": "a function",
    "FunctionDeclaration": "a function",
    "AwaitExpression": "an `await`",
    "ClassExpression": "a class",
    "ImportExpression": "a dynamic `import()`",
    "TaggedTemplateExpression": "a tagged template",
    "ThisExpression": "`this`",
    "YieldExpression": "a `yield`",
}
