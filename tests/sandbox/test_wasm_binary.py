"""The wasm binary reader and writer, against wasmtime as the judge."""

from __future__ import annotations

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from services.toolrunner.sandbox.wasm_binary import (
    Segment,
    memory_module,
    read_unsigned,
    split,
    unsigned,
)

PAGE = 65536


def memory_of(binary: bytes) -> bytes:
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, binary), []).exports(store)
    memory = exports["memory"]
    assert isinstance(memory, wasmtime.Memory)
    return bytes(memory.read(store))


@given(st.integers(min_value=0, max_value=2**32))
def test_leb128_round_trips(value: int) -> None:
    encoded = unsigned(value)
    assert read_unsigned(encoded, 0) == (value, len(encoded))


def test_memory_module_is_one_zeroed_memory() -> None:
    assert memory_of(memory_module(3)) == bytes(3 * PAGE)


def test_split_removes_data_and_start_and_keeps_code() -> None:
    text = """(module (memory (export "memory") 1) (data (i32.const 7) "abc")
      (func $f (i32.store8 (i32.const 0) (i32.const 1))) (start $f)
      (func (export "g") (result i32) (i32.load8_u (i32.const 7))))"""
    parts = split(bytes(wasmtime.wat2wasm(text)))
    assert parts.segments == (Segment(7, b"abc"),)
    assert memory_of(parts.code) == bytes(PAGE)


@pytest.mark.parametrize("binary", [b"", b"\0asm", b"\0asm\x02\0\0\0", b"hello world"])
def test_invalid_wasm_is_refused(binary: bytes) -> None:
    with pytest.raises(ValueError, match="not a wasm module"):
        split(binary)


def test_passive_segment_is_refused() -> None:
    binary = bytes(wasmtime.wat2wasm('(module (memory 1) (data "abc"))'))
    with pytest.raises(ValueError, match="not active"):
        split(binary)
