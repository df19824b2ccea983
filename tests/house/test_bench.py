"""Benchmarks free their wasmtime objects before the interpreter ends."""

from __future__ import annotations

import gc

from bench import metering


def test_bench_frees_its_guests() -> None:
    metering.measure(1)
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, metering.Guest)]
