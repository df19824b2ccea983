"""The compiled guest and its images: one per worker process, used by one thread."""

from __future__ import annotations

import struct
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, TypeAlias

import wasmtime
from wasmtime import _bindings

from services.toolrunner.domain import MIB
from services.toolrunner.errors import GuestError, SetupError
from services.toolrunner.guest.artifacts import GuestArtifacts
from services.toolrunner.sandbox import abi, wasm_binary
from services.toolrunner.sandbox.boot import BootPlan, boot_plan
from services.toolrunner.sandbox.entries import Entries, positions
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.image import of_memory as image_of
from services.toolrunner.sandbox.linear_memory import LinearMemories, LinearMemory
from services.toolrunner.sandbox.module_cache import ModuleCache
from services.toolrunner.sandbox.private_pages import PrivatePages

# A JavaScript stack of 5 MiB (abi.h), 8,000 nested calls of any kind, takes 49 MiB of native stack,
# and 92 MiB in JSON, parser and proxy recursion at worst; the thread that runs wasm must have more.
WASM_STACK_BYTES: Final = 100 * MIB
THREAD_STACK_BYTES: Final = 124 * MIB
Emit: TypeAlias = Callable[[int, int, int], None]
BOOT_MEMORY_BYTES: Final = 64 * MIB
BOOT_FUEL: Final = 10_000_000_000
BOOT_CLOCK_US: Final = 1_577_836_800_000_000
"""What the clock shows while a guest boots, always the same: then so is the base image."""
MAX_REASONS: Final = 4  # messages to show of a guest that does not boot
SETTINGS: Final = f"fuel epoch stack={WASM_STACK_BYTES}"


class Messages:
    """Messages of a guest while it boots: kind, pointer and length of each."""

    def __init__(self) -> None:
        self.all: list[tuple[int, int, int]] = []

    def add(self, kind: int, pointer: int, length: int) -> None:
        """Keep a message."""
        self.all.append((kind, pointer, length))


@dataclass(frozen=True)
class Guest:
    """An instance of the guest: its memory, and the entries to call."""

    memory: LinearMemory
    entries: Entries

    def snapshot(self) -> Image:
        """Return the image of this guest, which must be quiescent."""
        return image_of(self.memory.address, self.memory.size)


class SandboxEngine:
    """Compiles and boots the guest; ``base`` is the image with runtime and prelude.

    Args:
        artifacts: the built guest.
        cache: where the compiled code and the base image are kept between starts.
        private_pages: reports the pages that calls wrote to; None asks this machine's kernel.

    Raises:
        SetupError: the guest does not boot; the build is broken.
    """

    def __init__(
        self,
        artifacts: GuestArtifacts,
        cache: ModuleCache,
        private_pages: PrivatePages | None = None,
    ) -> None:
        self._memories = LinearMemories(private_pages or PrivatePages())
        config = configuration()
        self._memories.serve(config)
        weakref.finalize(self, self._memories.close)
        self.wasmtime = wasmtime.Engine(config)
        guest = wasm_binary.split(artifacts.engine_wasm)
        self._code = cache.compiled(self.wasmtime, guest.code, SETTINGS)
        self._entries = positions(self._code)
        self._pages = least_pages(self._code)
        # Its memory is as large as its image; the module declares the minimum.
        self._memory = wasmtime.Module(self.wasmtime, wasm_binary.memory_module(self._pages))
        self._emit_type = wasmtime.FuncType([wasmtime.ValType.i32()] * 3, [])
        plan = boot_plan(artifacts, guest.segments, self._pages)
        self.name: Final = f"{plan.key} wasmtime {version('wasmtime')}"
        """What a call's fuel depends on, apart from program and call."""
        self.base = cache.booted(plan.key, lambda: self._boot(plan))

    def __repr__(self) -> str:
        """Show the base image."""
        return f"SandboxEngine(base={self.base})"

    def instantiate(self, store: wasmtime.Store, start: Image, emit: wasmtime.Func) -> Guest:
        """Return a guest with the memory of ``start``; raises GuestError when out of memory."""
        memory, pages = self._memories.instantiate(store, self._memory, start)
        instance = wasmtime.Instance(store, self._code, [memory, emit])
        return Guest(pages, Entries(store, instance, self._entries))

    def private_bytes(self, guest: Guest) -> int:
        """Return the bytes of a guest's private memory."""
        return self._memories.private_bytes(guest.memory)

    def drop(self, start: Image) -> None:
        """Release what is kept of an image that no guest will start from any more."""
        self._memories.drop(start)

    def new_store(self, memory_bytes: int, fuel: int) -> wasmtime.Store:
        """Return a store with its limits set, for one load or call."""
        store = wasmtime.Store(self.wasmtime)
        store.set_limits(memory_size=memory_bytes)
        store.set_fuel(fuel)
        store.set_epoch_deadline(1)
        return store

    def emit_function(self, store: wasmtime.Store, emit: Emit) -> wasmtime.Func:
        """Return the guest's one import, which calls the method ``emit``.

        wasmtime keeps the function until the store is freed, so the function must not reference the
        method's object, which holds the store: that cycle would never be freed.
        """
        method = weakref.WeakMethod(emit)

        def call_method(kind: int, pointer: int, length: int) -> None:
            live = method()
            if live is None:
                raise GuestError("the guest sent a message after its work was dropped")
            live(kind, pointer, length)

        return wasmtime.Func(store, self._emit_type, call_method)

    def _boot(self, plan: BootPlan) -> Image:
        start, prelude = Image(plan.memory_bytes, plan.segments), plan.input
        store = self.new_store(BOOT_MEMORY_BYTES, BOOT_FUEL)
        said = Messages()
        emit = self.emit_function(store, said.add)
        try:
            guest = self.instantiate(store, start, emit)
            guest.entries.call("_initialize")
            pointer = guest.entries.call("caisson_input", len(prelude)) & 0xFFFFFFFF
            if pointer == 0:
                raise SetupError("the guest has no room for its prelude; rebuild it")
            guest.memory.write(pointer, prelude)
            status = guest.entries.call("caisson_boot", BOOT_CLOCK_US)
            if status != abi.BOOT_OK:
                texts = [guest.memory.read(at, size) for _, at, size in said.all[:MAX_REASONS]]
                reason = b"; ".join(texts).decode(errors="replace")
                raise SetupError(f"the guest's prelude does not boot: {reason[:400]}")
        except (wasmtime.Trap, wasmtime.WasmtimeError, GuestError) as error:
            raise SetupError(f"the guest does not boot: {str(error)[:400]}") from error
        return guest.snapshot()


def configuration() -> wasmtime.Config:
    """Return the wasmtime configuration of guests."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.epoch_interruption = True
    config.parallel_compilation = False  # a jailed worker cannot start threads
    # wasmtime requires its stack to be below that of async calls, which this binding cannot set
    # otherwise.
    _bindings.wasmtime_config_async_stack_size_set(config.ptr(), WASM_STACK_BYTES + MIB)
    config.max_wasm_stack = WASM_STACK_BYTES
    return config


def least_pages(code: wasmtime.Module) -> int:
    """Return how many wasm pages a guest starts with; raises SetupError when it has no memory."""
    for item in code.imports:
        if isinstance(item.type, wasmtime.MemoryType):
            return int(item.type.limits.min)
    raise SetupError("the guest imports no memory; rebuild it with `make guest`")


def seed_words(seed: bytes) -> tuple[int, int, int, int]:
    """Return 32 random bytes as four signed 64-bit words, as wasm takes them."""
    first, second, third, fourth = struct.unpack("<4q", seed)
    return first, second, third, fourth
