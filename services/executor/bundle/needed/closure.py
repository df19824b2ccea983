"""Which units of a program are needed: those that its exports need, and what has effects on these.

A unit stays when something needed mentions what it declares, or when evaluating it may change what
something needed holds: by itself, or by what it mentions. What may end a program stays wherever it
is: `throw`, `process.exit`, an assertion, and any call that may lead to code with one of these.

What a module of a bundle does to itself as it runs is no effect for others, who only get it from
there. So effects have a depth: that of the function in which the changed name is declared.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import cached_property

from services.executor.bundle.needed.bindings import WORLD, Binding, Names
from services.executor.bundle.needed.units import Unit, Units

_ENDS = re.compile(
    r"\bthrow\b|(?<![\w$])(?:\w*assert\w*|invariant)\s*(?:\.\s*\w+\s*)?\(|\bprocess\s*\.\s*(?:abort|exit|kill)\b",
    re.IGNORECASE,
)
_EXPORTS = ("module", "exports")


def needed_units(
    units: Units, names: Names, text: str, *, is_module: bool, exports: AbstractSet[str] | None
) -> set[Unit]:
    """Return the needed units; ``exports`` are the needed names of a module, None for all."""
    closure = _Closure(units, names, text)
    closure.run(is_module=is_module, exports=exports)
    return closure.needed


class _Closure:
    def __init__(self, units: Units, names: Names, text: str) -> None:
        self.needed: set[Unit] = set()
        self._units = units
        self._names = names
        self._text = text
        self._held: set[Binding] = set()  # what something needed mentions
        # What may change something that is needed, and the least depth of that.
        self._tainted: dict[Unit, int] = {}
        self._altering: dict[Unit, int] = {}
        self._watched: dict[Binding, int] = {}
        self._reached: dict[Binding, int] = {}
        self._exports: AbstractSet[str] | None = None
        self._modules: set[Binding] = set()
        self._module_units: set[Unit] = set()
        self._active: set[Unit] = set()  # modules that have effects as they run, and who runs them
        self._to_need: list[Unit] = []
        self._to_taint: list[tuple[Unit, int]] = []

    def run(self, *, is_module: bool, exports: AbstractSet[str] | None) -> None:
        self._exports = exports
        self._settle()
        for name in () if is_module else _EXPORTS:
            self._hold(self._names.free_of(name))
        for unit in self._units.units:
            if unit.parent is None and self._is_root(unit, is_module=is_module):
                self._to_need.append(unit)
        while self._to_need or self._to_taint:
            if self._to_need:
                self._need(self._to_need.pop())
            else:
                self._taint(*self._to_taint.pop())

    def _settle(self) -> None:
        """Decide which units are without effect, now that the names in them are known."""
        evaluated = [unit for unit in self._units.units if unit.evaluation is not None]
        for unit in sorted(evaluated, key=lambda each: not _modules_in(each)):
            self._settle_one(unit)
        for place in self._units.namespaces:
            if place in self._names.at:
                self._names.at[place].is_namespace = True
        self._names.settle()

    def _settle_one(self, unit: Unit) -> None:
        evaluation, at = unit.evaluation, self._names.at
        assert evaluation is not None
        if any(place in at for place in evaluation.globals):
            evaluation.is_pure = False
        for place in evaluation.wrappers:
            called = at.get(place)
            if called is None or not (
                called.is_wrapper or called.is_require or called in self._modules
            ):
                evaluation.is_pure = False
        if evaluation.is_pure and evaluation.wrappers and not evaluation.modules:
            self._mark_namespace(unit)
        if not all(place in at and at[place].is_wrapper for place in evaluation.modules):
            for child in unit.children:
                child.keep = True
        elif evaluation.is_pure and evaluation.modules:
            for binding in self._names.by_unit[unit].declared:
                if binding.declarations == 1 and not binding.is_set and binding.depth == unit.depth:
                    self._modules.add(binding)
                    binding.is_module = True
                    self._module_units.add(unit)

    def _mark_namespace(self, unit: Unit) -> None:
        """Mark the name of what a module of the bundle exports."""
        for binding in self._names.by_unit[unit].declared:
            binding.is_namespace = binding.declarations == 1 and not binding.is_set

    @property
    def _has_exports(self) -> bool:
        """Whether a script says what it exports."""
        free = self._names.free
        return any(name in free and free[name].mentions for name in _EXPORTS)

    def _is_exported(self, unit: Unit) -> bool:
        is_wanted = self._exports is None or unit.export in self._exports
        return bool(unit.export) and is_wanted

    def _is_root(self, unit: Unit, *, is_module: bool) -> bool:
        own = self._names.by_unit[unit]
        if unit.keep or own.patches or self._guards(unit):
            return True
        if unit.export or is_module:
            return self._is_exported(unit)
        # A script's variable that is what a function returns may be its exports.
        is_result = (
            not self._has_exports and unit.children and own.declared and not _modules_in(unit)
        )
        return bool((own.uses_this and self._acts(unit)) or is_result)

    def _guards(self, unit: Unit) -> bool:
        """Tell whether a unit may end the program."""
        own = self._names.by_unit[unit]
        if own.throws or own.ends:
            return True
        if not self._acts(unit):
            return False
        if unit.children:
            return any(self._guards(child) for child in unit.children)
        return unit.evaluation is not None and unit.evaluation.calls and unit in self._ending

    @cached_property
    def _ending(self) -> set[Unit]:
        """The units whose code, or code that it may lead to, may end the program."""
        by_unit = self._names.by_unit
        found = {
            unit
            for unit in self._units.units
            if by_unit[unit].throws
            or by_unit[unit].ends
            or (not unit.children and _ENDS.search(self._text, unit.start, unit.end))
        }
        to_follow = list(found)
        while to_follow:
            unit = to_follow.pop()
            who = {each for binding in by_unit[unit].declared for each in binding.mentions}
            if unit.parent is not None:
                who.add(unit.parent)
            to_follow += who - found
            found |= who
        return found

    def _acts(self, unit: Unit) -> bool:
        """Tell whether evaluating a unit may have an effect."""
        return (unit.evaluation is not None and not unit.evaluation.is_pure) or (
            unit in self._active and unit not in self._module_units
        )

    def _need(self, unit: Unit) -> None:
        if unit in self.needed:
            return
        if unit.parent is not None and unit.parent not in self.needed:
            self._to_need += [unit, unit.parent]
            return
        self.needed.add(unit)
        own = self._names.by_unit[unit]
        for binding in own.mentions:
            self._hold(binding)
        if unit not in self._tainted or unit in self._altering:
            for binding in own.declared:
                self._hold(binding)
        for child in unit.children:
            if self._stays(child):
                self._to_need.append(child)

    def _stays(self, child: Unit) -> bool:
        """Tell whether a unit stays because the one around it does."""
        own = self._names.by_unit[child]
        if child.keep or self._is_exported(child) or own.returns or own.patches:
            return True
        acts = self._acts(child)
        is_called = child.evaluation is not None and child.evaluation.calls
        effective = (
            own.uses_this
            or child in self._altering
            or child in self._active
            or (child in self._tainted and is_called)
        )
        return (acts and effective) or self._guards(child)

    def _hold(self, binding: Binding) -> None:
        """Keep what declares a name, and what changes what it holds."""
        if binding in self._held:
            return
        self._held.add(binding)
        self._to_need += binding.units
        self._watch(binding, binding.depth)

    def _watch(self, binding: Binding, depth: int) -> None:
        """Keep what changes what a name holds."""
        if self._watched.get(binding, depth + 1) <= depth:
            return
        self._watched[binding] = depth
        if binding.is_constant or binding.is_local:
            return
        if binding is self._names.free_of(WORLD):
            self._watch_world(binding, depth)
        else:
            self._to_taint += [(unit, depth) for unit in binding.later]
        for unit in binding.changes:
            self._alter(unit, depth)

    def _watch_world(self, world: Binding, depth: int) -> None:
        """Keep the calls, for their effect alone, of functions that change a global object."""
        for unit in world.later:
            for binding in self._names.by_unit[unit].declared:
                for caller in binding.calls if binding.is_code else ():
                    if caller.is_call:
                        self._alter(caller, depth)

    def _alter(self, unit: Unit, depth: int) -> None:
        """Note that evaluating a unit changes something that is needed, or gives it a name."""
        if self._altering.get(unit, depth + 1) <= depth:
            return
        self._altering[unit] = depth
        own = self._names.by_unit[unit]
        if self._acts(unit):
            self._check(unit, depth)
        for binding in own.declared:
            self._watch(binding, depth)

    def _taint(self, unit: Unit, depth: int) -> None:
        """Note that code of a unit changes something that is needed, once it is called."""
        if self._tainted.get(unit, depth + 1) <= depth:
            return
        self._tainted[unit] = depth
        own = self._names.by_unit[unit]
        acts = self._acts(unit) and unit.evaluation is not None and unit.evaluation.calls
        if acts:
            self._check(unit, depth)
        if unit.parent is not None and depth <= unit.parent.depth:
            self._to_taint.append((unit.parent, depth))
        for binding in own.declared | own.changes:
            if binding.is_constant or binding.is_inert:
                continue
            if self._reached.get(binding, depth + 1) <= depth:
                continue
            if not acts:
                self._reached[binding] = depth
            # What a call returned is expected to change things by calls for their effect alone.
            self._to_taint += [
                (each, depth) for each in binding.mentions if not acts or each.is_call
            ]

    def _check(self, unit: Unit, depth: int) -> None:
        """Keep a unit that has an effect on something needed, of a depth."""
        parent = unit.parent
        if parent is None or parent in self.needed:
            self._to_need.append(unit)
        if parent is None or parent in self._active or depth > parent.depth:
            return
        modules = [each for each in self._names.by_unit[parent].declared if each in self._modules]
        self._active.add(parent)
        if not modules:
            self._check(parent, depth)  # a function that is called at once
            return
        for module in modules:
            for caller in module.calls - self._active:
                self._active.add(caller)
                self._check(caller, depth)


def _modules_in(unit: Unit) -> bool:
    return unit.evaluation is not None and bool(unit.evaluation.modules)
