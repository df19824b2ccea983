"""Where a run goes on that was recorded before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.agent.waiting import InputAnswer
from services.executor.events import Event


@dataclass(frozen=True)
class Resumed:
    """Where a run goes on that was recorded.

    Attributes:
        sequence: that of its last event.
        has_started, has_begun: whether its ``RunStarted`` and its ``Start`` are recorded.
        events: what is told of it first, each with its scope.
        answers: the answers to what it waited for, by the ids of the inputs.
    """

    sequence: int
    has_started: bool = False
    has_begun: bool = False
    events: tuple[tuple[Event, str], ...] = ()
    answers: Mapping[str, InputAnswer] = field(default_factory=dict)
