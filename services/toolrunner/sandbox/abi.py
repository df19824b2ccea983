"""The guest's ABI, mirroring ``guest/shim/abi.h``; a test compares the two."""

from __future__ import annotations

import struct
from typing import Final

from services.toolrunner import domain

EMIT_RESULT: Final = 1
EMIT_FAILURE: Final = 2
EMIT_HOST_CALL: Final = 3
EMIT_LOADED: Final = 4
EMIT_OOM_FAILURE: Final = 5
EMIT_HEAP_FAILURE: Final = 6
EMIT_FAILURE_DRAFT: Final = 7
EMIT_MODEL_OUTPUT: Final = 8
EMIT_LOAD_READS: Final = 9
EMIT_CONSOLE_DEBUG: Final = 11
EMIT_CONSOLE_LOG: Final = 12
EMIT_CONSOLE_INFO: Final = 13
EMIT_CONSOLE_WARN: Final = 14
EMIT_CONSOLE_ERROR: Final = 15

FINISHED: Final = -1
WAITS_FOR_HOST: Final = -2

LOAD_MODULE: Final = 1
LOAD_RECOVER: Final = 2

BOOT_OK: Final = 0
BOOT_FAILED: Final = 1

LIMITS: Final = struct.Struct("<5I")
"""What the input of a load or call starts with: heap and stack in bytes, timers, host calls in all
and in flight."""
LIMITS_BYTES: Final = 20
STACK_BYTES: Final = domain.STACK_BYTES
"""The largest JavaScript stack that the guest is built for."""
LEAST_STACK_BYTES: Final = 65536
"""Stack that the prelude needs to call a tool and to report its failure."""

WASM_PAGE_BYTES: Final = 65536
"""Size of a WebAssembly page (WebAssembly Core Specification 2.0, section 4.2.8)."""
