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
# wasmtime takes a module of at most 100,000 data segments.
MAX_RUNS: Final = 90_000


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


def used_runs(memory: bytes, most: int = MAX_RUNS) -> list[wasm_binary.Segment]:
    """Return the runs of neighbouring pages that hold anything but zeros, at most ``most`` of them.

    Pages are those of the host; one that leaves holes all over a large memory gets larger ones.
    """
    page = HOST_PAGE_BYTES
    while len(runs := runs_of_pages(memory, page)) > most:
        page *= 4
    return runs


def runs_of_pages(memory: bytes, page: int) -> list[wasm_binary.Segment]:
    """Return the runs of neighbouring pages of this size that hold anything but zeros."""
    view = memoryview(memory)
    zeros = bytes(page)
    runs: list[wasm_binary.Segment] = []
    start: int | None = None
    for offset in range(0, len(memory), page):
        part = view[offset : offset + page]
        used = part != zeros[: len(part)]
        if used and start is None:
            start = offset
        elif not used and start is not None:
            runs.append(wasm_binary.Segment(start, memory[start:offset]))
            start = None
    if start is not None:
        runs.append(wasm_binary.Segment(start, memory[start:]))
    return runs
