"""The names of a program, and which of its units declare, mention and may change them."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.executor.bundle.needed.units import Unit

WORLD = "the world"
PACKAGE = "package "


@dataclass(slots=True, eq=False)
class Binding:
    """A name of one scope, or what stands for a package or for all global objects.

    Attributes:
        depth: how many functions with units are around it.
        units: those that declare it.
        mentions, changes: those that mention it, and those that may change what it holds as they
            are evaluated.
        later: those with a function that may change what it holds.
        calls: those that call it, which changes it unless it ``is_code``.
        is_code: a function or a class, so far as it is declared.
        is_set: it is assigned to after its declaration.
        is_constant: it is declared as a string, a number or the like.
        is_inert: a module or a function of the platform without a state, or a bundler's helper.
        is_require: a bundler's `require`.
        is_module: a bundler's function that runs a module of the bundle at its first call.
        is_namespace: what a module of the bundle exports.
    """

    name: str
    depth: int = 0
    units: list[Unit] = field(default_factory=list, repr=False)
    mentions: set[Unit] = field(default_factory=set, repr=False)
    changes: set[Unit] = field(default_factory=set, repr=False)
    later: set[Unit] = field(default_factory=set, repr=False)
    written: set[Unit] = field(default_factory=set, repr=False)
    written_later: set[Unit] = field(default_factory=set, repr=False)
    received: set[Unit] = field(default_factory=set, repr=False)
    received_later: set[Unit] = field(default_factory=set, repr=False)
    calls: set[Unit] = field(default_factory=set, repr=False)
    called_later: set[Unit] = field(default_factory=set, repr=False)
    declarations: int = 0
    code: int = 0
    constants: int = 0
    wrappers: int = 0
    helpers: int = 0
    is_set: bool = False
    is_inert: bool = False
    is_require: bool = False
    is_namespace: bool = False
    is_module: bool = False

    @property
    def is_code(self) -> bool:
        """Whether it is always the same function or class of the program."""
        return self.code == self.declarations > 0 and not self.is_set

    @property
    def is_constant(self) -> bool:
        """Whether what it holds cannot change."""
        return self.constants == self.declarations == 1 and not self.is_set

    @property
    def is_wrapper(self) -> bool:
        """Whether it is a function that only returns a function, or copies a module."""
        return self.wrappers == self.declarations == 1 and not self.is_set

    @property
    def is_local(self) -> bool:
        """Whether only one unit has to do with it."""
        return len(self.units) == 1 and self.mentions <= set(self.units)


@dataclass(slots=True)
class UnitNames:
    """What one unit has to do with names; ``changes`` is a part of ``mentions``."""

    declared: set[Binding] = field(default_factory=set)
    mentions: set[Binding] = field(default_factory=set)
    changes: set[Binding] = field(default_factory=set)
    returns: bool = False
    throws: bool = False
    uses_this: bool = False
    patches: bool = False
    ends: bool = False


@dataclass(slots=True)
class Names:
    """The names of a program: by unit, and the binding that each place mentions."""

    by_unit: dict[Unit, UnitNames] = field(default_factory=dict)
    at: dict[int, Binding] = field(default_factory=dict)
    free: dict[str, Binding] = field(default_factory=dict)
    all: list[Binding] = field(default_factory=list)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Names(units={len(self.by_unit)}, free={len(self.free)})"

    def change(self, binding: Binding, unit: Unit, *, later: bool = False) -> None:
        """Note that a unit, or a function in it, may change what a name holds."""
        names = self.by_unit[unit]
        names.mentions.add(binding)
        binding.mentions.add(unit)
        if later:
            binding.later.add(unit)
        else:
            names.changes.add(binding)
            binding.changes.add(unit)

    def settle(self) -> None:
        """Decide which mentions change what they mention, once namespaces are marked."""
        for binding in self.all:
            if binding.helpers == binding.declarations == 1 and not binding.is_set:
                binding.is_inert = True
            if binding.is_inert:
                for unit in binding.changes:
                    self.by_unit[unit].changes.discard(binding)
                for unit in binding.written:
                    self.by_unit[unit].patches = True
                binding.changes.clear()
                binding.later.clear()
                continue
            if not binding.is_namespace:
                binding.later |= binding.received_later
                for unit in binding.received:
                    self.change(binding, unit)
            if binding.is_code:
                binding.later = set(binding.written_later)
            elif not binding.is_namespace:
                if not binding.is_module:
                    binding.later |= binding.called_later
                for unit in binding.calls:
                    self.change(binding, unit)

    def free_of(self, name: str) -> Binding:
        """Return the binding of a name that the program does not declare."""
        found = self.free.get(name)
        if found is None:
            found = self.free[name] = Binding(name)
        return found
