"""The guest's ABI: the wasm's imports and exports, and equal constants on both sides."""

from __future__ import annotations

import re
from pathlib import Path

import wasmtime

from services.toolrunner.guest.artifacts import read_artifacts
from services.toolrunner.sandbox import abi

HEADER = Path(abi.__file__).parent.parent / "guest" / "shim" / "abi.h"
DEFINITION = re.compile(r"^#define CAISSON_(\w+) \(?(-?\d+)\)?", re.MULTILINE)


def guest() -> wasmtime.Module:
    return wasmtime.Module(wasmtime.Engine(), read_artifacts().engine_wasm)


def test_abi_header_matches_python_mirror() -> None:
    header = {name: int(value) for name, value in DEFINITION.findall(HEADER.read_text())}
    mirror = {name: value for name, value in vars(abi).items() if name in header}
    assert header == mirror
    assert len(header) >= 14


def test_guest_imports_memory_and_one_function() -> None:
    imports = [(item.module, item.name) for item in guest().imports]
    assert imports == [("env", "memory"), ("caisson", "emit")]


def test_guest_exports_only_its_entries() -> None:
    exports = {item.name for item in guest().exports}
    assert exports == {
        "memory",
        "_initialize",
        "caisson_input",
        "caisson_boot",
        "caisson_load",
        "caisson_call",
        "caisson_resume",
    }
