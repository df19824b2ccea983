"""The state of a run as data, and its transitions: pure functions, no I/O.

A run can be resumed from any state: ``AgentLoop`` takes one to start from, and ``state_json``
serializes it. It holds no clock readings: times are seconds used or left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.executor.agent.assembler import Answer, Spent
from services.executor.agent.deltas import Attempts
from services.executor.agent.hook_state import HookState
from services.executor.agent.spending import Spending
from services.executor.agent.usage_costs import by_model, total
from services.executor.agent.waiting import Waiting
from services.executor.budgets import BudgetReached
from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    FinishReason,
    Message,
    Price,
    ResultForm,
    TokenUsage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.events import ToolEffect, ToolOutcome

T = TypeVar("T")

UNFINISHED = (
    "Error (CANCELLED): the run was stopped while this tool ran. It may have taken effect; do not "
    "assume that it did or did not."
)
NOT_STARTED = "Error (CANCELLED): the run was stopped before this tool was started."


@dataclass(frozen=True)
class Asking:
    """A query in progress, without a complete answer yet.

    Attributes:
        attempts: its progress.
        spent: the usage of its attempts, the current one included.
        text: the answer so far.
    """

    attempts: Attempts = field(default_factory=Attempts)
    spent: tuple[Spent, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class PendingCall:
    """A call of the last answer, and its progress.

    Attributes:
        is_valid: whether it can be made; None until its input was checked.
        outcome: NOT_STARTED until the call is sent, and again if its tool is known not to have
            started; UNFINISHED until it ends, and for good if the call was stopped.
        answer: the text for the model; None while the call is open.
        form, whole_bytes, parts: describe the answer; see ``ToolMessage``.
        waits: what it waits for; None for a call that waits for nothing.
        is_approved: whether a person has approved it.
    """

    call: ToolCall
    is_valid: bool | None = None
    outcome: ToolOutcome = ToolOutcome.NOT_STARTED
    answer: str | None = None
    form: ResultForm = ResultForm.FAILURE
    whole_bytes: int = 0
    parts: tuple[ContentPart, ...] = ()
    waits: Waiting | None = None
    is_approved: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether it was started but its end is unknown: it may have taken effect."""
        is_open = self.answer is None and self.waits is None
        return is_open and self.outcome is ToolOutcome.UNFINISHED

    @property
    def text(self) -> str:
        """The answer, or the text for the model if the call gets none."""
        if self.answer is not None:
            return self.answer
        return UNFINISHED if self.outcome is ToolOutcome.UNFINISHED else NOT_STARTED

    @property
    def message(self) -> ToolMessage:
        """The call's message in the conversation."""
        call = self.call
        return ToolMessage(call.id, call.tool, self.text, self.form, self.whole_bytes, self.parts)

    @property
    def effect(self) -> ToolEffect:
        """The outcome of the call so far."""
        return ToolEffect(self.call.id, self.call.tool, self.outcome)


@dataclass(frozen=True)
class RunEnding:
    """How a failed call ends the run: by a guardrail of its tool, or since the tool threw."""

    is_tripwire: bool
    message: str


@dataclass(frozen=True)
class Handed:
    """From its message ``at`` on, the run is that of the agent of this key."""

    at: int
    agent: str


@dataclass(frozen=True)
class RunState:
    """One moment of a run.

    Attributes:
        said: the messages of this run; every call except ``pending`` has its answer.
        history: the messages of the conversation before the run.
        step: queries whose answers are complete.
        usage: the usage of these queries.
        models: the same by model, in the order in which they were queried.
        asking: the active query, None between queries.
        prices: the prices of the run's models that have been looked up.
        finish_reason: why the last query stopped; None before the first.
        answer_usage: the usage of the last answer.
        answer_model: the model that gave it.
        pending: the calls of the last answer, until all are answered and the step is complete.
        pending_s: seconds that they ran.
        effects: the outcomes of all calls before them.
        tool_time_s: seconds that tools ran.
        invalid_steps: how many consecutive last steps had only invalid calls.
        corrections: how often the model was asked to correct its answer.
        refused: the budget that ruled out the last calls.
        ending: the first failed call that ends the run, None if none does.
        notes: the model's working memory at the beginning of the run; empty without any.
        hooks: what the agent's hooks made of the run; None before, and without any.
        handed: the agents that went on with the run; empty while it is that of its first.
        left_out: the settings that each model has refused, by model.
        nested: what the nested runs of calls have used, by the id of the call.
        requests: outside requests of the tools so far.
        elapsed_s: seconds of the run so far, waiting included.
    """

    said: tuple[Message, ...]
    history: tuple[Message, ...] = ()
    step: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    models: tuple[Spent, ...] = ()
    asking: Asking | None = None
    prices: Mapping[str, Price | None] = field(default_factory=dict)
    finish_reason: FinishReason | None = None
    answer_usage: TokenUsage = field(default_factory=TokenUsage)
    answer_model: str = ""
    pending: tuple[PendingCall, ...] = ()
    pending_s: float = 0.0
    effects: tuple[ToolEffect, ...] = ()
    tool_time_s: float = 0.0
    invalid_steps: int = 0
    corrections: int = 0
    refused: BudgetReached | None = None
    ending: RunEnding | None = None
    notes: str = ""
    hooks: HookState | None = None
    handed: tuple[Handed, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nested: Mapping[str, Spending] = field(default_factory=dict)
    requests: int = 0
    elapsed_s: float = 0.0

    @property
    def conversation(self) -> tuple[Message, ...]:
        """The messages before the run, and its own so far."""
        return (*self.history, *self.said)

    @property
    def agent(self) -> str:
        """Key of the agent whose turn it is; empty for the first of the run."""
        return self.handed[-1].agent if self.handed else ""

    @property
    def was_handed(self) -> bool:
        """Whether the last step handed the run over, so that its agent has said nothing yet."""
        return bool(self.step and self.handed and self.handed[-1].at == len(self.said))

    @property
    def own_said(self) -> tuple[Message, ...]:
        """The messages of this run in the turns of the agent whose turn it is."""
        if not self.handed:
            return self.said
        found: list[Message] = []
        starts = (Handed(0, ""), *self.handed)
        ends = (*(each.at for each in self.handed), len(self.said))
        for turn, end in zip(starts, ends, strict=True):
            if turn.agent == self.agent:
                found += self.said[turn.at : end]
        return tuple(found)

    @property
    def last_answer(self) -> AssistantMessage | None:
        """The model's last complete answer, None before the first."""
        answers = (item for item in reversed(self.said) if isinstance(item, AssistantMessage))
        return next(answers, None)

    @property
    def last_calls(self) -> tuple[ToolCall, ...]:
        """The calls of the last answer."""
        return self.last_answer.calls if self.last_answer is not None else ()

    @property
    def tool_calls(self) -> int:
        """How many calls were started in complete steps."""
        never = [effect for effect in self.effects if effect.outcome is ToolOutcome.NOT_STARTED]
        return len(self.effects) - len(never)


def changed(old: T, **changes: Any) -> T:
    """Return a state, or a pending call, with other values in some fields.

    ``dataclasses.replace`` takes 5 us for a state, this a tenth of that; each tool call changes
    the state five times.
    """
    new = object.__new__(type(old))
    object.__setattr__(new, "__dict__", old.__dict__ | changes)
    return new


def stamped(state: RunState, requests: int, elapsed_s: float) -> RunState:
    """Set the counters of a state that a transition just made; nobody else has it yet.

    In place, since a copy for them would double the cost of each transition.
    """
    vars(state).update(requests=requests, elapsed_s=elapsed_s)
    return state


def priced(state: RunState, model: str, price: Price | None) -> RunState:
    """Return the state after the price of a model was looked up."""
    return changed(state, prices={**state.prices, model: price})


def asked(state: RunState) -> RunState:
    """Return the state after a query was started."""
    return changed(state, asking=Asking())


def retried(state: RunState, attempts: Attempts, spent: tuple[Spent, ...]) -> RunState:
    """Return the state after an attempt of the query failed and will be retried."""
    return changed(state, asking=Asking(attempts, spent))


def setting_refused(state: RunState, model: str, setting: str) -> RunState:
    """Return the state after a model refused a setting, which it is not sent again."""
    return changed(state, left_out=leaving_out(state.left_out, model, setting))


def leaving_out(
    left_out: Mapping[str, tuple[str, ...]], model: str, setting: str
) -> Mapping[str, tuple[str, ...]]:
    """Return the settings that each model has refused, with one more."""
    return {**left_out, model: (*left_out.get(model, ()), setting)}


def answered(state: RunState, answer: Answer) -> RunState:
    """Return the state after a complete answer."""
    return changed(
        state,
        said=(*state.said, answer.message),
        step=state.step + 1,
        usage=total(state.usage, answer.usage, first=state.step == 0),
        models=by_model(answer.spent, state.prices, state.models),
        asking=None,
        pending=tuple(PendingCall(call) for call in answer.message.calls),
        finish_reason=answer.finish_reason,
        answer_usage=answer.usage,
        answer_model=answer.model,
    )


def call_accepted(state: RunState, call_id: str) -> RunState:
    """Return the state after a pending call was validated."""
    return with_call(state, call_id, is_valid=True)


def call_rejected(state: RunState, call_id: str, text: str) -> RunState:
    """Return the state after a pending call was rejected with ``text``, for the model."""
    return with_call(state, call_id, is_valid=False, answer=text)


def call_begun(state: RunState, call_id: str) -> RunState:
    """Return the state in which a tool is started: from now on it may have effects."""
    return with_call(state, call_id, outcome=ToolOutcome.UNFINISHED)


def call_not_begun(state: RunState, call_id: str) -> RunState:
    """Return the state after a tool turned out not to have started."""
    return with_call(state, call_id, outcome=ToolOutcome.NOT_STARTED)


def call_ended(
    state: RunState,
    outcome: ToolOutcome,
    told: ToolMessage,
    pending_s: float,
    ending: RunEnding | None = None,
) -> RunState:
    """Return the state after a tool ended; ``told`` is the text for the model.

    ``pending_s`` is how long the calls of this step have run. ``ending``: the run goes on no more.
    """
    answer: dict[str, Any] = {"form": told.form, "whole_bytes": told.whole_bytes}
    answer |= {"answer": told.text, "parts": told.parts}
    pending = _calls_with(state, told.call_id, outcome=outcome, **answer)
    ran_s = max(state.pending_s, pending_s)
    return changed(state, pending=pending, pending_s=ran_s, ending=state.ending or ending)


def output_kept(state: RunState, call_id: str, output_json: str) -> RunState:
    """Return the state with what a tool returned, for hooks: models were shown something else."""
    hooks = state.hooks
    if hooks is None:
        return state
    outputs = {**hooks.outputs, call_id: output_json}
    return changed(state, hooks=changed(hooks, outputs=outputs))


def call_given_up(state: RunState, call_id: str, pending_s: float) -> RunState:
    """Return the state after a call was stopped or will not start; its outcome stays."""
    text = next(item.text for item in state.pending if item.call.id == call_id)
    pending = _calls_with(state, call_id, answer=text)
    return changed(state, pending=pending, pending_s=max(state.pending_s, pending_s))


def calls_done(state: RunState, refused: BudgetReached | None) -> RunState:
    """Return the state after every pending call has a result.

    ``refused`` is the budget that ruled them out, if any; then they do not count as invalid calls.
    """
    pending = state.pending
    could_be_made = refused is not None or any(item.is_valid for item in pending)
    return changed(
        state,
        said=(*state.said, *(item.message for item in pending)),
        pending=(),
        pending_s=0.0,
        effects=(*state.effects, *(item.effect for item in pending)),
        tool_time_s=state.tool_time_s + state.pending_s,
        invalid_steps=0 if could_be_made else state.invalid_steps + 1,
        refused=refused,
    )


def call_mended(state: RunState, mended: ToolCall) -> RunState:
    """Return the state after a hook has mended a pending call, also in the model's answer."""
    said = tuple(_mended(message, mended) for message in state.said)
    return changed(with_call(state, mended.id, call=mended), said=said)


def _mended(message: Message, mended: ToolCall) -> Message:
    if not isinstance(message, AssistantMessage):
        return message
    if all(call.id != mended.id for call in message.calls):
        return message
    calls = tuple(mended if call.id == mended.id else call for call in message.calls)
    return changed(message, calls=calls)


def corrected(state: RunState, problems: str) -> RunState:
    """Return the state after the model was asked to correct its answer."""
    told = UserMessage(
        "Your answer does not fit the requested JSON Schema. Answer again, with nothing "
        f"but one JSON value that fits it.\n{problems}"
    )
    return changed(state, said=(*state.said, told), corrections=state.corrections + 1)


def with_call(state: RunState, call_id: str, **changes: Any) -> RunState:
    """Return the state after other values came to some fields of a pending call."""
    return changed(state, pending=_calls_with(state, call_id, **changes))


def _calls_with(state: RunState, call_id: str, **changes: Any) -> tuple[PendingCall, ...]:
    calls = [
        changed(item, **changes) if item.call.id == call_id else item for item in state.pending
    ]
    return tuple(calls)
