"""Where a run is, as data, and how what happens takes it on: pure functions, no I/O.

A step's effect is applied before the next begins, so whoever keeps a state can go on from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.executor.agent.assembler import Answer
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    Message,
    TokenUsage,
    ToolCall,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.events import BudgetReached


@dataclass(frozen=True)
class RunState:
    """One moment of a run.

    Attributes:
        said: what was said in this run; every call in it but ``pending`` has its answer.
        step: queries whose answers are complete.
        usage: what these queries cost.
        tool_calls: calls that were begun.
        tool_time_s: seconds in which tools ran.
        pending: the calls of the last answer, while they have no answers.
        finish_reason: why the last query stopped; None before the first.
        invalid_steps: how many steps, up to the last, had calls and none that could be made.
        corrections: how often the model was told that its answer does not fit the schema.
        refused: the budget for which the last calls were not begun.
    """

    said: tuple[Message, ...]
    step: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    tool_calls: int = 0
    tool_time_s: float = 0.0
    pending: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason | None = None
    invalid_steps: int = 0
    corrections: int = 0
    refused: BudgetReached | None = None

    @property
    def last_answer(self) -> AssistantMessage | None:
        """The model's last complete answer, None before the first."""
        answers = (item for item in reversed(self.said) if isinstance(item, AssistantMessage))
        return next(answers, None)

    @property
    def last_calls(self) -> tuple[ToolCall, ...]:
        """The calls of the last answer."""
        return self.last_answer.calls if self.last_answer is not None else ()


@dataclass(frozen=True)
class CallsMade:
    """What came of the calls of one step: an answer for each, in order.

    ``begun`` counts the tools that were started, ``valid`` the calls that could be made;
    ``refused`` is the budget for which none was begun.
    """

    answers: Sequence[ToolMessage]
    begun: int
    valid: int
    seconds: float
    refused: BudgetReached | None = None


def answered(state: RunState, answer: Answer) -> RunState:
    """Return the state after a complete answer of the model."""
    return replace(
        state,
        said=(*state.said, answer.message),
        step=state.step + 1,
        usage=total(state.usage, answer.usage, first=state.step == 0),
        pending=answer.message.calls,
        finish_reason=answer.finish_reason,
    )


def calls_made(state: RunState, made: CallsMade) -> RunState:
    """Return the state after the calls of a step."""
    return replace(
        state,
        said=(*state.said, *made.answers),
        tool_calls=state.tool_calls + made.begun,
        tool_time_s=state.tool_time_s + made.seconds,
        pending=(),
        invalid_steps=0 if made.valid else state.invalid_steps + 1,
        refused=made.refused,
    )


def corrected(state: RunState, problems: str) -> RunState:
    """Return the state after the model is told that its answer does not fit the schema."""
    told = UserMessage(
        "Your answer does not fit the JSON Schema that was asked for. Answer again, with nothing "
        f"but one JSON value that fits it.\n{problems}"
    )
    return replace(state, said=(*state.said, told), corrections=state.corrections + 1)


def total(sum_so_far: TokenUsage, more: TokenUsage, *, first: bool = False) -> TokenUsage:
    """Add counts. A sum with an estimate in it is one, and with an unknown cost has none."""
    sources = {sum_so_far.source, more.source}
    known = UsageSource.PROVIDER if UsageSource.PROVIDER in sources else None
    so_far = 0.0 if first else sum_so_far.cost_usd
    costs_known = so_far is not None and more.cost_usd is not None
    return TokenUsage(
        sum_so_far.input_tokens + more.input_tokens,
        sum_so_far.output_tokens + more.output_tokens,
        sum_so_far.cached_input_tokens + more.cached_input_tokens,
        sum_so_far.reasoning_tokens + more.reasoning_tokens,
        UsageSource.ESTIMATED if UsageSource.ESTIMATED in sources else known,
        sum_so_far.cache_write_input_tokens + more.cache_write_input_tokens,
        (so_far or 0.0) + (more.cost_usd or 0.0) if costs_known else None,
    )
