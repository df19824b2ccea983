"""The second load of a program whose top level failed: it goes on after statements that fail.

The first load evaluates a program as it is. Only when that fails, the program is evaluated once
more from the start, so that what does not depend on the failing statement is made as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.toolrunner.domain import FailureKind, Outcome, Usage
from services.toolrunner.sandbox.image import Image

RECOVERABLE = (FailureKind.LOAD_FAILED, FailureKind.NEVER_SETTLED)


def needs_second(outcome: Outcome) -> bool:
    """Return whether a load ended in a way that a second one may better."""
    if outcome.failure is None:
        return outcome.incomplete is not None
    return outcome.failure.kind in RECOVERABLE and outcome.failure.name != "SyntaxError"


@dataclass(frozen=True)
class FirstLoad:
    """How a program's first load ended, with its image if it can be used."""

    outcome: Outcome
    image: Image | None

    def better(self, outcome: Outcome, image: Image | None) -> tuple[Outcome, Image | None]:
        """Return the outcome and image to keep, given those of the second load.

        The usage is that of both.
        """
        if image is None:
            outcome, image, other = self.outcome, self.image, outcome
        else:
            other = self.outcome
        return replace(outcome, usage=total(outcome.usage, other.usage)), image


def total(one: Usage, other: Usage) -> Usage:
    """Return what two loads used together."""
    return Usage(
        one.fuel + other.fuel,
        one.wall_s + other.wall_s,
        max(one.peak_memory_bytes, other.peak_memory_bytes),
        one.host_calls + other.host_calls,
    )
