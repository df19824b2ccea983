"""Where a run goes on that was recorded before."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.events import Event


@dataclass(frozen=True)
class Resumed:
    """Where a run goes on that was recorded.

    Attributes:
        sequence: that of its last event.
        has_started, has_begun: whether its ``RunStarted`` and its ``Start`` are recorded.
        events: what is told of it first, each with its scope.
    """

    sequence: int
    has_started: bool = False
    has_begun: bool = False
    events: tuple[tuple[Event, str], ...] = ()
