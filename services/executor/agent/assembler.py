"""Assembles the pieces of one model query into events and a whole answer.

No I/O: ``StepAssembler.feed`` takes one piece and returns its events.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services.executor.agent.call_pieces import OpenCalls
from services.executor.agent.deltas import (
    INCOMPLETE,
    AnswerDelta,
    Answering,
    CallPiece,
    Finished,
    ReasoningPiece,
    Refused,
    Retrying,
    TextPiece,
)
from services.executor.agent.leaked_calls import leaked_call
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    ReasoningBlock,
    TokenUsage,
)
from services.executor.errors import ModelRefusedError, ModelUnavailableError
from services.executor.events import (
    Event,
    ModelRetry,
    ModelWarning,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    TextDelta,
    TextEnd,
    TextStart,
)

MAX_STEP_CHARACTERS = 4 * 1024 * 1024

Spent: TypeAlias = tuple[str, TokenUsage]
"""The model of an attempt, and its last report of token usage."""


@dataclass(frozen=True)
class Answer:
    """A complete answer of a model.

    ``model`` is the one that gave it; ``spent`` is what each attempt at it used.
    """

    message: AssistantMessage
    finish_reason: FinishReason
    usage: TokenUsage
    model: str = ""
    spent: tuple[Spent, ...] = ()


@dataclass(eq=False)
class _OpenBlock:
    """A reasoning block in progress."""

    pieces: list[str] = field(default_factory=list)
    signature: str = ""
    redacted: str = ""
    name: str = ""

    def closed(self) -> ReasoningBlock:
        return ReasoningBlock("".join(self.pieces), self.signature, self.redacted, self.name)


class StepAssembler:
    """Assembles the pieces of one model query.

    Args:
        step: number of the query, from 1; part of the ids of text and reasoning parts.
        unique_id: takes the provider's id of a call, which may be empty or repeated, and returns
            one that is unique in the run.
        spent: the usage of earlier attempts of the query.
        tools: keys of the tools that the query offers.
    """

    def __init__(
        self,
        step: int,
        unique_id: Callable[[str], str],
        spent: Sequence[Spent] = (),
        tools: Collection[str] = (),
    ) -> None:
        self._step = step
        self._parts = 0
        self._text_id = ""
        self._reasoning_id = ""
        self._text: list[str] = []
        self._blocks: list[_OpenBlock] = []
        self._block_is_open = False
        self._tools = tools
        self._calls = OpenCalls(unique_id, tools)
        self._characters = 0
        self._finish_reason: FinishReason | None = None
        self._spent: list[Spent] = [*spent]
        self._closing: list[Event] | None = None

    def __repr__(self) -> str:
        return (
            f"StepAssembler(step={self._step}, characters={self._characters}, "
            f"calls={len(self._calls)}, finish_reason={self._finish_reason})"
        )

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    @property
    def characters(self) -> int:
        """How many characters of the answer there are so far."""
        return self._characters

    @property
    def spent(self) -> Sequence[Spent]:
        """The usage of each attempt."""
        return self._spent

    def feed(self, delta: AnswerDelta) -> list[Event]:
        """Take the next piece and return its events, in order.

        Raises:
            ModelRefusedError: the answer is over the limits of one step.
        """
        if isinstance(delta, TextPiece):
            return self._feed_text(delta.text)
        if isinstance(delta, ReasoningPiece):
            return self._feed_reasoning(delta)
        if isinstance(delta, CallPiece):
            return self._feed_call(delta)
        if isinstance(delta, Retrying):
            return [self._retry(delta)]
        if isinstance(delta, Refused):
            return [ModelWarning(self._step, delta.model, delta.text, delta.setting)]
        if isinstance(delta, Finished):
            self._finish_reason = delta.reason
        elif isinstance(delta, Answering):
            self._spent.append((delta.model, TokenUsage()))
        else:
            model, before = self._spent.pop() if self._spent else ("", TokenUsage())
            # Some servers end with a report of zeros after the true one.
            counted = delta.usage.input_tokens or delta.usage.output_tokens
            self._spent.append((model, delta.usage if counted else before))
        return []

    def close(self) -> list[Event]:
        """Return the events that close the open parts, and a warning of a call in the text."""
        if self._closing is None:
            self._closing = [*self._end_parts(), *self._calls.close()]
            if warning := leaked_call(self.text, self._tools) if self._tools else "":
                model, _ = self._spent[-1] if self._spent else ("", TokenUsage())
                self._closing.append(ModelWarning(self._step, model, warning))
        return [*self._closing]

    def answer(self) -> Answer:
        """Return the whole answer.

        Raises:
            ModelUnavailableError: the stream ended without a finish reason, so it is incomplete.
        """
        if self._finish_reason is None:
            raise ModelUnavailableError(INCOMPLETE)
        self.close()  # which joins calls
        calls = self._calls.calls()
        reasoning = tuple(block.closed() for block in self._blocks)
        model, usage = self._spent[-1] if self._spent else ("", TokenUsage())
        message = AssistantMessage(self.text, calls, reasoning, model)
        return Answer(message, self._finish_reason, usage, model)

    def _retry(self, retrying: Retrying) -> ModelRetry:
        return ModelRetry(
            self._step,
            retrying.model,
            retrying.next_model,
            retrying.attempts.failed,
            retrying.attempts.wait_s,
            retrying.error,
        )

    def _feed_text(self, text: str) -> list[Event]:
        if not text:
            return []
        self._count(len(text))
        self._text.append(text)
        if self._text_id:
            return [TextDelta(self._text_id, text)]
        events = self._end_parts()
        self._text_id = self._next_part("text")
        return [*events, TextStart(self._text_id), TextDelta(self._text_id, text)]

    def _feed_reasoning(self, piece: ReasoningPiece) -> list[Event]:
        self._keep_reasoning(piece)
        text = piece.text
        if not text:
            return []
        if self._reasoning_id:
            return [ReasoningDelta(self._reasoning_id, text)]
        events = self._end_parts()
        self._reasoning_id = self._next_part("reasoning")
        return [
            *events,
            ReasoningStart(self._reasoning_id),
            ReasoningDelta(self._reasoning_id, text),
        ]

    def _keep_reasoning(self, piece: ReasoningPiece) -> None:
        """Add a piece to the open block; a signature or a redacted block closes it."""
        self._count(len(piece.text) + len(piece.signature) + len(piece.redacted))
        if piece.redacted:
            self._blocks.append(_OpenBlock(redacted=piece.redacted, name=piece.name))
            self._block_is_open = False
        if not piece.text and not piece.signature:
            return
        if not self._block_is_open or self._blocks[-1].name != piece.name:
            self._blocks.append(_OpenBlock(name=piece.name))
            self._block_is_open = True
        block = self._blocks[-1]
        block.pieces.append(piece.text)
        if piece.signature:
            block.signature = piece.signature
            self._block_is_open = False

    def _feed_call(self, piece: CallPiece) -> list[Event]:
        self._count(len(piece.input_text) + len(piece.tool) + len(piece.signature))
        return [*self._end_parts(), *self._calls.feed(piece)]

    def _end_parts(self) -> list[Event]:
        events: list[Event] = []
        if self._text_id:
            events.append(TextEnd(self._text_id))
            self._text_id = ""
        if self._reasoning_id:
            events.append(ReasoningEnd(self._reasoning_id))
            self._reasoning_id = ""
        return events

    def _next_part(self, kind: str) -> str:
        self._parts += 1
        return f"{kind}-{self._step}-{self._parts}"

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_STEP_CHARACTERS:
            raise ModelRefusedError(
                f"The model wrote more than {MAX_STEP_CHARACTERS} characters in one step, "
                "which is the limit. Lower its maxOutputTokens, or use another model."
            )
