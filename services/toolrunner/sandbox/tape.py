"""What a guest is told from outside, apart from its input and its answers: seed, clock, order.

A guest is a function of its image, its input and these: nothing else reaches it. So a call that is
given the same once more does the same, to the unit of fuel.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Final

from services.toolrunner.domain import ToolFailure

TIMER: Final = 0
GAVE_UP: Final = -1
SEED_BYTES: Final = 32
MOST_STEPS: Final = 65_536
MOST_FAILURE_CHARACTERS: Final = 256 * 1024


@dataclass
class Trace:
    """How a call or load went; the fields are those of the protocol's ``Trace``."""

    seed: bytes = b""
    clock_us: int = 0
    steps: list[int] = field(default_factory=list)
    elapsed_us: list[int] = field(default_factory=list)
    failures: dict[int, ToolFailure] = field(default_factory=dict)
    recovers: bool = False
    given_us: int = 0
    cut: bool = False


class Tape:
    """Tells a guest a new seed and the machine's clock, and keeps nothing."""

    def begin(self) -> tuple[int, bytes]:
        """Return the clock in microseconds since 1970 and the seed that a guest begins with."""
        return self.now(), os.urandom(SEED_BYTES)

    def given(self) -> int:
        """Return the clock at which a load is given its environment."""
        return self.now()

    def step(self, _: int) -> int:
        """Return the clock of a step: a host call's number, ``TIMER`` or ``GAVE_UP``."""
        return self.now()

    def now(self) -> int:
        """Return the clock."""
        return time.time_ns() // 1000


class RecordingTape(Tape):
    """Keeps what it tells in ``trace``."""

    def __init__(self, *, recovers: bool = False) -> None:
        self.trace = Trace(recovers=recovers)
        self._last = 0
        self._failure_characters = 0

    def begin(self) -> tuple[int, bytes]:
        """Return the clock and the seed, and keep them."""
        self._last, self.trace.seed = super().begin()
        self.trace.clock_us = self._last
        return self._last, self.trace.seed

    def given(self) -> int:
        """Return the clock, and keep it."""
        self.trace.given_us = self.now()
        return self.trace.given_us

    def step(self, what: int) -> int:
        """Return the clock, and keep the step."""
        trace, now = self.trace, self.now()
        if len(trace.steps) >= MOST_STEPS:
            trace.cut = True
            return now
        trace.steps.append(what)
        trace.elapsed_us.append(now - self._last)
        self._last = now
        return now

    def failed(self, host_call_id: int, failure: ToolFailure) -> None:
        """Keep how a host call failed."""
        self._failure_characters += len(failure.message) + len(failure.name)
        if self._failure_characters > MOST_FAILURE_CHARACTERS:
            self.trace.cut = True
        else:
            self.trace.failures[host_call_id] = failure


class ReplayedTape(Tape):
    """Tells what a trace has; behind its end, a clock that only ``advance`` moves."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._next = 0
        self._clock = trace.clock_us

    def __repr__(self) -> str:
        return f"ReplayedTape({self._next} of {len(self._trace.steps)} steps)"

    @property
    def recovers(self) -> bool:
        """Whether the load goes on after statements that fail."""
        return self._trace.recovers

    def begin(self) -> tuple[int, bytes]:
        """Return the clock and the seed of the trace."""
        return self._trace.clock_us, self._trace.seed

    def given(self) -> int:
        """Return the clock of the trace."""
        return self._trace.given_us

    def upcoming(self) -> int | None:
        """Return the next step; None behind the end."""
        steps = self._trace.steps
        return steps[self._next] if self._next < len(steps) else None

    def skip(self) -> None:
        """Pass over the next step, to which the guest has come in no way; its time passes."""
        self._clock += self._trace.elapsed_us[self._next]
        self._next += 1

    def step(self, _: int) -> int:
        """Return the clock of the next step, and go on to the one behind it."""
        if self._next < len(self._trace.steps):
            self.skip()
        return self._clock

    def advance(self, seconds: float) -> float:
        """Let time pass behind the end; return the seconds since the beginning."""
        self._clock += max(1, round(seconds * 1_000_000))
        return (self._clock - self._trace.clock_us) / 1_000_000

    def now(self) -> int:
        """Return the clock of the trace."""
        return self._clock
