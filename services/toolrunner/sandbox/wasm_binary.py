"""Reads and writes the few sections of a wasm binary that images need.

The format is that of the WebAssembly Core Specification 2.0, section 5: a preamble, then sections
of an id byte, a LEB128 length and the content. Only our own guest is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PREAMBLE: Final = b"\0asm\x01\0\0\0"
SECTION_MEMORY: Final = 5
SECTION_EXPORT: Final = 7
SECTION_START: Final = 8
SECTION_DATA: Final = 11
SECTION_DATA_COUNT: Final = 12
ACTIVE_IN_MEMORY_0: Final = 0
OPCODE_I32_CONST: Final = 0x41
OPCODE_END: Final = 0x0B
EXPORT_MEMORY: Final = 2
LIMITS_MINIMUM_ONLY: Final = 0


@dataclass(frozen=True)
class Segment:
    """Bytes at an offset of linear memory."""

    offset: int
    data: bytes


@dataclass(frozen=True)
class SplitGuest:
    """A split guest: its code without data, and its initial data."""

    code: bytes
    segments: tuple[Segment, ...]


def unsigned(value: int) -> bytes:
    """Return ``value`` (at least 0) as unsigned LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_unsigned(data: bytes, at: int) -> tuple[int, int]:
    """Read unsigned LEB128; return the value and the position behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def sections(binary: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and content of each section; raises ValueError for an invalid wasm module."""
    if binary[: len(PREAMBLE)] != PREAMBLE:
        raise ValueError("not a wasm module of version 1")
    at = len(PREAMBLE)
    while at < len(binary):
        kind = binary[at]
        size, at = read_unsigned(binary, at + 1)
        yield kind, binary[at : at + size]
        at += size


def section(kind: int, content: bytes) -> bytes:
    """Return one section."""
    return bytes([kind]) + unsigned(len(content)) + content


def read_segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments of a data section; raises ValueError for any but plain active ones."""
    count, at = read_unsigned(content, 0)
    for _ in range(count):
        if content[at] != ACTIVE_IN_MEMORY_0 or content[at + 1] != OPCODE_I32_CONST:
            raise ValueError("the guest has a data segment that is not active at a constant offset")
        offset, at = read_unsigned(content, at + 2)  # offsets are below 2 GiB: signed is unsigned
        if content[at] != OPCODE_END:
            raise ValueError("the guest has a data segment with a computed offset")
        size, at = read_unsigned(content, at + 1)
        yield Segment(offset, content[at : at + size])
        at += size


def split(binary: bytes) -> SplitGuest:
    """Remove the data, data-count and start sections from a guest; raises ValueError."""
    code = bytearray(PREAMBLE)
    segments: list[Segment] = []
    for kind, content in sections(binary):
        if kind == SECTION_DATA:
            segments.extend(read_segments(content))
        elif kind not in (SECTION_START, SECTION_DATA_COUNT):
            code += section(kind, content)
    return SplitGuest(bytes(code), tuple(segments))


def memory_module(pages: int) -> bytes:
    """Return a module that is one exported memory of at least ``pages`` wasm pages."""
    memory = unsigned(1) + bytes([LIMITS_MINIMUM_ONLY]) + unsigned(pages)
    name = b"memory"
    export = unsigned(1) + unsigned(len(name)) + name + bytes([EXPORT_MEMORY, 0])
    return PREAMBLE + section(SECTION_MEMORY, memory) + section(SECTION_EXPORT, export)
