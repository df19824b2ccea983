"""A call or load that is done once more: what it is told next, as its trace has it.

Timers are not waited for: each is due at once, on the clock of the trace. Answers to host calls
are kept until their turn. A guest that does not follow the trace, since its program is another one,
gets the answers to what it asks in any order, and a clock that jumps to its next timer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from services.toolrunner.domain import Outcome
from services.toolrunner.sandbox import traps
from services.toolrunner.sandbox.instance import Instance, Waiting
from services.toolrunner.sandbox.tape import GAVE_UP, TIMER, ReplayedTape

Entry: TypeAlias = Callable[[], Outcome | Waiting]


@dataclass(frozen=True)
class AnswerWanted:
    """Nothing can be told before an answer to a host call comes."""


class Replay:
    """Does a call or load once more, as ``tape`` has it."""

    def __init__(self, tape: ReplayedTape) -> None:
        self.tape = tape
        self.asked: set[int] = set()
        """Numbers of the host calls that were made and have no answer yet."""
        self._answers: dict[int, bytes] = {}

    def __repr__(self) -> str:
        return f"Replay({self.tape!r}, answers={len(self._answers)})"

    def answer(self, host_call_id: int, resume: bytes) -> None:
        """Keep the answer to a host call until its turn."""
        if host_call_id in self.asked:
            self.asked.discard(host_call_id)
            self._answers[host_call_id] = resume

    def following(self, instance: Instance, waiting: Waiting) -> Entry | AnswerWanted:
        """Return how the guest goes on."""
        while (step := self.tape.upcoming()) is not None:
            if step == TIMER:
                return lambda: instance.resume(b"{}")
            if step == GAVE_UP:
                return instance.give_up
            if step in self._answers:
                return self._delivery(instance, step)
            if step in self.asked:
                return AnswerWanted()
            self.tape.skip()
        return self._behind_the_end(instance, waiting)

    def _behind_the_end(self, instance: Instance, waiting: Waiting) -> Entry | AnswerWanted:
        if self._answers:
            return self._delivery(instance, min(self._answers))
        if self.asked or waiting.wake_in_s is None:
            return AnswerWanted()
        limits = instance.limits
        if self.tape.advance(waiting.wake_in_s) > limits.timeout_s:
            return lambda: instance.end(traps.deadline_exceeded(limits, instance.work))
        return lambda: instance.resume(b"{}")

    def _delivery(self, instance: Instance, host_call_id: int) -> Entry:
        resume = self._answers.pop(host_call_id)
        return lambda: instance.deliver(resume, time.monotonic(), host_call_id)
