"""Images: the memory of a quiescent guest in an in-memory file, mapped copy-on-write.

Starting from an image costs the pages that a call touches, not the size of the image.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import struct
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from services.toolrunner.sandbox import virtual_memory
from services.toolrunner.sandbox.virtual_memory import PAGE_BYTES
from services.toolrunner.sandbox.wasm_binary import Segment

BLOCK_BYTES: Final = 256 * PAGE_BYTES
"""How much is looked at at once for pages that are used."""


class Image:
    """A memory to start from.

    Args:
        memory_bytes: its size, a multiple of the wasm page.
        parts: its content, copied; the rest is zeros.

    Raises:
        OSError: the machine is out of memory or descriptors.
    """

    def __init__(self, memory_bytes: int, parts: Iterable[Segment]) -> None:
        self.memory_bytes: Final = memory_bytes
        self.dropped = False
        """Set when no guest will start from it any more: what is mapped of it is released."""
        self.file: Final = _new_file(memory_bytes)
        self._free_file = weakref.finalize(self, os.close, self.file)
        self.data_bytes: Final = _fill(self.file, parts)
        _seal(self.file)
        self.address: Final = virtual_memory.map_readable(self.file, memory_bytes)
        """The address of its bytes, valid while it lives."""
        weakref.finalize(self, virtual_memory.release, self.address, memory_bytes)

    def __repr__(self) -> str:
        """Show its size, and how much of it is not zero."""
        return f"Image(memory_bytes={self.memory_bytes}, data_bytes={self.data_bytes})"


def of_memory(address: int, size: int) -> Image:
    """Return the image of a guest's whole memory; stores only pages that are not all zero."""
    return Image(size, used_runs(address, size))


DIGEST_BYTES: Final = 32
HEAD: Final = struct.Struct("<QI")
"""How a packed image begins, after its digest: size of the memory, number of runs."""
RUN: Final = struct.Struct("<QQ")
"""Offset and size of a run; the bytes of all runs follow."""


def packed(image: Image) -> bytes:
    """Return an image as bytes: their SHA-256, the runs of its used pages, and the pages."""
    runs = list(used_runs(image.address, image.memory_bytes))
    head = HEAD.pack(image.memory_bytes, len(runs))
    table = b"".join(RUN.pack(run.offset, len(run.data)) for run in runs)
    body = b"".join([head, table, *(run.data for run in runs)])
    return hashlib.sha256(body).digest() + body


def unpacked(data: bytes) -> Image:
    """Return the image of ``packed`` bytes; raises ValueError for damaged ones."""
    body = memoryview(data)[DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != data[:DIGEST_BYTES]:
        raise ValueError("the packed image is damaged")
    memory_bytes, count = HEAD.unpack_from(body)
    runs = []
    at = HEAD.size + count * RUN.size
    for number in range(count):
        offset, size = RUN.unpack_from(body, HEAD.size + number * RUN.size)
        runs.append(Segment(offset, bytes(body[at : at + size])))
        at += size
    return Image(memory_bytes, runs)


def used_runs(address: int, size: int) -> Iterator[Segment]:
    """Yield the runs of adjacent pages of a memory that are not all zero."""
    zeros = bytes(PAGE_BYTES)
    start: int | None = None
    for begin in range(0, size, BLOCK_BYTES):
        block = ctypes.string_at(address + begin, min(BLOCK_BYTES, size - begin))
        for offset in range(0, len(block), PAGE_BYTES):
            used = not block.startswith(zeros, offset)
            if used and start is None:
                start = begin + offset
            elif not used and start is not None:
                yield Segment(start, ctypes.string_at(address + start, begin + offset - start))
                start = None
    if start is not None:
        yield Segment(start, ctypes.string_at(address + start, size - start))


def _new_file(size: int) -> int:
    """Return an unnamed file, in memory where the system supports that."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    else:
        file, path = tempfile.mkstemp(prefix="caisson-image-")
        Path(path).unlink()
    os.ftruncate(file, size)
    return file


def _fill(file: int, parts: Iterable[Segment]) -> int:
    """Write the parts into the file; return their size in bytes.

    By system calls: a mapping of the file would take a page fault for each page.
    """
    written = 0
    for part in parts:
        rest, at = memoryview(part.data), part.offset
        while rest:
            count = os.pwrite(file, rest, at)
            rest, at, written = rest[count:], at + count, written + count
    return written


def _seal(file: int) -> None:
    """Seal the file against writes and resizing; private copies of its pages stay writable."""
    if hasattr(fcntl, "F_ADD_SEALS"):
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        with contextlib.suppress(OSError):  # only a memfd has seals
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
