"""Finds in the concrete tree whether a name is declared between a node and a use inside it."""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.index.concrete import Concrete
from services.executor.bundle.index.concrete_node import ConcreteNode, child_at
from services.executor.bundle.index.language import FUNCTIONS
from services.executor.bundle.index.written_names import declared_by, named

_VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})
_DECLARED = frozenset(
    {"class_declaration", "function_declaration", "generator_function_declaration"}
)


class Shadows:
    """Looks for declarations on the way to a use, and caches the results.

    It finds most, not all: it misses ``var`` in a block off the path. It never reports a name that
    is not declared.
    """

    def __init__(self, concrete: Concrete) -> None:
        self._concrete = concrete
        self._names: dict[int, frozenset[str]] = {}

    def hides(self, node: ConcreteNode, name: str, use: int, *, below: bool = False) -> bool:
        """Return whether something inside ``node`` declares the ``name`` that is used at ``use``.

        ``below`` leaves out what ``node`` itself declares.
        """
        current: ConcreteNode | None = child_at(node, use) if below else node
        while current is not None and current.child_count:
            if name in self._declared(current, use):
                return True
            current = child_at(current, use)
        return False

    def _declared(self, node: ConcreteNode, use: int) -> frozenset[str]:
        kind = node.type
        if kind in FUNCTIONS:
            inside = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
            if inside is None or use < inside.start_byte:
                return frozenset()
        elif kind == "catch_clause":
            inside = node.child_by_field_name("parameter")
            if inside is None or use < inside.start_byte:
                return frozenset()
        elif kind not in ("statement_block", "for_statement", "for_in_statement", "class"):
            return frozenset()
        found = self._names.get(node.id)
        if found is None:
            found = self._names[node.id] = frozenset(
                self._concrete.name(identifier) for identifier in _declared_in(node)
            )
        return found


def _declared_in(node: ConcreteNode) -> Iterator[ConcreteNode]:
    kind = node.type
    if kind == "statement_block":
        for statement in named(node):
            yield from _declared_by_statement(statement)
    elif kind == "for_statement":
        initializer = node.child_by_field_name("initializer")
        if initializer is not None:
            yield from _declared_by_statement(initializer)
    elif kind == "for_in_statement":
        left = node.child_by_field_name("left")
        if left is not None and node.child_by_field_name("kind") is not None:
            yield from declared_by(left)
    else:
        fields = ["parameters", "parameter"]
        if kind in ("function_expression", "generator_function", "class"):
            fields.append("name")
        for field in fields:
            part = node.child_by_field_name(field)
            if part is not None:
                yield from declared_by(part)


def _declared_by_statement(statement: ConcreteNode) -> Iterator[ConcreteNode]:
    if statement.type in _VARIABLES:
        for declarator in statement.named_children:
            name = declarator.child_by_field_name("name")
            if name is not None:
                yield from declared_by(name)
    elif statement.type in _DECLARED:
        name = statement.child_by_field_name("name")
        if name is not None:
            yield name
