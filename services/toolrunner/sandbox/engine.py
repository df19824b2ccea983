"""The compiled guest and the images made with it: one per worker process, used by one thread."""

from __future__ import annotations

import struct
import time
import weakref
from collections.abc import Callable
from typing import Final, TypeAlias

import wasmtime
from wasmtime import _bindings
from wasmtime._instance import InstanceExports

from services.toolrunner.domain import MIB
from services.toolrunner.errors import GuestError, SetupError
from services.toolrunner.guest.artifacts import GuestArtifacts
from services.toolrunner.sandbox import abi, image, wasm_binary
from services.toolrunner.sandbox.module_cache import ModuleCache

# A JavaScript stack of 2 MiB (guest.c) needs at most this much of the native stack, for the worst
# of JSON, parser and proxy recursion; the thread that runs wasm must have more.
WASM_STACK_BYTES: Final = 40 * MIB
THREAD_STACK_BYTES: Final = 64 * MIB
Emit: TypeAlias = Callable[[int, int, int], None]
BOOT_MEMORY_BYTES: Final = 64 * MIB
BOOT_FUEL: Final = 10_000_000_000
ENTRIES: Final = (
    "_initialize",
    "caisson_boot",
    "caisson_input",
    "caisson_load",
    "caisson_call",
    "caisson_resume",
)
MAX_REASONS: Final = 4  # messages shown of a guest that does not boot
SETTINGS: Final = f"fuel epoch stack={WASM_STACK_BYTES}"


class Messages:
    """What a guest says while it boots: kind, pointer and length of each message."""

    def __init__(self) -> None:
        self.all: list[tuple[int, int, int]] = []

    def add(self, kind: int, pointer: int, length: int) -> None:
        """Keep a message."""
        self.all.append((kind, pointer, length))


class SandboxEngine:
    """Compiles the guest and boots it once; ``base`` is the image with runtime and prelude.

    Args:
        artifacts: the built guest.
        cache: where the compiled code is kept between starts.

    Raises:
        SetupError: the guest does not boot, which is a fault of the build.
    """

    def __init__(self, artifacts: GuestArtifacts, cache: ModuleCache) -> None:
        self.wasmtime = wasmtime.Engine(configuration())
        guest = wasm_binary.split(artifacts.engine_wasm)
        self._code = cache.compiled(self.wasmtime, guest.code, SETTINGS)
        self._emit_type = wasmtime.FuncType([wasmtime.ValType.i32()] * 3, [])
        self.base = self._boot(guest.segments, artifacts.prelude_js)

    def __repr__(self) -> str:
        """Show the base image."""
        return f"SandboxEngine(base={self.base})"

    def instantiate(
        self, store: wasmtime.Store, start: image.Image, emit: wasmtime.Func
    ) -> tuple[wasmtime.Memory, wasmtime.Instance]:
        """Return a memory copied from ``start`` and the guest's code on it."""
        memory = wasmtime.Instance(store, start.module, []).exports(store)["memory"]
        if not isinstance(memory, wasmtime.Memory):
            raise SetupError("an image exports no memory; rebuild the guest with `make guest`")
        return memory, wasmtime.Instance(store, self._code, [memory, emit])

    def new_store(self, memory_bytes: int, fuel: int) -> wasmtime.Store:
        """Return a store with its limits set; it is to be used for one load or call."""
        store = wasmtime.Store(self.wasmtime)
        store.set_limits(memory_size=memory_bytes)
        store.set_fuel(fuel)
        store.set_epoch_deadline(1)
        return store

    def emit_function(self, store: wasmtime.Store, emit: Emit) -> wasmtime.Func:
        """Return the guest's one import, which calls the method ``emit``.

        wasmtime keeps the function until the store is freed, so the function must not keep the
        method's object, which holds the store: such a ring would never be freed.
        """
        method = weakref.WeakMethod(emit)

        def call_method(kind: int, pointer: int, length: int) -> None:
            live = method()
            if live is None:
                raise GuestError("the guest sent a message after its work was dropped")
            live(kind, pointer, length)

        return wasmtime.Func(store, self._emit_type, call_method)

    def snapshot(self, store: wasmtime.Store, memory: wasmtime.Memory) -> image.Image:
        """Return the image of a quiescent guest's memory."""
        return image.from_memory(self.wasmtime, bytes(memory.read(store)))

    def _boot(self, segments: tuple[wasm_binary.Segment, ...], prelude: bytes) -> image.Image:
        pages = next(
            item.type.limits.min
            for item in self._code.imports
            if isinstance(item.type, wasmtime.MemoryType)
        )
        start = image.from_segments(self.wasmtime, pages, segments)
        store = self.new_store(BOOT_MEMORY_BYTES, BOOT_FUEL)
        said = Messages()
        emit = self.emit_function(store, said.add)
        memory, guest = self.instantiate(store, start, emit)
        exports = guest.exports(store)
        try:
            check_entries(exports)
            call(store, exports, "_initialize")
            pointer = call(store, exports, "caisson_input", len(prelude)) & 0xFFFFFFFF
            if pointer == 0 or pointer + len(prelude) > memory.data_len(store):
                raise SetupError("the guest has no room for its prelude; rebuild it")
            memory.write(store, prelude, pointer)
            status = call(store, exports, "caisson_boot", time.time_ns() // 1000)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            raise SetupError(f"the guest does not boot: {str(error)[:400]}") from error
        if status != abi.BOOT_OK:
            texts = [
                bytes(memory.read(store, at, at + size)) for _, at, size in said.all[:MAX_REASONS]
            ]
            reason = b"; ".join(texts).decode(errors="replace")
            raise SetupError(f"the guest's prelude does not boot: {reason[:400]}")
        return self.snapshot(store, memory)


def configuration() -> wasmtime.Config:
    """Return the settings under which guests are compiled and run."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.epoch_interruption = True
    config.parallel_compilation = False  # a jailed worker may start no thread
    # wasmtime wants its stack below that of async calls, which this binding cannot set otherwise.
    _bindings.wasmtime_config_async_stack_size_set(config.ptr(), WASM_STACK_BYTES + MIB)
    config.max_wasm_stack = WASM_STACK_BYTES
    return config


def check_entries(exports: InstanceExports) -> None:
    """Raise SetupError when the guest lacks an entry, before anything depends on it."""
    for name in ENTRIES:
        if not isinstance(exports.get(name), wasmtime.Func):
            raise SetupError(f"the guest exports no function {name}; rebuild it with `make guest`")


def call(store: wasmtime.Store, exports: InstanceExports, name: str, *arguments: int) -> int:
    """Call an exported function; return its integer result, 0 when it has none."""
    function = exports.get(name)
    if not isinstance(function, wasmtime.Func):
        raise SetupError(f"the guest exports no function {name}; rebuild it with `make guest`")
    result = function(store, *arguments)
    return result if isinstance(result, int) else 0


def seed_words(seed: bytes) -> tuple[int, int, int, int]:
    """Return 32 random bytes as four signed 64-bit words, as wasm takes them."""
    first, second, third, fourth = struct.unpack("<4q", seed)
    return first, second, third, fourth
