"""Limits that both services share."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

BUNDLE_BYTES: Final = 16 * MIB
"""The largest bundle: what the executor reads, the toolrunner takes as a program."""

STACK_BYTES: Final = 5 * MIB
"""The JavaScript stack that the guest is built for; no stack limit exceeds it."""
MAX_OUTPUT_BYTES: Final = 3 * MIB
"""The largest result or console output of a call, and the largest part of it that a model sees.
Anything larger does not fit in a message of either service."""

DRAIN_S: Final = 20.0
KEEPALIVE_S: Final = 30.0
CONNECTION_AGE_S: Final = 1800.0
LONGEST_RUN_S: Final = 86_400.0
"""The longest time that an executor can be set to let a run take."""
AGE_GRACE_S: Final = 60.0
"""What an old connection gets beyond the longest run on it, until it is closed."""
REQUEST_TIMEOUT_S: Final = 30.0
UNFINISHED_REQUESTS: Final = 512
CONNECTIONS: Final = 1024
CLIENT_STALL_S: Final = 60.0
RUNS: Final = 256
"""Concurrent runs of an executor, and streams of a toolrunner: each run has one."""
