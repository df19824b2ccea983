"""What the benches start, they end: nothing of wasmtime is left for the end of the interpreter."""

from __future__ import annotations

import gc

from bench import metering


def test_the_guests_of_the_bench_are_freed() -> None:
    metering.measure(1)
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, metering.Guest)]
