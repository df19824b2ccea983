"""The events of runs that wait, or that go on after their executor was lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from services.executor.domain import Json, JsonObject


@dataclass(frozen=True, slots=True)
class StepRestarted:
    """A step starts again; the parts and calls that it names are to be discarded."""

    step: int
    part_ids: tuple[str, ...] = ()
    call_ids: tuple[str, ...] = ()


class InputKind(Enum):
    """What a run waits for."""

    APPROVAL = "approval"
    TOOL_RESULT = "tool-result"


@dataclass(frozen=True, slots=True)
class InputRequired:
    """The run waits for an answer to ``input_id``, until ``expires_ns`` since 1970.

    ``schema`` is that of the call's input, None where it is too large to send.
    """

    input_id: str
    kind: InputKind
    call_id: str
    tool: str
    input: Json
    expires_ns: int
    reason: str = ""
    schema: JsonObject | None = None
    size: int = field(default=0, compare=False)


class InputOutcome(Enum):
    """What became of something that a run waited for."""

    APPROVED = "approved"
    EDITED = "edited"
    DENIED = "denied"
    RESULT = "result"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class InputAnswered:
    """Something is not waited for any more."""

    input_id: str
    outcome: InputOutcome


@dataclass(frozen=True, slots=True)
class ToolOutputDenied:
    """A tool call was not approved; the model sees ``reason``."""

    call_id: str
    reason: str


class ResumeCause(Enum):
    """Why a run had to be resumed."""

    EXECUTOR_LOST = "executor-lost"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The run goes on from what is recorded."""

    cause: ResumeCause
