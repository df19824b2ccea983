"""Images: a quiescent guest's memory as a module without code, mapped copy-on-write.

wasmtime maps the data of such a module lazily, so that starting from an image costs the pages that
a call touches and not the size of the image (DESIGN section 5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import wasmtime

from services.toolrunner.sandbox import wasm_binary
from services.toolrunner.sandbox.abi import WASM_PAGE_BYTES

HOST_PAGE_BYTES: Final = 4096
ZERO_PAGE: Final = bytes(HOST_PAGE_BYTES)


@dataclass(frozen=True)
class Image:
    """A memory to start from. ``memory_bytes`` is its size, ``data_bytes`` what is not zero."""

    module: wasmtime.Module = field(repr=False)
    memory_bytes: int
    data_bytes: int


def from_segments(
    engine: wasmtime.Engine, pages: int, segments: tuple[wasm_binary.Segment, ...]
) -> Image:
    """Make the image of a memory of ``pages`` wasm pages filled from ``segments``."""
    module = wasmtime.Module(engine, wasm_binary.memory_module(pages, segments))
    size = sum(len(segment.data) for segment in segments)
    return Image(module, pages * WASM_PAGE_BYTES, size)


def from_memory(engine: wasmtime.Engine, memory: bytes) -> Image:
    """Make the image of a guest's whole memory; only pages that are not all zero are kept."""
    return from_segments(engine, len(memory) // WASM_PAGE_BYTES, tuple(used_runs(memory)))


def used_runs(memory: bytes) -> list[wasm_binary.Segment]:
    """Return the runs of neighbouring host pages that hold anything but zeros."""
    view = memoryview(memory)
    runs: list[wasm_binary.Segment] = []
    start: int | None = None
    for offset in range(0, len(memory), HOST_PAGE_BYTES):
        used = view[offset : offset + HOST_PAGE_BYTES] != ZERO_PAGE
        if used and start is None:
            start = offset
        elif not used and start is not None:
            runs.append(wasm_binary.Segment(start, memory[start:offset]))
            start = None
    if start is not None:
        runs.append(wasm_binary.Segment(start, memory[start:]))
    return runs
