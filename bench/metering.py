"""The cost of fuel and epochs: the same guest, compiled with and without."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import wasmtime
from wasmtime import _bindings

from bench.report import milliseconds, percentile, progress, report
from services.toolrunner.domain import MIB
from services.toolrunner.guest.artifacts import GuestArtifacts, read_artifacts
from services.toolrunner.sandbox import abi
from services.toolrunner.sandbox.abi import WASM_PAGE_BYTES
from services.toolrunner.sandbox.engine import (
    THREAD_STACK_BYTES,
    WASM_STACK_BYTES,
    configuration,
)

FIB = (
    b"const fib=(n)=>n<2?n:fib(n-1)+fib(n-2);"
    b"exports.agents={main:{tools:{t:{execute:async()=>fib(27)}}}};"
)
ENVELOPE = b'{"agent":"main","tool":"t","input":{},"context":{},"toolCallId":"1","capabilities":[]}'
EXPECTED = b"196418"
FUEL = 2**60
SEED = (1, 2, 3, 4)
LIMITS = abi.LIMITS.pack(64 * MIB, abi.STACK_BYTES, 10, 0, 0)


def plain() -> wasmtime.Config:
    """Return wasmtime's configuration without metering, with our stack size."""
    config = wasmtime.Config()
    _bindings.wasmtime_config_async_stack_size_set(config.ptr(), WASM_STACK_BYTES + MIB)
    config.max_wasm_stack = WASM_STACK_BYTES
    return config


class Guest:
    """A guest with a program loaded, which is reused from call to call.

    It must be closed: wasmtime keeps the guest's host function until the store is freed, and the
    function keeps the guest, which keeps the store. At interpreter exit, the store would be freed
    after the callbacks that this calls, which ends in a segmentation fault.
    """

    def __init__(self, artifacts: GuestArtifacts, *, metered: bool) -> None:
        engine = wasmtime.Engine(configuration() if metered else plain())
        self._store = wasmtime.Store(engine)
        if metered:
            self._store.set_fuel(FUEL)
            self._store.set_epoch_deadline(1)
        module = wasmtime.Module(engine, artifacts.engine_wasm)
        memories = [item.type for item in module.imports]
        memory_type = next(each for each in memories if isinstance(each, wasmtime.MemoryType))
        self._memory = wasmtime.Memory(self._store, memory_type)
        self._said: tuple[int, int, int] = (0, 0, 0)
        emit_type = wasmtime.FuncType([wasmtime.ValType.i32()] * 3, [])
        emit = wasmtime.Func(self._store, emit_type, self._hear)
        imports: list[wasmtime.Memory | wasmtime.Func] = [
            self._memory if isinstance(item.type, wasmtime.MemoryType) else emit
            for item in module.imports
        ]
        self._exports = wasmtime.Instance(self._store, module, imports).exports(self._store)
        data = artifacts.prelude_data
        data_at = self._memory.grow(self._store, -(-len(data) // WASM_PAGE_BYTES)) * WASM_PAGE_BYTES
        self._memory.write(self._store, data, data_at)
        self._enter("_initialize")
        place = abi.DATA_PLACE.pack(data_at, len(data))
        self._enter("caisson_boot", place + artifacts.prelude_js, now_us())
        self._enter("caisson_load", LIMITS + FIB, 0, now_us(), *SEED)

    def __enter__(self) -> Self:
        """Return the guest itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the store, and with it the memory of the guest."""
        self._store.close()

    def fib(self) -> float:
        """Call the tool; return its seconds."""
        began = time.perf_counter()
        self._enter("caisson_call", LIMITS + ENVELOPE, now_us(), *SEED)
        taken = time.perf_counter() - began
        kind, at, size = self._said
        answer = bytes(self._memory.read(self._store, at, at + size))
        if kind != abi.EMIT_RESULT or answer != EXPECTED:
            raise SystemExit(f"the guest answered {answer[:200]!r}")
        return taken

    def _hear(self, kind: int, pointer: int, length: int) -> None:
        self._said = (kind, pointer & 0xFFFFFFFF, length & 0xFFFFFFFF)

    def _enter(self, name: str, data: bytes | None = None, *arguments: int) -> None:
        if data is not None:
            pointer = self._function("caisson_input")(self._store, len(data))
            self._memory.write(self._store, data, pointer & 0xFFFFFFFF)
        self._function(name)(self._store, *arguments)

    def _function(self, name: str) -> wasmtime.Func:
        function = self._exports[name]
        if not isinstance(function, wasmtime.Func):
            raise SystemExit(f"the guest exports no function {name}")
        return function


def now_us() -> int:
    """Return the wall clock in microseconds."""
    return time.time_ns() // 1000


def measure(calls: int) -> None:
    """Report fib(27) with and without fuel and epochs, and their ratio."""
    progress("fib(27) with and without fuel and epochs")
    on_large_stack(lambda: measure_here(calls))


def measure_here(calls: int) -> None:
    """Measure on this thread, alternating between the two guests."""
    artifacts = read_artifacts()
    times: dict[str, list[float]] = {"metered": [], "plain": []}
    with (
        Guest(artifacts, metered=True) as metered_guest,
        Guest(artifacts, metered=False) as plain_guest,
    ):
        guests = {"metered": metered_guest, "plain": plain_guest}
        for count in range(calls + 1):
            for name, guest in guests.items():
                taken = guest.fib()
                if count:
                    times[name].append(taken)
    for name, each in times.items():
        report({"measure": "fib27", "guest": name, **milliseconds(each)})
    metered, unmetered = (percentile(sorted(times[name]), 0.5) for name in ("metered", "plain"))
    report({"measure": "metering", "ratio": round(metered / unmetered, 2)})


def on_large_stack(work: Callable[[], None]) -> None:
    """Run ``work`` on a thread with the stack that the guest needs; raises what it raises."""
    before = threading.stack_size(THREAD_STACK_BYTES)
    try:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(work).result()
    finally:
        threading.stack_size(before)
