"""The second load of a program whose top level failed: it goes on after statements that fail.

The first load evaluates a program as it is. Only when that fails, the program is evaluated once
more from the start, so that what does not depend on the failing statement is made as well.
"""

from __future__ import annotations

from dataclasses import replace

from services.toolrunner.domain import FailureKind, Outcome, ToolFailure, Usage

RECOVERABLE = (FailureKind.LOAD_FAILED, FailureKind.NEVER_SETTLED)


STRICT = (
    " This toolrunner refuses a program whose top level fails (CAISSON_TOOLRUNNER_STRICT_LOADS)."
)


def refused(outcome: Outcome) -> Outcome:
    """Return the outcome of a load whose top level failed, where that fails the whole load."""
    failure = outcome.failure
    if outcome.incomplete is not None:
        failure = outcome.incomplete.faults[0].failure
    if failure is None or failure.kind not in RECOVERABLE:
        return outcome
    told = replace(failure, message=failure.message + STRICT)
    return Outcome("", told, outcome.usage)


def needs_second(outcome: Outcome) -> bool:
    """Return whether a load ended in a way that a second one may better."""
    if outcome.failure is None:
        return outcome.incomplete is not None
    return outcome.failure.kind in RECOVERABLE and not _is_of_text(outcome.failure)


def _is_of_text(failure: ToolFailure) -> bool:
    """Return whether the program's own text is no JavaScript: nothing of it ran.

    A `SyntaxError` of `JSON.parse` or `new RegExp` was thrown in a function, which its stack names.
    """
    return failure.name == "SyntaxError" and failure.stack != "" and "(" not in failure.stack


def after_first(first: Outcome, second: Outcome) -> Outcome:
    """Return how a program's load ended, given its first load and its second one.

    Where that made nothing either, the first failure says more. The first image is of no use: it
    ends where the program did, so that checks which come later are missing. The usage is that of
    both.
    """
    usage = total(first.usage, second.usage)
    if second.failure is None:
        return replace(second, usage=usage)
    told = without_image(first).failure
    return Outcome("", told or second.failure, usage)


def without_image(first: Outcome) -> Outcome:
    """Return how a first load ended for which there is no time for a second one."""
    told = first.incomplete.faults[0].failure if first.incomplete is not None else first.failure
    return Outcome("", told, first.usage)


def total(one: Usage, other: Usage) -> Usage:
    """Return what two loads used together."""
    return Usage(
        one.fuel + other.fuel,
        one.wall_s + other.wall_s,
        max(one.peak_memory_bytes, other.peak_memory_bytes),
        one.host_calls + other.host_calls,
    )
