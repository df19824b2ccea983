"""A program cannot make an image that the engine would refuse."""

from __future__ import annotations

import pytest
import wasmtime

from services.toolrunner.sandbox.image import HOST_PAGE_BYTES, from_segments, used_runs
from services.toolrunner.sandbox.wasm_binary import Segment

PAGES = 64
STRIPES = b"".join(
    (b"\1" if number % 2 == 0 else b"\0") * HOST_PAGE_BYTES for number in range(PAGES)
)


@pytest.mark.parametrize("most", [PAGES, PAGES // 2, PAGES // 2 - 1, 5, 1])
def test_holes_all_over_a_memory_make_no_more_runs_than_there_may_be(most: int) -> None:
    runs = used_runs(STRIPES, most)
    assert 1 <= len(runs) <= most
    copy = bytearray(len(STRIPES))
    for run in runs:
        copy[run.offset : run.offset + len(run.data)] = run.data
    assert bytes(copy) == STRIPES


@pytest.mark.parametrize("address", [2**31 - 4096, 2**31, 3 * 2**30])
def test_image_of_a_memory_beyond_two_gigabytes(address: int) -> None:
    engine = wasmtime.Engine()
    image = from_segments(engine, 50_000, (Segment(address, b"far away"),))
    store = wasmtime.Store(engine)
    memory = wasmtime.Instance(store, image.module, []).exports(store)["memory"]
    assert isinstance(memory, wasmtime.Memory)
    assert bytes(memory.read(store, address, address + 8)) == b"far away"
