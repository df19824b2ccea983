"""Images: a quiescent guest's memory in a file of the memory, to be mapped copy-on-write.

Starting from an image costs the pages that a call touches and not the size of the image
(DESIGN section 5).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from services.toolrunner.sandbox import virtual_memory
from services.toolrunner.sandbox.virtual_memory import PAGE_BYTES
from services.toolrunner.sandbox.wasm_binary import Segment


class Image:
    """A memory to start from.

    Args:
        memory_bytes: its size, a multiple of the wasm page.
        parts: what is in it; the rest is zeros. Each is copied.

    Raises:
        OSError: the machine has no memory or no descriptor left for it.
    """

    def __init__(self, memory_bytes: int, parts: Iterable[Segment]) -> None:
        self.memory_bytes: Final = memory_bytes
        self.file: Final = _new_file(memory_bytes)
        self._free_file = weakref.finalize(self, os.close, self.file)
        self.data_bytes: Final = _fill(self.file, memory_bytes, parts)
        _seal(self.file)
        self.address: Final = virtual_memory.map_readable(self.file, memory_bytes)
        """Where its bytes can be read, as long as it lives."""
        weakref.finalize(self, virtual_memory.release, self.address, memory_bytes)

    def __repr__(self) -> str:
        """Show its size, and how much of it is not zero."""
        return f"Image(memory_bytes={self.memory_bytes}, data_bytes={self.data_bytes})"


def of_memory(address: int, size: int) -> Image:
    """Return the image of a guest's whole memory; only pages that are not all zero are kept."""
    return Image(size, used_runs(address, size))


def used_runs(address: int, size: int) -> Iterator[Segment]:
    """Yield the runs of neighbouring pages of a memory that hold anything but zeros."""
    zeros = bytes(PAGE_BYTES)
    start: int | None = None
    for offset in range(0, size, PAGE_BYTES):
        used = ctypes.string_at(address + offset, PAGE_BYTES) != zeros
        if used and start is None:
            start = offset
        elif not used and start is not None:
            yield Segment(start, ctypes.string_at(address + start, offset - start))
            start = None
    if start is not None:
        yield Segment(start, ctypes.string_at(address + start, size - start))


def _new_file(size: int) -> int:
    """Return a file that has no name and is in memory, where the system has such."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    else:
        file, path = tempfile.mkstemp(prefix="caisson-image-")
        Path(path).unlink()
    os.ftruncate(file, size)
    return file


def _fill(file: int, size: int, parts: Iterable[Segment]) -> int:
    """Write the parts into the file; return how many bytes they are."""
    address = virtual_memory.map_writable(file, size)
    try:
        target = memoryview((ctypes.c_char * size).from_address(address)).cast("B")
        written = 0
        for part in parts:
            target[part.offset : part.offset + len(part.data)] = part.data
            written += len(part.data)
        return written
    finally:
        virtual_memory.release(address, size)


def _seal(file: int) -> None:
    """Let nobody write to the file or resize it any more; private copies of its pages may."""
    if hasattr(fcntl, "F_ADD_SEALS"):
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        with contextlib.suppress(OSError):  # a file that is no memfd has no seals
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
