"""Reads a guest's report of its own failure; the guest may lie."""

from __future__ import annotations

import codecs
import json
from typing import Final

from services.toolrunner.domain import FailureKind, Limits, ToolFailure
from services.toolrunner.sandbox import abi, traps

MAX_FAILURE_BYTES: Final = 64 * 1024
MAX_MESSAGE_CHARACTERS: Final = 4096
MAX_STACK_CHARACTERS: Final = 8192
MAX_NAME_CHARACTERS: Final = 128

KINDS: Final = (abi.EMIT_FAILURE, abi.EMIT_OOM_FAILURE, abi.EMIT_HEAP_FAILURE)
"""The kinds of message that carry a failure."""

# Kinds that a guest may report; the host alone decides on all others.
GUEST_KINDS: Final = {
    kind.name: kind
    for kind in (
        FailureKind.INVALID_INPUT,
        FailureKind.THROWN,
        FailureKind.STACK_OVERFLOW,
        FailureKind.CAPABILITY_DENIED,
        FailureKind.NEVER_SETTLED,
        FailureKind.TOOL_NOT_FOUND,
        FailureKind.LOAD_FAILED,
        FailureKind.LIMIT_EXCEEDED,
        FailureKind.NOT_APPROVED,
        FailureKind.NEEDS_APPROVAL,
    )
}
# How a failed allocation may show; the engine drops promises that it could not serve.
OUT_OF_MEMORY_SHOWS_AS: Final = (
    FailureKind.THROWN,
    FailureKind.LOAD_FAILED,
    FailureKind.NEVER_SETTLED,
)

# Looked up now: a jailed worker cannot import codecs.
UTF_16: Final = codecs.lookup("utf-16-le")


def failure_of(kind: int, text: str, limits: Limits, work: traps.Work) -> ToolFailure:
    """Return the failure of a message of one of ``KINDS``."""
    failure = parse_failure(text)
    if kind == abi.EMIT_FAILURE or failure.kind not in OUT_OF_MEMORY_SHOWS_AS:
        return failure
    if kind == abi.EMIT_HEAP_FAILURE and limits.heap_bytes < limits.memory_bytes:
        return traps.heap_exceeded(limits, work, failure.name, failure.stack)
    return traps.memory_exceeded(limits, work, failure.name, failure.stack)


def parse_failure(text: str) -> ToolFailure:
    """Read a FAILURE message; invalid parts are cut or replaced, since the guest may lie."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return ToolFailure(FailureKind.THROWN, "the tool failed and its error could not be read")
    return failure_in(fields)


def failure_in(fields: dict[str, object]) -> ToolFailure:
    """Return the failure that the fields of a message describe."""
    return ToolFailure(
        GUEST_KINDS.get(text_of(fields, "kind", MAX_NAME_CHARACTERS), FailureKind.THROWN),
        text_of(fields, "message", MAX_MESSAGE_CHARACTERS),
        text_of(fields, "name", MAX_NAME_CHARACTERS),
        text_of(fields, "stack", MAX_STACK_CHARACTERS),
    )


def text_of(fields: dict[str, object], name: str, most: int) -> str:
    """Return a text field, cut to its limit; lone surrogates, which are not UTF-8, are replaced."""
    value = fields.get(name)
    if not isinstance(value, str):
        return ""
    return UTF_16.decode(UTF_16.encode(value[:most], "surrogatepass")[0], "replace")[0]
