"""Scopes and bindings of a program: what defines each name, and what else writes to it.

One walk over the tree, without recursion. It evaluates nothing. A binding that is written after
its definition is not a constant. A member that is set from elsewhere (``exports.a = b``,
``Schema.create = ...``) is kept with the binding at the root of the member chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from services.executor.bundle.syntax.syntax import Node

CALLED = "()"


class BindingKind(Enum):
    """What declares a binding."""

    VARIABLE = "variable"
    FUNCTION = "function"
    CLASS = "class"
    PARAMETER = "parameter"
    IMPORT = "import"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class KeyStep:
    """``{key: here = default}`` in a pattern."""

    key: Node
    computed: bool
    default: Node | None


@dataclass(frozen=True)
class IndexStep:
    """``[, here = default]`` in a pattern."""

    index: int
    default: Node | None


@dataclass(frozen=True)
class DefaultStep:
    """``here = default`` around a parameter or a pattern."""

    default: Node


@dataclass(frozen=True)
class RestStep:
    """``...here`` of an object pattern (with the keys before it) or of a list from an index on."""

    excluded: tuple[KeyStep, ...] = ()
    index: int | None = None


Step: TypeAlias = KeyStep | IndexStep | DefaultStep | RestStep


@dataclass(eq=False)
class Scope:
    """A region of the program with its own names; ``function`` is the nearest function's.

    ``runs_at_once`` means that the scope is a function that is called where it is written, or
    passed to a call that may call it, as when bundlers wrap modules.
    """

    node: Node
    parent: Scope | None
    is_function: bool
    bindings: dict[str, Binding] = field(default_factory=dict)
    runs_at_once: bool = False

    @property
    def declared(self) -> dict[str, Binding]:
        """Return the bindings declared so far, for code that adds to them."""
        return self.bindings

    @property
    def function(self) -> Scope:
        """Return the scope of the function or program that this scope is part of."""
        scope = self
        while not scope.is_function and scope.parent is not None:
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> Binding | None:
        """Return the binding that ``name`` means here, or None for a global."""
        scope: Scope | None = self
        while scope is not None:
            binding = scope.bindings.get(name)
            if binding is not None:
                return binding
            scope = scope.parent
        return None


@dataclass(frozen=True, eq=False)
class Write:
    """An assignment to a binding as a whole; ``value`` is None for ``x++``, ``for (x of ...)``."""

    node: Node
    value: Node | None
    scope: Scope


@dataclass(frozen=True, eq=False)
class MemberWrite:
    """An assignment to a member of what a binding holds.

    ``path`` is () for a computed name that cannot be known. ``is_getter`` means that ``value`` is a
    function that returns the member, as in ``__export(target, {name: () => value})``. ``straight``
    means that the write runs exactly once, at the top of its function. ``mutator`` is the method
    that changes what is at ``path``, such as "push", with its call as ``value``; or ``CALLED``
    for a function called for its effect, with its argument as ``value``.
    """

    node: Node
    path: tuple[str, ...]
    value: Node
    scope: Scope
    straight: bool
    is_getter: bool = False
    mutator: str = ""


@dataclass(frozen=True, eq=False)
class OtherName:
    """An alias, ``binding``, for what is at ``path`` in the value of a binding."""

    path: tuple[str, ...]
    binding: Binding


@dataclass(frozen=True)
class NamedPart:
    """``target``, declared at ``place``, names what is at ``path`` of ``root`` in ``scope``."""

    root: str
    scope: Scope
    path: tuple[str, ...]
    target: str
    place: Node


@dataclass(eq=False)
class Binding:
    """A name of a scope: its definition and its writes.

    ``value`` is what defines it: an initialiser, a function or class, an import specifier;
    ``steps`` lead from that value to the name through a pattern. ``home`` is the value's scope,
    which for a ``var`` may be a block inside ``scope``. A parameter has the ``index`` of its
    argument, an import the specifier of its module in ``source``.
    """

    name: str
    kind: BindingKind
    scope: Scope
    node: Node
    value: Node = None
    home: Scope | None = None
    steps: tuple[Step, ...] = ()
    index: int = 0
    source: str = ""
    writes: list[Write] = field(default_factory=list)
    members: list[MemberWrite] = field(default_factory=list)
    other_names: list[OtherName] = field(default_factory=list)

    def add_write(self, write: Write, _position: int) -> None:
        """Add a write that was found; ``_position`` is where in the text it counts as."""
        self.writes.append(write)

    def add_member(self, write: MemberWrite, _position: int) -> None:
        """Add a write to a member that was found."""
        self.members.append(write)

    def add_other_name(self, other: OtherName, _position: int) -> None:
        """Add an alias found for what this binding holds, or for a part of it."""
        self.other_names.append(other)

    def add_alias(self, parameter: Binding) -> None:
        """Add what is set on ``parameter``; this binding is its argument."""
        self.members.extend(parameter.members)


class FreeMembers(Protocol):
    """The writes to members of undeclared names, such as ``exports``."""

    def get(self, name: str, default: list[MemberWrite], /) -> list[MemberWrite]:
        """Return the writes to members of ``name``, or ``default`` when there are none."""
        ...


@dataclass(eq=False)
class ScopeTree:
    """The scopes of a program by the node that opens them, and writes to undeclared names."""

    root: Scope
    by_node: dict[int, Scope]
    free_members: FreeMembers

    def of(self, node: Node, default: Scope) -> Scope:
        """Return the scope that ``node`` opens, or ``default`` when it opens none."""
        return self.by_node.get(id(node), default)
