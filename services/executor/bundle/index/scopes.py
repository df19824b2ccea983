"""Scopes and bindings that are completed on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from services.executor.bundle.syntax.scope import (
    Binding,
    BindingKind,
    MemberWrite,
    OtherName,
    Scope,
    Step,
    Write,
)
from services.executor.bundle.syntax.syntax import Node


class Maker(Protocol):
    """Makes a binding when it is asked for."""

    def made(self) -> Binding:
        """Return the binding."""
        ...


class Names(dict[str, Binding]):
    """Bindings by name, of which some are made when they are asked for.

    A large bundle declares hundreds of thousands of names, and an agent needs few of them.
    """

    def later(self, name: str, maker: Maker) -> None:
        """Declare a name whose binding ``maker`` makes."""
        super().__setitem__(name, cast("Binding", maker))

    def __getitem__(self, name: str) -> Binding:
        """Return the binding of a name, making it if needed."""
        found: Binding | Maker = super().__getitem__(name)
        if isinstance(found, Binding):
            return found
        made = self[name] = found.made()
        return made

    def get(self, name: str, default: Any = None) -> Any:
        """Return the binding of a name, or ``default`` where it has none."""
        try:
            return self[name]
        except KeyError:
            return default

    def values(self) -> Any:
        """Return all bindings."""
        return [self[name] for name in self]


class RegionScope(Scope):
    """The scope of a program or a function whose statements are parsed on demand.

    ``bindings`` lists its names, which opens the region; ``declared`` are those known so far.
    """

    def __init__(self, node: Node, parent: Scope | None) -> None:
        super().__init__(node, parent, is_function=True)
        self.open: Callable[[], None] = _nothing

    @property
    def bindings(self) -> dict[str, Binding]:
        """Return all bindings the function declares, by name."""
        self.open()
        return self._declared

    @bindings.setter
    def bindings(self, declared: dict[str, Binding]) -> None:
        self._declared = Names(declared)

    @property
    def declared(self) -> Names:
        """Return the bindings declared so far."""
        return self._declared


class Finder(Protocol):
    """Parses whatever affects a binding."""

    def find_writes(self, binding: LazyBinding) -> None:
        """Parse everything that may write to it or to its members."""
        ...

    def find_names(self, binding: LazyBinding) -> None:
        """Parse everything that may make an alias of it."""
        ...


class LazyBinding(Binding):
    """A binding whose definition is parsed, and whose writes are found, on demand.

    Args:
        name: as written.
        kind: what declares it.
        scope: the scope it belongs to.
        finder: searches for writes to the binding, and reports them through ``add_...``.
        define: parses what declares it, which sets ``node``, ``value`` and ``steps``; None when
            they are known.
    """

    def __init__(
        self,
        name: str,
        kind: BindingKind,
        scope: Scope,
        finder: Finder,
        define: Callable[[], None] | None = None,
    ) -> None:
        self._finder = finder
        self._define = define
        self._has_writes = self._has_names = False
        self._found_writes: list[tuple[int, Write]] = []
        self._found_members: list[tuple[int, MemberWrite]] = []
        self._found_names: list[tuple[int, OtherName]] = []
        self._aliases: list[Binding] = []
        super().__init__(name, kind, scope, None)

    def __repr__(self) -> str:
        """Show the name and what is known about it."""
        return f"LazyBinding({self.name!r}, defined={not self._define}, has={self._has_writes})"

    def _defined(self) -> None:
        define, self._define = self._define, None
        if define is not None:
            define()

    @property
    def node(self) -> Node:
        """Return what declares the name."""
        self._defined()
        return self._node

    @node.setter
    def node(self, node: Node) -> None:
        self._node = node

    @property
    def value(self) -> Node:
        """Return what defines the name, parsing it if needed."""
        self._defined()
        return self._value

    @value.setter
    def value(self, value: Node) -> None:
        self._value = value

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps from the value to the name."""
        self._defined()
        return self._steps

    @steps.setter
    def steps(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps

    def _searched(self) -> None:
        if not self._has_writes:
            self._has_writes = True
            self._finder.find_writes(self)
            self._found_writes.sort(key=_position)
            self._found_members.sort(key=_position)

    @property
    def writes(self) -> list[Write]:
        """Return the assignments to the name, in the order of the text."""
        self._searched()
        return [write for _, write in self._found_writes]

    @writes.setter
    def writes(self, _writes: list[Write]) -> None:
        pass  # the base class starts with none, like this one

    @property
    def members(self) -> list[MemberWrite]:
        """Return what is set on members, in the order of the text; aliases' come last."""
        self._searched()
        own = [write for _, write in self._found_members]
        return own + [write for alias in self._aliases for write in alias.members]

    @members.setter
    def members(self, _members: list[MemberWrite]) -> None:
        pass

    @property
    def other_names(self) -> list[OtherName]:
        """Return the aliases of what the binding holds, in the order of the text."""
        if not self._has_names:
            self._has_names = True
            self._finder.find_names(self)
            self._found_names.sort(key=_position)
        return [other for _, other in self._found_names]

    @other_names.setter
    def other_names(self, _names: list[OtherName]) -> None:
        pass

    def add_other_name(self, other: OtherName, position: int) -> None:
        """Add an alias that was found."""
        self._found_names.append((position, other))

    def add_write(self, write: Write, position: int) -> None:
        """Add a write that was found."""
        self._found_writes.append((position, write))

    def add_member(self, write: MemberWrite, position: int) -> None:
        """Add a write to a member that was found."""
        self._found_members.append((position, write))

    def add_alias(self, parameter: Binding) -> None:
        """Add what is set on ``parameter``, which receives this binding as its argument."""
        self._aliases.append(parameter)


def _position(found: tuple[int, Write | MemberWrite | OtherName]) -> int:
    return found[0]


def _nothing() -> None:
    pass
