"""What one region of a bundle mentions: names from outside it, with the members it reads.

A name that the region itself declares is resolved away. A local name that is only an alias
(``const { env } = context``) is followed to what it stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from services.executor.bundle.index.concrete_node import ConcreteNode

Chain: TypeAlias = tuple[str, ...]
ANY = "*"  # in a chain: a member with a computed name
MAX_ALIASES = 8
MAX_PLAIN_BYTES = 200
_WORDS = frozenset({"this", "null", "true", "false", "undefined", "super"})


class Role(Enum):
    """How the value behind a name is used."""

    VALUE = "value"
    CALLED = "called"
    TESTED = "tested"  # with `typeof` or `in`: it may be absent
    TAKEN = "taken"  # given another name, which is followed

    # Members are single objects: this saves a call for each of many thousands of lookups.
    __hash__ = object.__hash__


class LocalScope:
    """The names that one function or block of a region declares."""

    __slots__ = ("depth", "function", "names", "parent")

    def __init__(self, parent: LocalScope | None, *, is_function: bool) -> None:
        self.names: dict[str, Local] = {}
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.function: LocalScope = self if is_function or parent is None else parent.function

    def __repr__(self) -> str:
        """Show the names."""
        return f"LocalScope({', '.join(self.names)})"

    def find(self, name: str) -> Local | None:
        """Return what declares ``name`` here, or None when nothing of the region does."""
        scope: LocalScope | None = self
        while scope is not None:
            local = scope.names.get(name)
            if local is not None:
                return local
            scope = scope.parent
        return None


@dataclass(frozen=True, slots=True)
class Named:
    """A name with members, ``a.b.c``, and where it is looked up."""

    name: str
    scope: LocalScope
    chain: Chain = ()


@dataclass(slots=True)
class Local:
    """A declared name: a part of a parameter, an alias, a value, or unknown.

    ``function`` is the start of the function whose parameter it is; -1 for other names.
    """

    alias: Named | None = None
    function: int = -1
    index: int = 0
    path: Chain = ()
    value: ConcreteNode | None = None
    scope: LocalScope | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """A name that the region does not declare, and the members read of it."""

    name: str
    chain: Chain


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function of the region, and the members read of it."""

    function: int
    index: int
    chain: Chain


@dataclass(frozen=True, slots=True)
class Mention:
    """One way a region uses something, and the first place where it does."""

    chain: Chain
    role: Role
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call or construction of something from outside the region, and the names around it."""

    target: Free
    scope: LocalScope
    arguments: ConcreteNode | None
    at: int


@dataclass(frozen=True, slots=True)
class EnvKey:
    """``x.env[key]``: whose environment, and the name of the key; None for an expression."""

    base: Named
    key: Named | None
    at: int


@dataclass(slots=True)
class Facts:
    """What a region mentions, and how many nodes it has.

    ``loads`` are the arguments of calls of the region's own third parameter, which loads modules
    in a webpack module; ``makes_code`` are calls of a function's constructor.
    """

    free: dict[str, list[Mention]] = field(default_factory=dict)
    parameters: dict[tuple[Parameter, Role], int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    env_keys: list[EnvKey] = field(default_factory=list)
    loads: list[tuple[ConcreteNode, int]] = field(default_factory=list)
    makes_code: list[int] = field(default_factory=list)
    nodes: int = 0
    complete: bool = True


_PLAIN = re.compile(r"[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*){0,8}")


def plain_name(node: ConcreteNode, text: str) -> tuple[str, Chain] | None:
    """Return the root and members of ``a.b.c``, or None for anything else."""
    if node.end_byte - node.start_byte > MAX_PLAIN_BYTES:
        return None
    whole = text[node.start_byte : node.end_byte]
    if _PLAIN.fullmatch(whole) is None or whole in _WORDS:
        return None
    root, *members = whole.replace("?.", ".").split(".")
    return root, tuple(members)


def resolved(named: Named) -> Free | Parameter | Local:
    """Return what a name of a region stands for, followed through other names of the region."""
    for _ in range(MAX_ALIASES):
        local = named.scope.find(named.name)
        if local is None:
            return Free(named.name, named.chain)
        if local.alias is None:
            if local.function >= 0:
                return Parameter(local.function, local.index, local.path + named.chain)
            return local
        alias = local.alias
        named = Named(alias.name, alias.scope, alias.chain + named.chain)
    return Local()
