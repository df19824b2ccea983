"""The pieces of a model's stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from services.executor.conversation import FinishReason, TokenUsage
from services.executor.errors import ModelError

INCOMPLETE = (
    "The model provider's stream ended before the answer was complete. "
    "This is the provider's fault; try again."
)


@dataclass(frozen=True, slots=True)
class TextPiece:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningPiece:
    """More of the model's reasoning, if the provider shows it.

    A ``signature`` completes a block and must be sent back with it; ``redacted`` is a whole block
    that only the provider can read. ``name`` is as in ``ReasoningBlock``.
    """

    text: str
    signature: str = ""
    redacted: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CallPiece:
    """More of one tool call.

    ``index`` tells the calls of a step apart; None if the provider gives none. ``id`` and ``tool``
    usually come with the first piece of a call, and are empty otherwise. ``signature`` must be sent
    back with the call.
    """

    index: int | None
    id: str
    tool: str
    input_text: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The provider's finish reason."""

    reason: FinishReason


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Token counts of the query; the last report of a stream counts."""

    usage: TokenUsage


ModelDelta: TypeAlias = TextPiece | ReasoningPiece | CallPiece | Finished | UsageReport


@dataclass(frozen=True, slots=True)
class Answering:
    """This model is queried now; its answer follows."""

    model: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """The progress of a query, which is all its next attempt needs to know.

    Attributes:
        failed: failed attempts of the query, over all models.
        retries: earlier attempts of the current model.
        passed: models given up on; the next one in the query's order is tried.
        wait_s: seconds to wait before the next attempt.
    """

    failed: int = 0
    retries: int = 0
    passed: int = 0
    wait_s: float = 0.0

    def at_once(self) -> Attempts:
        """Return the same progress, with nothing more to wait for."""
        return replace(self, wait_s=0.0)


FIRST_ATTEMPT: Final = Attempts()


@dataclass(frozen=True, slots=True)
class Retrying:
    """The query failed before any output, and is retried after a delay."""

    model: str
    next_model: str
    attempts: Attempts
    error: ModelError


@dataclass(frozen=True, slots=True)
class Refused:
    """The model refused a setting; it is asked again without it at once, and so are later queries.

    ``text`` says so in words, with the provider's; ``attempts`` is where the query goes on.
    """

    model: str
    setting: str
    text: str
    attempts: Attempts = FIRST_ATTEMPT


AnswerDelta: TypeAlias = ModelDelta | Answering | Retrying | Refused
