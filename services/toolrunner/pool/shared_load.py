"""Loading a program once for all streams that wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from services.toolrunner.domain import ConsoleLevel, FailureKind, Outcome, ToolFailure
from services.toolrunner.messages import ConsoleText, HostResult, ProgramFailed, ProgramLoaded
from services.toolrunner.pool.work import Work

LoadReport: TypeAlias = ProgramLoaded | ProgramFailed
NO_WORLD = ToolFailure(
    FailureKind.CAPABILITY_DENIED,
    "A program's top level cannot make host calls; only a tool call can.",
)


class LoadTicket:
    """One stream's interest in a load."""

    __slots__ = ("key", "on_end")

    def __init__(self, key: str, on_end: Callable[[LoadReport], None]) -> None:
        self.key = key
        self.on_end = on_end


class SharedLoad:
    """The sink of one load, which collects its console and reports to all waiters."""

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._on_done = on_done
        self._lines: list[ConsoleText] = []
        self.work: Work | None = None
        self.waiting: set[LoadTicket] = set()

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Keep the line for the report."""
        self._lines.append(ConsoleText(level, text, time.time_ns()))

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        """Refuse: a load must not depend on the outside world."""
        if self.work is not None and self.work.place is not None:
            self.work.place.deliver(self.work, HostResult("", host_call_id, "", NO_WORLD))

    def began(self) -> None:
        """Do nothing: a load runs no tool."""

    def begins_anew(self) -> None:
        """Drop the lines that the lost worker had written."""
        self._lines.clear()

    def ended(self, outcome: Outcome) -> None:
        """Report to all waiters."""
        self._on_done()
        report: LoadReport
        if outcome.failure is None:
            report = ProgramLoaded(False, outcome.usage, tuple(self._lines), outcome.incomplete)
        else:
            report = ProgramFailed(outcome.failure, tuple(self._lines), outcome.usage)
        for ticket in tuple(self.waiting):
            ticket.on_end(report)
        self.waiting.clear()
