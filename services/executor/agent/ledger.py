"""What became of each tool call of a run, known at every moment.

A run can be stopped anywhere: what is here by then is what its terminal event tells, and what its
conversation keeps, in which every call has its answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.conversation import ResultForm, ToolCall, ToolMessage
from services.executor.events import ToolEffect, ToolOutcome

UNFINISHED = (
    "Error (CANCELLED): the run was stopped while this tool ran. It may have taken effect; do not "
    "assume that it did or did not."
)
NOT_STARTED = "Error (CANCELLED): the run was stopped before this tool was begun."


class CallLedger:
    """The calls of one run in their order; the ids of calls are unique in it."""

    def __init__(self) -> None:
        self._calls: dict[str, ToolCall] = {}
        self._outcomes: dict[str, ToolOutcome] = {}
        self._answers: dict[str, ToolMessage] = {}

    def __repr__(self) -> str:
        return f"CallLedger({len(self._answers)} of {len(self._calls)} answered)"

    def enter(self, calls: Sequence[ToolCall]) -> None:
        """Note the calls of a step; none of them is begun."""
        for call in calls:
            self._calls[call.id] = call
            self._outcomes[call.id] = ToolOutcome.NOT_STARTED

    def begin(self, call: ToolCall) -> None:
        """Note that a tool is started: from now on it may have effects."""
        self._outcomes[call.id] = ToolOutcome.UNFINISHED

    def answer(self, message: ToolMessage, outcome: ToolOutcome) -> None:
        """Note what came of a call, and what the model is to read about it."""
        self._outcomes[message.call_id] = outcome
        self._answers[message.call_id] = message

    def answers(self, calls: Sequence[ToolCall]) -> tuple[ToolMessage, ...]:
        """Return an answer for each call, in order; one that has none is told as stopped."""
        return tuple(self._answers.get(call.id) or self._stopped(call) for call in calls)

    def unanswered(self, calls: Sequence[ToolCall]) -> list[ToolCall]:
        """Return those of the calls of which nothing came."""
        return [call for call in calls if call.id not in self._answers]

    def begun(self, calls: Sequence[ToolCall]) -> int:
        """Return how many of the calls were begun."""
        return sum(self._outcomes[call.id] is not ToolOutcome.NOT_STARTED for call in calls)

    def effects(self) -> tuple[ToolEffect, ...]:
        """Return what became of every call."""
        return tuple(
            ToolEffect(call.id, call.tool, self._outcomes[call.id]) for call in self._calls.values()
        )

    def _stopped(self, call: ToolCall) -> ToolMessage:
        begun = self._outcomes.get(call.id) is ToolOutcome.UNFINISHED
        text = UNFINISHED if begun else NOT_STARTED
        return ToolMessage(call.id, call.tool, text, ResultForm.FAILURE)
