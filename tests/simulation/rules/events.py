"""The events that a client sees follow each other as they should."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from services.executor.events import (
    Abort,
    AgentChanged,
    Error,
    Event,
    Finish,
    FinishStep,
    ModelRetry,
    ModelWarning,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RunStarted,
    SessionWait,
    Start,
    StartStep,
    TextDelta,
    TextEnd,
    TextStart,
    ToolConsole,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    ToolUsage,
)
from tests.simulation.records import Ran

TERMINALS = (Finish, Abort, Error)


def check_events(ran: Ran) -> None:
    """Sequence numbers, the one terminal event, and the order of everything before it."""
    events = [event for _, event in ran.events]
    numbers = [each.sequence for each in events]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({event.run_id for event in events}) <= 1
    times = [event.time_ns for event in events]
    assert times == sorted(times), "time goes back"
    ends = [at for at, event in enumerate(events) if isinstance(event.event, TERMINALS)]
    if ran.ended:
        assert ends == [len(events) - 1], f"not one terminal event, at the end: {ends}"
    else:
        assert ends in ([], [len(events) - 1])
    order = Order()
    for event in events:
        order.take(event.event)


@dataclass(eq=False)
class Order:
    """Takes the events of a run one by one; raises AssertionError at one that may not come."""

    seen: list[Event] = field(default_factory=list)
    step: int = 0
    in_step: bool = False
    answered: bool = False
    part: str = ""
    agent: str = ""
    parts: set[str] = field(default_factory=set)
    calls: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, RunStarted | SessionWait | Start):
            self._beginning(event)
        elif isinstance(event, StartStep | FinishStep):
            self._step(event)
        elif isinstance(event, TextStart | TextEnd | ReasoningStart | ReasoningEnd):
            self._part(event)
        elif isinstance(event, TextDelta | ReasoningDelta):
            assert event.delta
            assert event.id == self.part, "a piece of a part that is not open"
        elif isinstance(event, ToolInputStart | ToolInputDelta | ToolInputAvailable):
            self._call(event)
        elif isinstance(event, ToolInputError | ToolOutputAvailable | ToolOutputError | ToolUsage):
            self._outcome(event)
        elif isinstance(event, ToolConsole):
            self._line(event)
        elif isinstance(event, ModelRetry):
            assert self.in_step
            assert event.step == self.step
            assert not self.answered, "asked again after something was seen"
        elif isinstance(event, ModelWarning):
            assert self.in_step
            assert event.step == self.step
        elif isinstance(event, AgentChanged):
            self._agent(event)
        elif isinstance(event, Finish):
            assert not self.part
            assert set(self.calls.values()) <= {"over"}, f"a call has no end: {self.calls}"
        else:
            assert isinstance(event, Abort | Error), event
        self.seen.append(event)

    def _beginning(self, event: RunStarted | SessionWait | Start) -> None:
        before = [type(each) for each in self.seen if not isinstance(each, SessionWait)]
        assert before == ([RunStarted] if not isinstance(event, RunStarted) else []), before

    def _step(self, event: StartStep | FinishStep) -> None:
        assert any(isinstance(each, Start) for each in self.seen)
        assert not self.part
        if isinstance(event, StartStep):
            assert not self.in_step, "a step begins before the one before it ends"
            self.step += 1
        else:
            assert self.in_step
            assert set(self.calls.values()) <= {"over"}, "a step ends before its calls"
        assert event.step == self.step
        self.in_step, self.answered = isinstance(event, StartStep), False

    def _agent(self, event: AgentChanged) -> None:
        """Another agent goes on between two steps, or before all of them."""
        assert not self.in_step
        assert event.agent != event.previous_agent
        assert self.agent in {"", event.previous_agent}, "it is handed over by another agent"
        self.agent = event.agent
        if event.call_id:
            assert self.calls[event.call_id] == "over"
            assert isinstance(self.seen[-1], FinishStep)
        else:
            assert not self.step

    def _part(self, event: TextStart | TextEnd | ReasoningStart | ReasoningEnd) -> None:
        self.answered = True
        if isinstance(event, TextEnd | ReasoningEnd):
            assert event.id == self.part
            self.part = ""
            return
        assert self.in_step
        assert not self.part, "a part begins before the one before it ends"
        assert event.id not in self.parts, "an id of a part was given twice"
        self.parts.add(event.id)
        self.part = event.id

    def _call(self, event: ToolInputStart | ToolInputDelta | ToolInputAvailable) -> None:
        self.answered = True
        assert self.in_step
        assert not self.part
        if isinstance(event, ToolInputStart):
            assert event.call_id not in self.calls, "an id of a call was given twice"
            self.calls[event.call_id] = "written"
            return
        assert self.calls[event.call_id] == "written"
        if isinstance(event, ToolInputAvailable):
            self.calls[event.call_id] = "runs"

    def _outcome(
        self, event: ToolInputError | ToolOutputAvailable | ToolOutputError | ToolUsage
    ) -> None:
        state = self.calls[event.call_id]
        if isinstance(event, ToolUsage):
            assert state == "over"
            return
        assert state == ("written" if isinstance(event, ToolInputError) else "runs"), state
        self.calls[event.call_id] = "over"

    def _line(self, event: ToolConsole) -> None:
        if event.call_id:
            assert self.calls[event.call_id] == "runs"
        number = self.lines.get(event.call_id, 0)
        named = f"line {number + 1}" if event.call_id else f"top level {number}"
        assert event.line.text == named, "a console line is lost, doubled or out of order"
        self.lines[event.call_id] = number + 1


def split_by_step(events: list[Event]) -> list[list[Event]]:
    """Return the events of each step, from its beginning to the next one's."""
    starts = [at for at, event in enumerate(events) if isinstance(event, StartStep)]
    bounds = itertools.pairwise([*starts, len(events)])
    return [events[start:end] for start, end in bounds]
