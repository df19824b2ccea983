"""The guest's entry points, called with raw values; their types are checked once.

wasmtime-py looks up and converts a function's types at each call, which takes longer than a small
tool itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import wasmtime
from wasmtime import _bindings
from wasmtime._func import enter_wasm

from services.toolrunner.errors import SetupError


class EntryType(NamedTuple):
    """The value types of an entry's parameters and results."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]


I32: Final = "i32"
I64: Final = "i64"
FRESH: Final = (I64,) * 5
"""The clock in microseconds and 32 random bytes, the first arguments of a load or call."""
TYPES: Final[Mapping[str, EntryType]] = {
    "_initialize": EntryType((), ()),
    "caisson_boot": EntryType((I64,), (I32,)),
    "caisson_input": EntryType((I32,), (I32,)),
    "caisson_load": EntryType((I32, *FRESH), (I64,)),
    "caisson_call": EntryType(FRESH, (I64,)),
    "caisson_resume": EntryType((I64,), (I64,)),
}


def positions(module: wasmtime.Module) -> dict[str, int]:
    """Return the position of each entry among a module's exports.

    Raises:
        SetupError: an entry is missing or has the wrong type; the build is broken.
    """
    found = {}
    for at, export in enumerate(module.exports):
        kind = export.type
        name = export.name
        if name not in TYPES or not isinstance(kind, wasmtime.FuncType):
            continue
        if EntryType(names(kind.params), names(kind.results)) != TYPES[name]:
            raise SetupError(f"the guest's function {name} has the wrong type; run `make guest`")
        found[name] = at
    for name in TYPES:
        if name not in found:
            raise SetupError(f"the guest exports no function {name}; rebuild it with `make guest`")
    return found


def names(types: Iterable[wasmtime.ValType]) -> tuple[str, ...]:
    """Return the names of value types, such as ``i32``."""
    return tuple(str(each) for each in types)


def export_at(
    store: wasmtime.Store, instance: wasmtime.Instance, position: int
) -> _bindings.wasmtime_extern_t | None:
    """Return the export at a position as wasmtime has it; None if there is none."""
    item = _bindings.wasmtime_extern_t()
    text = ctypes.POINTER(ctypes.c_char)()
    size = ctypes.c_size_t()
    found = _bindings.wasmtime_instance_export_nth(
        store._context(),
        ctypes.byref(instance._instance),
        position,
        ctypes.byref(text),
        ctypes.byref(size),
        ctypes.byref(item),
    )
    return item if found else None


class Entries:
    """The entry points of one instance.

    Args:
        store: the instance's store, which must outlive this.
        instance: the guest.
        at: the entries' positions among its exports.
    """

    def __init__(
        self, store: wasmtime.Store, instance: wasmtime.Instance, at: dict[str, int]
    ) -> None:
        self._store = store
        self._instance = instance
        self._at = at
        self._values = (_bindings.wasmtime_val_raw_t * (len(FRESH) + 1))()

    def __repr__(self) -> str:
        """Show the instance."""
        return f"Entries({self._instance!r})"

    def call(self, name: str, *arguments: int) -> int:
        """Call an entry; return its result as a signed integer, 0 when it has none.

        Raises:
            wasmtime.Trap: the guest was stopped.
            GuestError: what the guest's import raised.
        """
        values = self._values
        parameters, results = TYPES[name]
        for at, kind in enumerate(parameters):
            setattr(values[at], kind, arguments[at])
        function = self._function(name)
        context = self._store._context()
        with enter_wasm(self._store) as trap:
            error = _bindings.wasmtime_func_call_unchecked(
                context, ctypes.byref(function), values, len(values), trap
            )
            if bool(error):  # a null pointer is none
                raise wasmtime.WasmtimeError._from_ptr(error)
        return int(getattr(values[0], results[0])) if results else 0

    def _function(self, name: str) -> _bindings.wasmtime_func_t:
        found = export_at(self._store, self._instance, self._at[name])
        if found is None:
            raise SetupError(f"the guest exports no function {name}; rebuild it with `make guest`")
        return found.of.func
