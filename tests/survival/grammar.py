"""The grammar of a run's log: what must hold of its events, however often its executor was lost.

``tests/simulation/rules/events.py`` has the like for runs that are not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from caisson.executor.v1 import run_event_pb2 as pb

PARTS = ("text", "reasoning")
OUTPUTS = ("tool_output_available", "tool_output_error", "tool_output_denied")
# What may come anywhere between the first event and the last.
ANYWHERE = (
    *("tool_console", "tool_request", "model_retry", "model_warning", "session_wait"),
    *("tool_model_query", "run_resumed", "agent_changed"),
)


def check_log(events: Sequence[pb.RunEvent]) -> None:
    """Check the whole log of a run that has ended; raises AssertionError with what is wrong."""
    numbers = [event.sequence for event in events]
    assert numbers == list(range(1, len(numbers) + 1)), f"sequences: {numbers}"
    assert len({event.run_id for event in events}) == 1
    kinds = [event.WhichOneof("event") for event in events]
    if kinds != ["run_ended"]:  # it was stopped before anything of it was done
        assert kinds[0] == "run_started"
        assert kinds.count("run_started") == 1
    assert kinds[-1] == "run_ended"
    assert kinds.count("run_ended") == 1
    scopes: dict[str, Grammar] = {}
    for event in events:
        scopes.setdefault(event.scope_id, Grammar()).take(event)


@dataclass(eq=False)
class Grammar:
    """Takes the events of one scope one by one."""

    started: bool = False
    step: int = 0
    in_step: bool = False
    part: str = ""
    parts: set[str] = field(default_factory=set)
    calls: dict[str, str] = field(default_factory=dict)
    measured: set[str] = field(default_factory=set)
    of_step: set[str] = field(default_factory=set)
    inputs: dict[str, str] = field(default_factory=dict)
    is_taken_back: bool = False

    def take(self, event: pb.RunEvent) -> None:
        """Take the next event."""
        kind = str(event.WhichOneof("event"))
        given: Any = getattr(event, kind)
        noun, _, verb = kind.partition("_")
        if noun in PARTS:
            self._part(given.id, verb, given)
        elif kind in OUTPUTS:
            self._output(given.tool_call_id)
        elif kind not in ANYWHERE:
            rules: dict[str, Callable[[Any], None]] = {
                "run_started": lambda _: None,
                "scope_started": lambda _: None,
                "scope_ended": self._end,
                "start": self._start,
                "start_step": self._start_step,
                "finish_step": self._finish_step,
                "step_restarted": self._restart,
                "tool_input_start": self._input,
                "tool_input_delta": self._written,
                "tool_input_available": self._available,
                "tool_input_error": self._unusable,
                "tool_usage": self._usage,
                "input_required": self._require,
                "input_answered": self._answer,
                "run_ended": self._end,
            }
            assert kind in rules, f"unknown kind: {kind}"
            rules[kind](given)

    def _start(self, _: Any) -> None:
        assert not self.started, "it starts twice"
        self.started = True

    def _start_step(self, given: pb.StartStep) -> None:
        assert not self.in_step, "a step begins before the one before it ends"
        assert given.step == self.step + 1, f"step {given.step} follows step {self.step}"
        self.step, self.in_step, self.is_taken_back = given.step, True, False
        self.of_step = set()

    def _finish_step(self, given: pb.FinishStep) -> None:
        assert self.in_step
        assert given.step == self.step
        assert not self.part, "a step ends before its part"
        assert set(self.calls.values()) <= {"over"}, f"a step ends before its calls: {self.calls}"
        self.in_step = False

    def _restart(self, given: pb.StepRestarted) -> None:
        """All of the step is taken back, and nothing else; no call of it has run."""
        assert self.in_step
        assert given.step == self.step
        gone = set(given.part_ids) | set(given.tool_call_ids)
        assert gone == self.of_step, f"{gone} are taken back, of {self.of_step}"
        for call_id in given.tool_call_ids:
            assert self.calls.pop(call_id) != "over", f"{call_id} is taken back, and has a result"
        self.parts -= gone  # their ids may come again
        self.part, self.of_step, self.is_taken_back = "", set(), True

    def _part(self, part_id: str, verb: str, given: Any) -> None:
        if verb == "start":
            assert self.in_step
            assert not self.part, "a part begins before the one before it ends"
            assert part_id not in self.parts, f"part {part_id} begins twice"
            self.parts.add(part_id)
            self.of_step.add(part_id)
            self.part = part_id
            return
        assert part_id == self.part, f"part {part_id} is not open"
        if verb == "end":
            self.part = ""
        else:
            assert given.delta

    def _input(self, given: pb.ToolInputStart) -> None:
        assert self.in_step
        assert given.tool_call_id not in self.calls, f"call {given.tool_call_id} begins twice"
        self.calls[given.tool_call_id] = "written"
        self.of_step.add(given.tool_call_id)

    def _written(self, given: pb.ToolInputDelta) -> None:
        assert self.calls[given.tool_call_id] == "written"

    def _available(self, given: pb.ToolInputAvailable) -> None:
        assert self.calls[given.tool_call_id] == "written"
        self.calls[given.tool_call_id] = "whole"

    def _unusable(self, given: pb.ToolInputError) -> None:
        assert self.calls[given.tool_call_id] == "written"
        self.calls[given.tool_call_id] = "over"

    def _output(self, call_id: str) -> None:
        assert self.calls[call_id] == "whole", f"call {call_id} is {self.calls[call_id]}"
        self.calls[call_id] = "over"

    def _usage(self, given: pb.ToolUsage) -> None:
        assert self.calls[given.tool_call_id] == "over"
        assert given.tool_call_id not in self.measured
        self.measured.add(given.tool_call_id)

    def _require(self, given: pb.InputRequired) -> None:
        assert self.calls[given.tool_call_id] == "whole"
        self.inputs[given.input_id] = given.tool_call_id

    def _answer(self, given: pb.InputAnswered) -> None:
        """An input that a person has edited is told again."""
        call_id = self.inputs.pop(given.input_id)
        if given.outcome == pb.INPUT_OUTCOME_EDITED:
            self.calls[call_id] = "written"

    def _end(self, given: Any) -> None:
        """A step whose answer was taken back may have used up what the run may spend."""
        if isinstance(given, pb.RunEnded) and given.WhichOneof("detail") == "finish":
            assert not self.part
            assert not self.in_step or (self.is_taken_back and not self.of_step)
            assert set(self.calls.values()) <= {"over"}, f"a call has no end: {self.calls}"
