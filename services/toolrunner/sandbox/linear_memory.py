"""Linear memories of guests: copy-on-write mappings of images, reused and reset between calls.

This is wasmtime's ``MemoryCreator``. A call in a reused mapping has no page faults, which dominate
a small call: 640 us with a new mapping for each call, 230 us with a reset one (802 KB bundle,
2-core EPYC, 130 faults of 3 us each). The store, its instances, globals and tables are new for
every call.

A reset restores each page that is a private copy, since only those can differ from the image, and
releases what the memory grew by. A mapping that cannot be reset reliably is discarded: when the
kernel does not report private pages, or the call did not end by itself.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import wasmtime
from wasmtime import _bindings
from wasmtime._extern import wrap_extern

from services.toolrunner.errors import GuestError
from services.toolrunner.sandbox import virtual_memory
from services.toolrunner.sandbox.entries import export_at
from services.toolrunner.sandbox.image import Image
from services.toolrunner.sandbox.private_pages import PrivatePages, Range, faults_of_this_thread

MAX_KEPT: Final = 16
"""Mappings kept for later calls, over all images."""
MAX_MENDED_BYTES: Final = 2 * 1024 * 1024
"""Bytes to restore page by page; with more, all private pages are dropped instead. A call of a tool
that parses its input with zod changes 916 KiB: 0.6 ms when that is restored, 1.8 ms with faults."""
MAX_GROWN_BYTES: Final = 256 * 1024
"""Growth that is kept, cleared, for the next call."""

SUCCEEDED: Final = 0

Copy: TypeAlias = tuple[memoryview, memoryview]
"""Private pages of a mapping, and the same bytes of its image. Assigning the one to the other takes
a third of the time of ``ctypes.memmove``, of which a small call needs more than a hundred."""


@dataclass(eq=False, slots=True)
class LinearMemory:
    """One mapping, for one guest at a time.

    ``address`` is its start, ``size`` what the guest may use now, ``room`` what it may grow to, in
    bytes; ``start`` and ``length`` cover the whole reservation with its guards.
    """

    image: Image
    start: int
    length: int
    address: int
    room: int
    size: int
    private: list[Range] | None = None
    private_bytes: int = 0
    copies: list[Copy] | None = None
    faults: int = 0
    ended_well: bool = False

    def read(self, pointer: int, length: int) -> bytes:
        """Return a copy of a range; raises GuestError for one outside the memory."""
        self._check(pointer, length)
        return ctypes.string_at(self.address + pointer, length)

    def write(self, pointer: int, data: bytes) -> None:
        """Copy ``data`` in; raises GuestError for a range outside the memory."""
        self._check(pointer, len(data))
        ctypes.memmove(self.address + pointer, data, len(data))

    def _check(self, pointer: int, length: int) -> None:
        if pointer < 0 or length < 0 or pointer + length > self.size:
            raise GuestError("the guest passed a range outside its memory")


@dataclass(eq=False)
class LinearMemories:
    """Makes and keeps the mappings of one engine; used by one thread.

    Args:
        private_pages: reports what to restore; where it cannot, mappings are not reused.
    """

    private_pages: PrivatePages
    _image: Image | None = None
    _kept: list[LinearMemory] = field(default_factory=list)
    _used: dict[int, LinearMemory] = field(default_factory=dict)
    _number: int = 0
    _closed: bool = False

    def __post_init__(self) -> None:
        """Create the callbacks for wasmtime; they must live as long as the engine."""
        self._get = _bindings.wasmtime_memory_get_callback_t(self._tell)
        self._grow = _bindings.wasmtime_memory_grow_callback_t(self._grow_by)
        self._free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self._take_back)
        self._creator = _bindings.wasmtime_memory_creator_t(
            None,
            _bindings.wasmtime_new_memory_callback_t(self._make),
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_nothing),
        )
        # An engine may be freed after everything that references it, and calls these until then.
        _CREATORS.append(self)

    def serve(self, config: wasmtime.Config) -> None:
        """Make engines of this configuration create their memories here."""
        _bindings.wasmtime_config_host_memory_creator_set(config.ptr(), ctypes.byref(self._creator))

    def close(self) -> None:
        """Release all kept mappings and keep none from now on; live guests are unaffected."""
        self._closed = True
        kept, self._kept = self._kept, []
        for each in kept:
            virtual_memory.release(each.start, each.length)

    def instantiate(
        self, store: wasmtime.Store, module: wasmtime.Module, image: Image
    ) -> tuple[wasmtime.Memory, LinearMemory]:
        """Return the memory that is ``module``'s first export, started from an image.

        Raises:
            GuestError: the machine is out of address space or memory.
        """
        self._image = image
        try:
            found = export_at(store, wasmtime.Instance(store, module, []), 0)
        except wasmtime.WasmtimeError as error:
            raise GuestError("there is no memory left for another guest") from error
        finally:
            self._image = None
        memory = None if found is None else wrap_extern(found)
        if not isinstance(memory, wasmtime.Memory):
            raise GuestError("the guest's memory is not the sandbox's own")
        return memory, self._used[self._number]

    def private_bytes(self, memory: LinearMemory) -> int:
        """Return the private bytes of a mapping: its growth and changed pages.

        All pages count as changed where the kernel does not report them.
        """
        image_bytes = memory.image.memory_bytes
        private = self.private_pages.within(memory.address, image_bytes)
        changed = image_bytes if private is None else sum(size for _, size in private)
        return memory.size - image_bytes + changed

    def drop(self, image: Image) -> None:
        """Release the mappings of an image that is no longer used, also those still in use."""
        image.dropped = True
        dropped = [each for each in self._kept if each.image is image]
        self._kept = [each for each in self._kept if each.image is not image]
        for each in dropped:
            virtual_memory.release(each.start, each.length)

    def _make(
        self,
        _env: int | None,
        _type: object,
        _minimum: int,
        _maximum: int,
        room: int,
        guard: int,
        out: ctypes._Pointer[_bindings.wasmtime_linear_memory],
    ) -> int:
        """Create a memory for wasmtime; no exception may leave a callback."""
        try:
            memory = self._kept_one() or self._new_one(room, guard)
        except (OSError, GuestError) as error:
            return _failure(error)
        self._number += 1
        self._used[self._number] = memory
        made = out[0]
        made.env = self._number
        made.get_memory, made.grow_memory, made.finalizer = self._get, self._grow, self._free
        return SUCCEEDED

    def _kept_one(self) -> LinearMemory | None:
        for at in range(len(self._kept) - 1, -1, -1):
            if self._kept[at].image is self._image:
                memory = self._kept.pop(at)
                memory.faults = faults_of_this_thread()
                return memory
        return None

    def _new_one(self, room: int, guard: int) -> LinearMemory:
        image = self._image
        if image is None or image.memory_bytes > room:
            raise GuestError("a memory was requested without a matching image")
        length = guard + room + guard
        start = virtual_memory.reserve(length)
        try:
            virtual_memory.map_copy_on_write(image.file, image.memory_bytes, start + guard)
        except OSError:
            virtual_memory.release(start, length)
            raise
        virtual_memory.keep_pages_small(start, length)
        return LinearMemory(image, start, length, start + guard, room, image.memory_bytes)

    def _tell(
        self,
        number: int,
        size: ctypes._Pointer[ctypes.c_size_t],
        room: ctypes._Pointer[ctypes.c_size_t],
    ) -> int:
        memory = self._used[number]
        size[0] = memory.size
        room[0] = memory.room
        return memory.address

    def _grow_by(self, number: int, size: int) -> int:
        memory = self._used[number]
        try:
            if size > memory.room:
                raise GuestError("a memory cannot grow beyond its room")
            virtual_memory.permit(memory.address + memory.size, size - memory.size)
        except (OSError, GuestError) as error:
            return _failure(error)
        memory.size = size
        return SUCCEEDED

    def _take_back(self, number: int) -> None:
        """Keep or release the mapping of a store that was freed."""
        memory = self._used.pop(number)
        try:
            kept = memory.ended_well and not self._closed and not memory.image.dropped
            if kept and self._mend(memory):
                self._keep(memory)
                return
        except OSError:
            pass  # then it is released as well
        virtual_memory.release(memory.start, memory.length)

    def _keep(self, memory: LinearMemory) -> None:
        memory.ended_well = False
        self._kept.append(memory)
        if len(self._kept) > MAX_KEPT:
            oldest = self._kept.pop(0)
            virtual_memory.release(oldest.start, oldest.length)

    def _mend(self, memory: LinearMemory) -> bool:
        """Reset a mapping to its image; return False when that cannot be done reliably."""
        if not self.private_pages.known:
            return False
        image = memory.image
        if memory.private is None or memory.faults != faults_of_this_thread():
            memory.private = self.private_pages.within(memory.address, image.memory_bytes)
            memory.private_bytes = sum(size for _, size in memory.private or ())
            memory.copies = None
        if memory.private is None:
            return False
        _shrink(memory)
        if memory.private_bytes > MAX_MENDED_BYTES:
            for address, size in memory.private:
                virtual_memory.discard(address, size)
            memory.private, memory.private_bytes, memory.copies = [], 0, None
            return True
        if memory.copies is None:
            memory.copies = _copies(memory, memory.private)
        for own, original in memory.copies:
            own[:] = original
        return True


_CREATORS: Final[list[LinearMemories]] = []


def _copies(memory: LinearMemory, private: list[Range]) -> list[Copy]:
    """Return the private ranges of a mapping, each with its original."""
    own = virtual_memory.view(memory.address, memory.image.memory_bytes)
    original = virtual_memory.view(memory.image.address, memory.image.memory_bytes)
    places = [(each.address - memory.address, each.size) for each in private]
    return [(own[at : at + size], original[at : at + size]) for at, size in places]


def _shrink(memory: LinearMemory) -> None:
    """Release what a memory grew by."""
    grown = memory.size - memory.image.memory_bytes
    if grown == 0:
        return
    end = memory.address + memory.image.memory_bytes
    kept = min(grown, MAX_GROWN_BYTES)
    ctypes.memset(end, 0, kept)
    if grown > kept:
        virtual_memory.discard(end + kept, grown - kept)
    virtual_memory.forbid(end, grown)
    memory.size = memory.image.memory_bytes


def _failure(error: Exception) -> int:
    """Return a wasmtime error, which wasmtime then owns."""
    text = str(error).encode()
    made = _bindings.wasmtime_error_new(ctypes.create_string_buffer(text))
    return ctypes.cast(made, ctypes.c_void_p).value or 1


def _nothing(_env: int | None) -> None:
    """Free nothing."""
