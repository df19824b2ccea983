"""The guest's ABI, as ``guest/shim/abi.h`` has it; a test compares the two."""

from __future__ import annotations

from typing import Final

EMIT_RESULT: Final = 1
EMIT_FAILURE: Final = 2
EMIT_HOST_CALL: Final = 3
EMIT_LOADED: Final = 4
EMIT_OOM_FAILURE: Final = 5
EMIT_CONSOLE_DEBUG: Final = 11
EMIT_CONSOLE_LOG: Final = 12
EMIT_CONSOLE_INFO: Final = 13
EMIT_CONSOLE_WARN: Final = 14
EMIT_CONSOLE_ERROR: Final = 15

FINISHED: Final = -1
WAITS_FOR_HOST: Final = -2

BOOT_OK: Final = 0
BOOT_FAILED: Final = 1

WASM_PAGE_BYTES: Final = 65536
"""Size of a WebAssembly page (WebAssembly Core Specification 2.0, section 4.2.8)."""
