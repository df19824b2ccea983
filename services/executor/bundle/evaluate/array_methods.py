"""JavaScript's array methods that tools and prompts are listed with, applied to known lists.

A callback is followed like any call (``apply_function``): what it returns for each item, without
effects on anything else. Methods that change the array are found by ``member_writes.py``. Follows
ECMA-262, section 23.1.3. The sandbox is asked for what other methods return.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.operators import (
    array_text,
    binary,
    exact_integer,
    text_of,
)
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    FunctionValue,
    GlobalRef,
    Thunk,
    Undefined,
    Value,
    has_hole,
    known,
    text_constant,
    truthiness,
)

MAX_ITEMS = 20_000


@dataclass(frozen=True)
class ListCall:
    """A method call on an array whose items are known."""

    machine: Machine
    items: tuple[Thunk, ...]
    call: CallValue

    def argument(self, index: int) -> Value:
        """Return an argument with its calls followed; undefined when it is missing."""
        arguments = self.call.arguments
        if index >= len(arguments):
            return Undefined(self.call.node)
        return self.machine.settled(arguments[index])

    def position(self, index: int, default: int) -> int | None:
        """Return an argument as a position in the list, counted from the end if negative."""
        number = exact_integer(self.argument(index), default)
        if number is None:
            return None
        size = len(self.items)
        return int(min(max(number + size, 0) if number < 0 else number, size))

    def made(self, items: list[Thunk] | tuple[Thunk, ...]) -> ArrayValue | None:
        """Return a new array; None when it is too long."""
        return ArrayValue(tuple(items), self.call.node) if len(items) <= MAX_ITEMS else None

    def applied(self, function: Value, *arguments: Thunk) -> Value | None:
        """Return what a callback returns; None when it is not a function that can be followed."""
        call = self.call
        if isinstance(function, GlobalRef) and function.path in _CONVERSIONS:
            arguments = arguments[:1]
        elif not isinstance(function, FunctionValue):
            return None
        callee = Thunk(call.node, None, function)
        return CallValue(call.node, call.env, False, callee, None, None, arguments)

    def tested(self, function: Value, index: int) -> bool | None:
        """Return whether a callback's result for an item is truthy."""
        result = self.applied(function, *self.given(index))
        return None if result is None else truthiness(self.machine.forced(result))

    def given(self, index: int) -> tuple[Thunk, ...]:
        """Return the arguments a callback gets for an item."""
        node = self.call.node
        whole = ArrayValue(self.items, node)
        return self.items[index], known(Constant(index, node)), known(whole)


_CONVERSIONS = frozenset({("Boolean",), ("String",), ("Number",)})


def array_method(machine: Machine, receiver: ArrayValue, call: CallValue) -> Value | None:
    """Return what ``receiver.method(...)`` is; None when it is not known."""
    method = _METHODS.get(call.method or "")
    if method is None or receiver.opaque is not None or call.opaque_arguments:
        return None
    if has_hole(receiver.items):
        return None
    return method(ListCall(machine, receiver.items, call))


def _join(call: ListCall) -> Value | None:
    first = call.argument(0)
    separator = "," if isinstance(first, Undefined) else text_of(first)
    if separator is None:
        return None
    whole = ArrayValue(call.items, call.call.node)
    text = array_text(whole, separator, call.machine.settled)
    return None if text is None else text_constant(text, call.call.node)


def _slice(call: ListCall) -> Value | None:
    start, end = call.position(0, 0), call.position(1, len(call.items))
    if start is None or end is None:
        return None
    return call.made(call.items[start:end])


def _map(call: ListCall) -> Value | None:
    function = call.argument(0)
    results: list[Thunk] = []
    for index in range(len(call.items)):
        result = call.applied(function, *call.given(index))
        if result is None:
            return None
        results.append(known(result))
    return call.made(results)


def _filter(call: ListCall) -> Value | None:
    kept: list[Thunk] = []
    for index, item in enumerate(call.items):
        truth = call.tested(call.argument(0), index)
        if truth is None:
            return None
        if truth:
            kept.append(item)
    return call.made(kept)


def _includes(call: ListCall) -> Value | None:
    wanted = call.argument(0)
    is_nan = isinstance(wanted, Constant) and wanted.value != wanted.value
    if is_nan or len(call.call.arguments) > 1:
        return None
    for item in call.items:
        same = binary("===", call.machine.settled(item), wanted)
        if not isinstance(same, Constant):
            return None
        if same.value:
            return same
    return Constant(False, call.call.node)


def _quantified(*, stops_at: bool) -> Callable[[ListCall], Value | None]:
    """Return ``some`` (stops at true) or ``every`` (stops at false)."""

    def method(call: ListCall) -> Value | None:
        function = call.argument(0)
        for index in range(len(call.items)):
            truth = call.tested(function, index)
            if truth is None:
                return None
            if truth is stops_at:
                return Constant(stops_at, call.call.node)
        return Constant(not stops_at, call.call.node)

    return method


def _reduce(call: ListCall) -> Value | None:
    function = call.argument(0)
    rest = list(range(len(call.items)))
    if len(call.call.arguments) > 1:
        value = call.machine.value_of(call.call.arguments[1])
    elif rest:
        value = call.machine.value_of(call.items[rest.pop(0)])
    else:
        return None
    for index in rest:
        result = call.applied(function, known(value, call.call.node), *call.given(index))
        if result is None:
            return None
        value = call.machine.forced(result)
    return value


Method: TypeAlias = Callable[[ListCall], Value | None]
_METHODS: dict[str, Method] = {
    "every": _quantified(stops_at=False),
    "filter": _filter,
    "includes": _includes,
    "join": _join,
    "map": _map,
    "reduce": _reduce,
    "slice": _slice,
    "some": _quantified(stops_at=True),
}
