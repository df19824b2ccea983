"""Images hold the memory they were made from, wherever its content is."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toolrunner.sandbox.image import Image, of_memory
from services.toolrunner.sandbox.virtual_memory import PAGE_BYTES
from services.toolrunner.sandbox.wasm_binary import Segment

PAGES = 48
SIZE = PAGES * PAGE_BYTES


def contents(image: Image) -> bytes:
    return ctypes.string_at(image.address, image.memory_bytes)


@given(
    st.dictionaries(
        st.integers(min_value=0, max_value=PAGES - 1),
        st.binary(min_size=1, max_size=PAGE_BYTES),
    )
)
def test_image_holds_its_memory(pages: dict[int, bytes]) -> None:
    memory = bytearray(SIZE)
    for page, data in pages.items():
        memory[page * PAGE_BYTES : page * PAGE_BYTES + len(data)] = data
    image = of_memory(ctypes.addressof((ctypes.c_char * SIZE).from_buffer(memory)), SIZE)
    assert contents(image) == bytes(memory)
    assert image.data_bytes <= len(pages) * PAGE_BYTES


def test_holes_in_memory_take_no_space() -> None:
    stripes = b"".join((b"\1" if page % 2 else b"\0") * PAGE_BYTES for page in range(PAGES))
    memory = ctypes.create_string_buffer(stripes, SIZE)
    image = of_memory(ctypes.addressof(memory), SIZE)
    assert contents(image) == stripes
    assert image.data_bytes == SIZE // 2


def test_runs_across_blocks_are_whole() -> None:
    """A memory is searched in blocks of 256 pages."""
    used = range(200, 700)
    memory = bytearray(800 * PAGE_BYTES)
    for page in used:
        memory[page * PAGE_BYTES + page] = 1
    source = (ctypes.c_char * len(memory)).from_buffer(memory)
    image = of_memory(ctypes.addressof(source), len(memory))
    assert contents(image) == bytes(memory)
    assert image.data_bytes == len(used) * PAGE_BYTES


@pytest.mark.parametrize("address", [2**31 - 4096, 2**31, 3 * 2**30])
def test_image_can_exceed_two_gigabytes(address: int) -> None:
    image = Image(50_000 * 65536, [Segment(address, b"far away")])
    assert ctypes.string_at(image.address + address, 8) == b"far away"


def test_image_is_immutable() -> None:
    image = Image(SIZE, [Segment(0, b"fixed")])
    with pytest.raises(PermissionError):
        os.pwrite(image.file, b"other", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(image.file, 2 * SIZE)


def test_dropped_image_frees_file_and_addresses() -> None:
    gc.collect()  # what earlier tests have left
    before = mapped()
    image = Image(SIZE, [Segment(0, b"data")])
    assert mapped() == before + 1
    file = image.file
    del image
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)
    assert mapped() == before


def mapped() -> int:
    """Return how many mappings of images this process has."""
    return Path("/proc/self/maps").read_text().count("memfd:image")
