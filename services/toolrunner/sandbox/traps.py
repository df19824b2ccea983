"""Translates wasmtime's traps into failures of the domain."""

from __future__ import annotations

from enum import Enum
from typing import Final

import wasmtime

from services.toolrunner.domain import MIB, FailureKind, Limits, ToolFailure

LIMITS: Final = (
    FailureKind.FUEL_EXHAUSTED,
    FailureKind.DEADLINE_EXCEEDED,
    FailureKind.STACK_OVERFLOW,
)
"""What may stop a guest while it improves a failure's report; its first draft is used then."""


class Work(Enum):
    """The work that a limit applies to."""

    CALL = "CALL"
    LOAD = "LOAD"


def knob(limit: str, work: Work) -> str:
    """Return how to raise a limit: the field of a request, and the setting above it."""
    setting = f"CAISSON_TOOLRUNNER_{work.value}_{limit.upper()}"
    if work is Work.LOAD:
        return setting
    return f"`{limit.removesuffix('_s')}` of the call's limits, at most {setting}"


def failure_of(
    error: wasmtime.Trap | wasmtime.WasmtimeError,
    limits: Limits,
    work: Work,
    interrupted: FailureKind | None,
) -> ToolFailure:
    """Return the failure behind a trap.

    ``interrupted`` is why the host advanced the epoch, if it did: DEADLINE_EXCEEDED or CANCELLED. A
    trap that no limit explains is a bug of the engine, contained by the sandbox.
    """
    code = error.trap_code if isinstance(error, wasmtime.Trap) else None
    if code is wasmtime.TrapCode.OUT_OF_FUEL:
        return fuel_exhausted(limits, work)
    if code is wasmtime.TrapCode.INTERRUPT:
        return (
            cancelled() if interrupted is FailureKind.CANCELLED else deadline_exceeded(limits, work)
        )
    if code is wasmtime.TrapCode.STACK_OVERFLOW:
        return stack_overflow()
    return ToolFailure(
        FailureKind.RUNNER_LOST,
        "the JavaScript engine crashed while running this code, and its sandbox was discarded; "
        "the bundle triggers a bug of the engine, please report it",
    )


def fuel_exhausted(limits: Limits, work: Work) -> ToolFailure:
    """Return the failure of work that used all its fuel."""
    return ToolFailure(
        FailureKind.FUEL_EXHAUSTED,
        f"the code used all its {limits.fuel} units of fuel before it finished; "
        f"it may loop without end, or need a higher limit ({knob('fuel', work)})",
    )


def deadline_exceeded(limits: Limits, work: Work) -> ToolFailure:
    """Return the failure of work that exceeded its time limit."""
    return ToolFailure(
        FailureKind.DEADLINE_EXCEEDED,
        f"the code did not finish within its {limits.timeout_s:g} s; "
        f"it may loop or wait too long, or need a higher limit ({knob('timeout_s', work)})",
    )


def host_wait_exceeded(limits: Limits, work: Work) -> ToolFailure:
    """Return the failure of work that waited too long for host results."""
    return ToolFailure(
        FailureKind.DEADLINE_EXCEEDED,
        f"the code waited for host calls for its limit of {limits.host_wait_s:g} s; "
        f"they are slow, or it needs a higher limit ({knob('host_wait_s', work)})",
    )


def cancelled() -> ToolFailure:
    """Return the failure of work that its caller cancelled."""
    return ToolFailure(FailureKind.CANCELLED, "the call was cancelled by its caller")


def stack_overflow() -> ToolFailure:
    """Return the failure of work that overflowed the engine's stack, which has a fixed size."""
    return ToolFailure(
        FailureKind.STACK_OVERFLOW,
        "the code nests too deep for the call stack; it may recurse without end",
        name="RangeError",
    )


def stack_too_small(limits: Limits, work: Work, least: int) -> ToolFailure:
    """Return the failure of work whose stack limit is too small for any tool."""
    return ToolFailure(
        FailureKind.STACK_OVERFLOW,
        f"the limit of {limits.stack_bytes} bytes of call stack is less than the {least} bytes "
        f"that calling any tool takes; raise it ({knob('stack_bytes', work)})",
    )


def heap_exceeded(limits: Limits, work: Work, name: str = "", stack: str = "") -> ToolFailure:
    """Return the failure of work that exceeded its JavaScript heap."""
    return ToolFailure(
        FailureKind.MEMORY_EXCEEDED,
        f"the code needs more than its {limits.heap_bytes / MIB:g} MiB of JavaScript heap, "
        "the values of the bundle and of the sandbox's own JavaScript included; a higher limit is "
        f"{knob('heap_bytes', work)}",
        name=name,
        stack=stack,
    )


def memory_exceeded(limits: Limits, work: Work, name: str = "", stack: str = "") -> ToolFailure:
    """Return the failure of work that exceeded its memory limit."""
    return ToolFailure(
        FailureKind.MEMORY_EXCEEDED,
        f"the code needs more than its {limits.memory_bytes / MIB:g} MiB of memory, "
        "the JavaScript engine and the bundle included; a higher limit is "
        f"{knob('memory_bytes', work)}",
        name=name,
        stack=stack,
    )


def output_too_large(size: int, limits: Limits) -> ToolFailure:
    """Return the failure of a tool, or of a question, whose result exceeds its limit."""
    return ToolFailure(
        FailureKind.OUTPUT_TOO_LARGE,
        f"the result is {size} bytes of JSON, the limit is {limits.output_bytes}; "
        "return less, such as a page or a summary, or raise it "
        f"({knob('output_bytes', Work.CALL)})",
    )
