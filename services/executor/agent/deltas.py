"""What a model's stream is made of."""

from __future__ import annotations

from dataclasses import dataclass
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
    """More of the model's reasoning, where the provider shows it.

    A ``signature`` completes a block, which the provider wants back with it; ``redacted`` is a
    whole block that only the provider can read.
    """

    text: str
    signature: str = ""
    redacted: str = ""


@dataclass(frozen=True, slots=True)
class CallPiece:
    """More of one tool call.

    ``index`` tells the calls of a step apart; None when the provider gives none. ``id`` and
    ``tool`` come with the first piece of a call as a rule, and are empty otherwise. ``signature``
    is what the provider wants back with the call.
    """

    index: int | None
    id: str
    tool: str
    input_text: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The provider said why the model stopped."""

    reason: FinishReason


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Token counts of the query; the last report of a stream counts."""

    usage: TokenUsage


ModelDelta: TypeAlias = TextPiece | ReasoningPiece | CallPiece | Finished | UsageReport


@dataclass(frozen=True, slots=True)
class Answering:
    """This model is asked now; what follows is its answer."""

    model: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """How far a query has come, which is all that its next attempt needs to know.

    Attributes:
        failed: attempts of the query that failed, over all models.
        retries: how often the model whose turn it is was tried before.
        passed: models that were given up; the next one in the query's order is asked.
        wait_s: seconds to wait before the next attempt.
    """

    failed: int = 0
    retries: int = 0
    passed: int = 0
    wait_s: float = 0.0


FIRST_ATTEMPT: Final = Attempts()


@dataclass(frozen=True, slots=True)
class Retrying:
    """The query failed before anything was seen of its answer, and is asked again after a wait."""

    model: str
    next_model: str
    attempts: Attempts
    error: ModelError


AnswerDelta: TypeAlias = ModelDelta | Answering | Retrying
