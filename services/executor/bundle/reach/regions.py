"""Regions of a bundle, and what a name means around one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach.definitions import Definition, Definitions
from services.executor.bundle.reach.facts import Chain, Facts
from services.executor.bundle.reach.finds import Finds

Node: TypeAlias = ConcreteNode
# A parameter of a function, and a member of it: () for the whole.
Place: TypeAlias = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A parameter of a function around a region; its value differs from call to call.

    ``keys`` are the members read, ``ANY`` for the whole; ``called_at`` is where it is
    called, -1 when it is not.
    """

    function: int
    index: int
    keys: frozenset[str]
    called_at: int


@dataclass(eq=False, slots=True)
class Region:
    """A part of the tree, and the names around it; the rest is computed on demand."""

    node: Node
    scope: Definitions | None
    facts: Facts | None = None
    linked: bool = False
    links: list[Region] = field(default_factory=list)
    awaited: list[Awaited] = field(default_factory=list)
    finds: Finds = field(default_factory=Finds)
    held: list[tuple[Definitions, str]] = field(default_factory=list)  # names of values

    def clear(self) -> None:
        """Forget what was computed, to compute it anew."""
        self.facts, self.linked = None, False
        self.links, self.awaited, self.finds, self.held = [], [], Finds(), []


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means around a region: definitions, a module, a parameter, or a global.

    ``member`` is what the name is of its module.
    ``at`` is the scope in which it was found; None for a global. ``is_global`` is set as well
    when a nested block declares a name that may mean a global outside of that block.
    """

    at: Definitions | None
    values: tuple[tuple[Definitions, Definition], ...] = ()
    module: str = ""
    member: Chain = ()
    parameter: int = -1
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """A name with members, and the names in scope where it appears."""

    scope: Definitions | None
    name: str
    chain: Chain


class Names(Protocol):
    """Looks names up around regions, and reads what other regions mention."""

    text: str

    def region(self, node: Node, scope: Definitions | None) -> Region:
        """Return the region of ``node``."""
        ...

    def facts(self, region: Region) -> Facts:
        """Return what a region mentions, read once."""
        ...

    def lookup(self, scope: Definitions | None, name: str) -> Found:
        """Return what ``name`` means inside ``scope``."""
        ...

    def plain(self, scope: Definitions | None, name: str, chain: Chain) -> Plain:
        """Return what ``name`` with its members is an alias for, seen from ``scope``."""
        ...

    def defining(self, scope: Definitions | None, name: str) -> Region | None:
        """Return the only region that defines ``name``; None when there is none or several."""
        ...
