"""The events of a run, one frozen dataclass each.

Their kinds and fields are those of ``run_event.proto``, which says what each field means; the kinds
from ``Start`` to ``FinishStep`` are those of the AI SDK UI message stream. ``Finish``, ``Abort``
and ``Error`` are the ways in which a run ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from services.executor import domain
from services.executor.budgets import BudgetReached
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.domain import ConsoleLine, Diagnostic, Json, ToolFailure
from services.executor.errors import ExecutorError
from services.executor.lifecycle_events import (
    InputAnswered,
    InputRequired,
    RunResumed,
    StepRestarted,
    ToolOutputDenied,
)
from services.executor.model_events import ToolModelQuery


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run has a bundle, an agent and a model."""

    bundle_digest: str
    agent: str
    model: str
    session_id: str
    diagnostics: tuple[Diagnostic, ...]
    request_id: str = ""
    deployed: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """The answer begins."""

    message_id: str


@dataclass(frozen=True, slots=True)
class StartStep:
    """A model query begins; ``step`` counts from 1."""

    step: int


@dataclass(frozen=True, slots=True)
class TextStart:
    """A text part begins."""

    id: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of a text part."""

    id: str
    delta: str


@dataclass(frozen=True, slots=True)
class TextEnd:
    """A text part is complete."""

    id: str


@dataclass(frozen=True, slots=True)
class ReasoningStart:
    """A reasoning part begins."""

    id: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of a reasoning part."""

    id: str
    delta: str


@dataclass(frozen=True, slots=True)
class ReasoningEnd:
    """A reasoning part is complete."""

    id: str


@dataclass(frozen=True, slots=True)
class ToolInputStart:
    """The model begins to write a tool call."""

    call_id: str
    tool: str


@dataclass(frozen=True, slots=True)
class ToolInputDelta:
    """More of a tool call's input: JSON text to append."""

    call_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class ToolInputAvailable:
    """A tool call's input is complete and valid; the tool starts.

    ``size`` is the length of the input as JSON text, for queue limits.
    """

    call_id: str
    tool: str
    input: Json
    size: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ToolInputError:
    """A tool call's input is invalid; the model sees ``error_text``."""

    call_id: str
    tool: str
    input_text: str
    error_text: str


@dataclass(frozen=True, slots=True)
class ToolOutputAvailable:
    """A tool returned; ``size`` is the length of its output as JSON text."""

    call_id: str
    output: Json
    size: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ToolOutputError:
    """A tool failed; the model sees ``error_text``."""

    call_id: str
    error_text: str
    failure: ToolFailure


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A request of a tool to the outside world was made or refused; contains no secrets.

    ``status`` is 0 if there was no response, and ``error`` then says why; ``path`` has no query.
    ``denied``: no rule allows it, or a secret in it.
    """

    call_id: str
    method: str
    host: str
    path: str
    status: int
    request_bytes: int
    response_bytes: int
    seconds: float
    error: str = ""
    denied: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ToolConsole:
    """A console line of a tool; an empty id means the bundle's top level."""

    call_id: str
    line: ConsoleLine


@dataclass(frozen=True, slots=True)
class ToolUsage:
    """What a tool call used."""

    call_id: str
    usage: domain.ToolUsage


@dataclass(frozen=True, slots=True)
class FinishStep:
    """A model query and its tool calls are complete; ``model`` is the one that answered."""

    step: int
    finish_reason: FinishReason
    usage: TokenUsage
    model: str


class ToolOutcome(Enum):
    """The outcome of a tool call."""

    RETURNED = "returned"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    NOT_STARTED = "not-started"


@dataclass(frozen=True, slots=True)
class ToolEffect:
    """The outcome of one tool call."""

    call_id: str
    tool: str
    outcome: ToolOutcome


@dataclass(frozen=True, slots=True)
class Effects:
    """What a run has done by its end; ``steps`` counts the queries whose answers are complete.

    ``models`` is what the queries of each model cost, in the order in which they were asked.
    """

    steps: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    tool_calls: tuple[ToolEffect, ...] = ()
    session_saved: bool = False
    models: tuple[tuple[str, TokenUsage], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is complete; ``steps`` is the number of model queries.

    ``output`` is the answer as JSON, in a tuple of one, if a schema was requested; ``budget`` is
    set if a budget ended the run.
    """

    finish_reason: FinishReason
    usage: TokenUsage
    steps: int
    output: tuple[Json] | None = None
    budget: BudgetReached | None = None
    effects: Effects = Effects()


class AbortCause(Enum):
    """Why a run was stopped."""

    CLIENT_CANCELLED = "client-cancelled"
    CLIENT_DEADLINE = "client-deadline"
    SHUTDOWN = "shutdown"
    INTERRUPTED = "interrupted"
    CLIENT_STALLED = "client-stalled"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Abort:
    """The run was stopped; ``reason`` says why, as text."""

    cause: AbortCause
    reason: str
    effects: Effects = Effects()


@dataclass(frozen=True, slots=True)
class Error:
    """The run failed after it started."""

    error: ExecutorError
    effects: Effects = Effects()


@dataclass(frozen=True, slots=True)
class ModelRetry:
    """A query failed before any output, and is retried.

    ``attempt`` is the failed one, from 1, over all models of the step; ``next_model`` is a fallback
    if it is not ``model``.
    """

    step: int
    model: str
    next_model: str
    attempt: int
    wait_s: float
    error: ExecutorError


@dataclass(frozen=True, slots=True)
class ModelWarning:
    """What a person should know of a query that goes on.

    ``setting`` is one that the model refuses, empty for any other warning.
    """

    step: int
    model: str
    text: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """Another agent of the bundle goes on with the conversation; ``model`` is asked next."""

    agent: str
    model: str
    previous_agent: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ScopeStarted:
    """A nested run begins: its events have ``scope_id``. A call of ``parent_scope_id`` needs it."""

    scope_id: str
    parent_scope_id: str
    call_id: str
    agent: str
    model: str


@dataclass(frozen=True, slots=True)
class ScopeEnded:
    """A nested run has ended; ``failure`` says why it has no result, and is empty otherwise."""

    scope_id: str
    effects: Effects
    failure: str = ""


@dataclass(frozen=True, slots=True)
class SessionWait:
    """The run waits for ``ahead`` other runs of its session."""

    ahead: int


Terminal: TypeAlias = Finish | Abort | Error
Event: TypeAlias = (
    RunStarted
    | Start
    | StartStep
    | TextStart
    | TextDelta
    | TextEnd
    | ReasoningStart
    | ReasoningDelta
    | ReasoningEnd
    | ToolInputStart
    | ToolInputDelta
    | ToolInputAvailable
    | ToolInputError
    | ToolOutputAvailable
    | ToolOutputError
    | ToolConsole
    | ToolRequest
    | ToolUsage
    | FinishStep
    | Finish
    | Abort
    | Error
    | ModelRetry
    | ModelWarning
    | SessionWait
    | AgentChanged
    | ScopeStarted
    | ScopeEnded
    | ToolModelQuery
    | StepRestarted
    | InputRequired
    | InputAnswered
    | ToolOutputDenied
    | RunResumed
)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event as the client sees it: ``time_ns`` since 1970.

    ``sequence`` counts from 1. ``scope_id``
    is the nested run that it belongs to, empty for the run itself.
    """

    run_id: str
    sequence: int
    time_ns: int
    event: Event
    scope_id: str = ""
