"""What the reader uses of the nodes of a concrete tree, which may be one tree or in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tree_sitter import Node


class ConcreteNode(Protocol):
    """A node of the concrete tree; its members are those of ``tree_sitter.Node``."""

    @property
    def id(self) -> int:
        """A number that no other node of the tree has."""
        ...

    @property
    def type(self) -> str:
        """The name of its kind."""
        ...

    @property
    def kind_id(self) -> int:
        """The number of its kind."""
        ...

    @property
    def is_named(self) -> bool:
        """Whether it is more than a sign or a keyword."""
        ...

    @property
    def start_byte(self) -> int:
        """Where it begins."""
        ...

    @property
    def end_byte(self) -> int:
        """Where it ends."""
        ...

    @property
    def children(self) -> Sequence[ConcreteNode]:
        """Its children, with signs and keywords."""
        ...

    @property
    def child_count(self) -> int:
        """How many children it has."""
        ...

    @property
    def named_children(self) -> Sequence[ConcreteNode]:
        """Its children without signs and keywords."""
        ...

    @property
    def parent(self) -> ConcreteNode | None:
        """The node of which it is a child."""
        ...

    def child(self, index: int, /) -> ConcreteNode | None:
        """Return the child at ``index``."""
        ...

    def child_by_field_name(self, name: str, /) -> ConcreteNode | None:
        """Return the child with a name in the grammar."""
        ...

    def first_child_for_byte(self, byte: int, /) -> ConcreteNode | None:
        """Return the first child that ends after ``byte``."""
        ...

    def descendant_for_byte_range(self, start: int, end: int, /) -> ConcreteNode | None:
        """Return the smallest node that holds a range."""
        ...

    def named_descendant_for_byte_range(self, start: int, end: int, /) -> ConcreteNode | None:
        """Return the smallest named node that holds a range."""
        ...


def child_at(node: ConcreteNode, byte: int) -> ConcreteNode | None:
    """Return the first child that ends after ``byte``; None if there is none.

    tree-sitter's own method must not be called where there is none: it crashes.
    """
    if isinstance(node, Node):
        last = node.child(node.child_count - 1) if node.child_count else None
        if last is None or last.end_byte <= byte:
            return None
    return node.first_child_for_byte(byte)
