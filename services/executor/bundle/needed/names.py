"""What each unit of a program declares, mentions, and may change.

A mention changes nothing when it only calls a function of the program itself (whose own mentions
count for whoever mentions it), or is an operand that makes no alias. Every other one may change
what the name holds, or pass it on to what does. In a function that is called later, reading a
member changes nothing either, and neither does passing a function on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from services.executor.bundle.needed.bindings import PACKAGE, WORLD, Binding, Names, UnitNames
from services.executor.bundle.needed.known import (
    GLOBAL_OBJECTS,
    STATELESS,
    is_stateless_module,
)
from services.executor.bundle.needed.tokens import ScopeRange, Tokens
from services.executor.bundle.needed.units import PROGRAM, Unit, Units

_SHORT = 600
_EXIT = re.compile(r"process\s*\.\s*(?:exit|abort|reallyExit|kill)\b")


def read_names(tokens: Tokens, units: Units, text: str) -> Names:
    """Return what each unit declares, mentions and may change.

    Code that `eval` makes counts as using globals alone: bundlers rename everything else.
    """
    return _Sweep(tokens, units, text).run()


class _Scopes:
    """The scopes around a place, as a sweep over the text goes on."""

    def __init__(self, scopes: list[ScopeRange]) -> None:
        self._sorted = sorted(scopes, key=lambda each: (each.start, -each.end))
        self._next = 0
        self.stack: list[ScopeRange] = [ScopeRange(PROGRAM, 1 << 60, is_function=True)]

    def move(self, place: int) -> Iterator[tuple[ScopeRange, bool]]:
        """Move on to a place; yield each scope that opens (True) or closes on the way."""
        while self._next < len(self._sorted) and self._sorted[self._next].start <= place:
            scope = self._sorted[self._next]
            self._next += 1
            yield from self._close(scope.start)
            self.stack.append(scope)
            yield scope, True
        yield from self._close(place)

    def _close(self, place: int) -> Iterator[tuple[ScopeRange, bool]]:
        while self.stack[-1].end <= place:
            yield self.stack.pop(), False

    def function(self, *, with_arrows: bool = True) -> ScopeRange:
        """Return the function around the place, or the program."""
        return next(
            each
            for each in reversed(self.stack)
            if each.is_function and (with_arrows or not each.is_arrow)
        )


class _Sweep:
    def __init__(self, tokens: Tokens, units: Units, text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._found = Names()
        self._units = sorted(units.units, key=lambda each: (each.start, -each.end))
        self._starts = [unit.start for unit in self._units]
        self._declared: dict[ScopeRange, dict[str, Binding]] = {}
        self._bindings: dict[int, list[Binding]] = {}  # by the place of a declaration
        self._ambiguous: set[str] = set()
        self._open: dict[str, list[Binding]] = {}
        self._functions = {unit.function for unit in units.units}
        for unit in units.units:
            self._found.by_unit[unit] = UnitNames()

    def run(self) -> Names:
        self._declare()
        self._mention()
        self._modules()
        self._found.all = list(self._all())
        return self._found

    def _all(self) -> Iterator[Binding]:
        for names in self._declared.values():
            yield from names.values()
        yield from self._found.free.values()

    def _unit_at(self, place: int) -> Unit | None:
        """Return the innermost unit around a place."""
        at = bisect_right(self._starts, place) - 1
        unit = self._units[at] if at >= 0 else None
        while unit is not None and unit.end <= place:
            unit = unit.parent
        return unit

    def _declare(self) -> None:
        scopes = _Scopes(self._tokens.scopes)
        for place, kind in sorted(self._tokens.declared.items()):
            for _ in scopes.move(place):
                pass
            name = self._text[place : self._tokens.names[place]]
            self._bindings[place] = [
                self._binding(scope, name, scopes) for scope in self._homes(scopes, kind, name)
            ]
        places = self._tokens.places
        for place, bindings in self._bindings.items():
            unit = self._unit_at(place)
            for binding in bindings:
                binding.declarations += 1
                kind = self._tokens.declared[place]
                binding.code += place in places["code"] or kind == "function"
                binding.constants += place in places["constant"]
                binding.wrappers += place in places["wrapper"]
                binding.helpers += place in places["helper"]
                if unit is not None:
                    binding.units.append(unit)
                    self._found.by_unit[unit].declared.add(binding)

    def _homes(self, scopes: _Scopes, kind: str, name: str) -> list[ScopeRange]:
        """Return the scopes that a declaration makes a name of."""
        if kind == "var":
            return [scopes.function()]
        if kind == "let":
            return [scopes.stack[-1]]
        block, function = scopes.stack[-2], scopes.stack[-3] if len(scopes.stack) > 2 else None
        is_body = function is not None and function.is_function and function.end == block.end
        if block.is_function or is_body:
            return [block]
        self._ambiguous.add(name)  # outside of strict mode, the function around has it too
        around = next(each for each in reversed(scopes.stack[:-1]) if each.is_function)
        return [block, around]

    def _binding(self, scope: ScopeRange, name: str, scopes: _Scopes) -> Binding:
        names = self._declared.setdefault(scope, {})
        found = names.get(name)
        if found is None:
            around = (each for each in scopes.stack[1:] if each.start <= scope.start)
            depth = sum(each.is_function and each.start in self._functions for each in around)
            found = names[name] = Binding(name, depth)
        return found

    def _mention(self) -> None:
        tokens = self._tokens
        marks = tokens.places["return"] | tokens.places["throw"] | tokens.places["this"]
        scopes = _Scopes(tokens.scopes)
        self._opened(scopes.stack[0])
        units = iter(self._units)
        following = next(units, None)
        this_of: dict[Unit, ScopeRange] = {}
        skipped = tokens.places["foreign"]
        for place in sorted(tokens.names.keys() | marks | {unit.start for unit in self._units}):
            while following is not None and following.start <= place:
                this_of[following] = scopes.function(with_arrows=False)
                following = next(units, None)
            for scope, opens in scopes.move(place):
                if opens:
                    self._opened(scope)
                else:
                    self._closed(scope)
            if place in marks:
                self._marked(place, scopes, this_of)
            elif place in tokens.names and place not in self._bindings and place not in skipped:
                self._mentioned(place, scopes, this_of)

    def _opened(self, scope: ScopeRange) -> None:
        for name, binding in self._declared.get(scope, {}).items():
            self._open.setdefault(name, []).append(binding)

    def _closed(self, scope: ScopeRange) -> None:
        for name in self._declared.get(scope, {}):
            self._open[name].pop()

    def _marked(self, place: int, scopes: _Scopes, this_of: dict[Unit, ScopeRange]) -> None:
        unit = self._unit_at(place)
        if unit is None:
            return
        names, places = self._found.by_unit[unit], self._tokens.places
        if place in places["this"]:
            names.uses_this |= scopes.function(with_arrows=False) is this_of[unit]
        elif scopes.function().start == unit.function:
            names.returns |= place in places["return"]
            names.throws |= place in places["throw"]

    def _mentioned(self, place: int, scopes: _Scopes, this_of: dict[Unit, ScopeRange]) -> None:
        unit = self._unit_at(place)
        name = self._text[place : self._tokens.names[place]]
        if unit is None:
            return
        found = self._open.get(name)
        if not found:
            self._free(place, name, unit, scopes, this_of)
            return
        for binding in found if name in self._ambiguous else found[-1:]:
            self._found.at[place] = binding
            binding.is_set |= place in self._tokens.assigned
            later = scopes.function().start != unit.function
            self._use(place, binding, unit, later=later)

    def _use(self, place: int, binding: Binding, unit: Unit, *, later: bool) -> None:
        places = self._tokens.places
        binding.mentions.add(unit)
        self._found.by_unit[unit].mentions.add(binding)
        is_written = place in self._tokens.written
        if place in places["callee"] and not is_written:
            (binding.called_later if later else binding.calls).add(unit)
        elif place in places["inert"] and not is_written:
            return
        elif is_written:
            self._found.change(binding, unit, later=later)
            (binding.written_later if later else binding.written).add(unit)
        elif later and place in places["reader"]:
            return
        elif place in places["receiver"]:
            (binding.received_later if later else binding.received).add(unit)
        elif not later:
            self._found.change(binding, unit)
        elif place not in places["read"] or place in places["alias"]:
            binding.later.add(unit)

    def _free(
        self,
        place: int,
        name: str,
        unit: Unit,
        scopes: _Scopes,
        this_of: dict[Unit, ScopeRange],
    ) -> None:
        """Note the use of a name that the program does not declare."""
        tokens, names = self._tokens, self._found.by_unit[unit]
        later, world = scopes.function().start != unit.function, self._found.free_of(WORLD)
        if name == "arguments":
            names.uses_this |= scopes.function(with_arrows=False) is this_of[unit]
        elif name == "eval" and place in tokens.places["callee"]:
            self._found.change(world, unit, later=later)
        elif name in GLOBAL_OBJECTS:
            is_given = not (place in tokens.places["read"] or place in tokens.places["inert"])
            if place in tokens.written or (is_given and (unit.is_call or not later)):
                self._found.change(world, unit, later=later)
            names.ends |= not later and bool(_EXIT.match(self._text, place))
            world.mentions.add(unit)
            names.mentions.add(world)
        elif name in STATELESS:
            names.patches |= place in tokens.written and not later
            if name == "require":
                self._required(place, unit, later=later)
        else:
            self._use(place, self._found.free_of(name), unit, later=later)
            world.mentions.add(unit)
            names.mentions.add(world)

    def _required(self, place: int, unit: Unit, *, later: bool) -> None:
        package = self._tokens.modules.get(place)
        if package is not None and not is_stateless_module(package):
            self._found.change(self._found.free_of(PACKAGE + package), unit, later=later)

    def _modules(self) -> None:
        """Connect the units that import one package, and mark names of inert ones."""
        for place, package in self._tokens.imported.items():
            unit = self._unit_at(place)
            if unit is None:
                continue
            if is_stateless_module(package):
                self._inert(unit)
            else:
                self._found.change(self._found.free_of(PACKAGE + package), unit)
        for place, package in self._tokens.modules.items():
            unit, binding = self._unit_at(place), self._found.at.get(place)
            if unit is None:
                continue
            if binding is not None and self._is_require(binding):
                binding.is_require = binding.is_inert = True
                if not is_stateless_module(package):
                    self._found.change(self._found.free_of(PACKAGE + package), unit)
                binding.calls.discard(unit)
            elif binding is not None:
                continue
            if is_stateless_module(package) and unit.end - unit.start < _SHORT:
                self._inert(unit)

    def _inert(self, unit: Unit) -> None:
        for binding in self._found.by_unit[unit].declared:
            binding.is_inert = binding.declarations == 1 and not binding.is_set

    def _is_require(self, binding: Binding) -> bool:
        """Tell whether a name is a bundler's `require`, which asks for the platform's."""
        return any(
            unit.end - unit.start < _SHORT
            and self._text.find("typeof require", unit.start, unit.end) >= 0
            for unit in binding.units
        )
