"""Where a recorded run goes on: its last state, and what its clients must be told of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.executor.agent.plan import RunPlan
from services.executor.agent.resumed import Resumed
from services.executor.agent.state import Asking, RunState, changed
from services.executor.agent.state_changes import folded
from services.executor.agent.state_json import StateFormatError
from services.executor.agent.usage_costs import estimated_tokens
from services.executor.agent.waiting import InputAnswer
from services.executor.conversation import TokenUsage, UsageSource
from services.executor.events import Effects, Event, ScopeEnded
from services.executor.lifecycle_events import ResumeCause, RunResumed, StepRestarted
from services.executor.run_errors import NotResumableError
from services.executor.runs.inputs import answers_of
from services.executor.runs.ports import Journal
from services.executor.runs.recorder import STATE
from services.executor.runs.rows import RunRow
from services.executor.wire.recorded_events import parsed

READ_BYTES: Final = 1024 * 1024
CHARACTERS_OF_TOKEN: Final = 4
INTERRUPTED: Final = "the executor was lost while it ran."


@dataclass
class _Seen:
    """What events, in their order, have begun and not ended."""

    has_started: bool = False
    has_begun: bool = False
    parts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    characters: int = 0
    scopes: dict[str, str] = field(default_factory=dict)
    """The nested runs that go on, each with the one around it."""

    def take(self, event: Any) -> None:
        """Note an event, a ``RunEvent`` message."""
        kind = event.WhichOneof("event")
        if kind == "scope_started":
            self.scopes[event.scope_started.scope_id] = event.scope_id
        elif kind == "scope_ended":
            self.scopes.pop(event.scope_ended.scope_id, None)
        elif not event.scope_id:
            self._take_own(kind, event)

    def _take_own(self, kind: str | None, event: Any) -> None:
        if kind == "run_started":
            self.has_started = True
        elif kind == "start":
            self.has_begun = True
        elif kind in {"text_start", "reasoning_start"}:
            self.parts.append(event.text_start.id or event.reasoning_start.id)
        elif kind == "tool_input_start":
            self.calls.append(event.tool_input_start.tool_call_id)
        elif kind in {"step_restarted", "start_step"}:
            self.parts, self.calls, self.characters = [], [], 0
        elif kind == "text_delta":
            self.characters += len(event.text_delta.delta)
        elif kind == "reasoning_delta":
            self.characters += len(event.reasoning_delta.delta)
        elif kind == "tool_input_delta":
            self.characters += len(event.tool_input_delta.input_text_delta)


@dataclass(frozen=True)
class Restored:
    """A recorded run: its last state, None before its first, and what was shown since its query."""

    state: RunState | None
    resumed: Resumed
    cut_characters: int = 0


async def restored(journal: Journal, row: RunRow) -> Restored:
    """Return where a run goes on.

    Raises:
        NotResumableError: another version recorded it, or its records are damaged.
        DatabaseError: the database cannot be used.
    """
    records = await journal.records(row.new.run_id, STATE)
    state, asked_at = None, 0
    if records:
        try:
            found = folded(record.data for record in records)
        except StateFormatError as error:
            raise NotResumableError(
                f"The run {row.new.run_id} cannot go on from what is recorded of it: {error}"
            ) from None
        state, asked_at = found.state, found.asked_at
    seen = _Seen()
    async for events in _events(journal, row.new.run_id, max(0, asked_at - 1)):
        for event in parsed(events):
            seen.take(event)
    last = row.next_sequence - 1
    if not last:
        return Restored(state, Resumed(0))
    answers: dict[str, InputAnswer] = {}
    if state is not None and any(item.waits is not None for item in state.pending):
        rows = await journal.answers(row.new.run_id)
        answers = answers_of(rows, state, row.new.program)
    told = tuple(_told(state, seen, is_answered=bool(answers)))
    resumed = Resumed(last, seen.has_started, seen.has_begun, told, answers)
    return Restored(state, resumed, seen.characters)


def _told(state: RunState | None, seen: _Seen, *, is_answered: bool) -> list[tuple[Event, str]]:
    """Return the events that tell clients how a run goes on, each with its scope."""
    cause = ResumeCause.ANSWERED if is_answered else ResumeCause.EXECUTOR_LOST
    told: list[tuple[Event, str]] = [(RunResumed(cause), "")]
    told += [
        (ScopeEnded(scope, Effects(), INTERRUPTED), around)
        for scope, around in reversed(seen.scopes.items())
    ]
    is_cut = state is not None and state.asking is not None
    if state is not None and is_cut and (seen.parts or seen.calls):
        told.append((StepRestarted(state.step + 1, tuple(seen.parts), tuple(seen.calls)), ""))
    return told


def with_cut_answer(found: Restored, plan: RunPlan) -> RunState | None:
    """Return the state with what the answer that was cut has cost, as an estimate."""
    state = found.state
    if state is None or state.asking is None or not found.cut_characters or not plan.models:
        return state
    asking, agent = state.asking, plan.agent
    prompt = estimated_tokens(agent.system, state.conversation, tuple(plan.tools.offered.values()))
    output = -(-found.cut_characters // CHARACTERS_OF_TOKEN)
    usage = TokenUsage(prompt, output, source=UsageSource.ESTIMATED)
    model = plan.models[min(asking.attempts.passed, len(plan.models) - 1)].model
    return changed(state, asking=Asking(asking.attempts, (*asking.spent, (model, usage))))


async def _events(
    journal: Journal, run_id: str, after: int
) -> AsyncGenerator[Sequence[bytes], None]:
    """Yield the events of a run after a sequence, some at a time."""
    while chunks := await journal.events(run_id, after, READ_BYTES):
        for chunk in chunks:
            yield chunk.events[max(0, after + 1 - chunk.first) :]
            after = chunk.first + len(chunk.events) - 1
