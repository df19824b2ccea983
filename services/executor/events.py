"""The events of a run, one frozen dataclass each.

Their kinds and fields are those of ``events.proto``, which says what each field means; the kinds
from ``Start`` to ``Error`` are those of the AI SDK UI message stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.executor import domain
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.domain import ConsoleLine, Diagnostic, Json, ToolFailure
from services.executor.errors import ExecutorError


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run has a bundle, an agent and a model."""

    bundle_digest: str
    agent: str
    model: str
    session_id: str
    diagnostics: tuple[Diagnostic, ...]


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
    """A tool call's input is complete and valid; the tool starts."""

    call_id: str
    tool: str
    input: Json


@dataclass(frozen=True, slots=True)
class ToolInputError:
    """A tool call's input cannot be used; the model is told ``error_text``."""

    call_id: str
    tool: str
    input_text: str
    error_text: str


@dataclass(frozen=True, slots=True)
class ToolOutputAvailable:
    """A tool returned."""

    call_id: str
    output: Json


@dataclass(frozen=True, slots=True)
class ToolOutputError:
    """A tool failed; the model is told ``error_text``."""

    call_id: str
    error_text: str
    failure: ToolFailure


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A request of a tool to the outside world was made or refused; nothing of it is secret.

    ``status`` is 0 when there was no answer, and ``error`` then says why; ``path`` has no query.
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


@dataclass(frozen=True, slots=True)
class ToolConsole:
    """A line that a tool wrote; an empty id is the bundle's top level."""

    call_id: str
    line: ConsoleLine


@dataclass(frozen=True, slots=True)
class ToolUsage:
    """What a tool call cost."""

    call_id: str
    usage: domain.ToolUsage


@dataclass(frozen=True, slots=True)
class FinishStep:
    """A model query and its tool calls are complete."""

    step: int
    finish_reason: FinishReason
    usage: TokenUsage


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is complete; ``steps`` is the number of model queries."""

    finish_reason: FinishReason
    usage: TokenUsage
    steps: int


@dataclass(frozen=True, slots=True)
class Abort:
    """The run was cancelled; ``reason`` says by whom."""

    reason: str


@dataclass(frozen=True, slots=True)
class Error:
    """The run failed after it started."""

    error: ExecutorError


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened for a while; the run is alive."""


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
    | Heartbeat
)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event as the client sees it: ``sequence`` counts from 1, ``time_ns`` since 1970."""

    run_id: str
    sequence: int
    time_ns: int
    event: Event
