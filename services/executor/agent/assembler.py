"""Assembles the pieces of one model query into events and a whole answer.

No I/O: ``StepAssembler.feed`` takes one piece and returns its events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services.executor.agent.deltas import (
    INCOMPLETE,
    AnswerDelta,
    Answering,
    CallPiece,
    Finished,
    ReasoningPiece,
    Retrying,
    TextPiece,
)
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    ReasoningBlock,
    TokenUsage,
    ToolCall,
)
from services.executor.errors import ModelRefusedError, ModelUnavailableError
from services.executor.events import (
    Event,
    ModelRetry,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputDelta,
    ToolInputStart,
)

MAX_STEP_CHARACTERS = 4 * 1024 * 1024
MAX_CALLS_PER_STEP = 128

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
class _OpenCall:
    """A tool call in progress; ``id`` is ours, ``provider_id`` the provider's."""

    id: str
    provider_id: str
    tool: str = ""
    pieces: list[str] = field(default_factory=list)
    signature: str = ""
    announced: bool = False


@dataclass(eq=False)
class _OpenBlock:
    """A reasoning block in progress."""

    pieces: list[str] = field(default_factory=list)
    signature: str = ""
    redacted: str = ""

    def closed(self) -> ReasoningBlock:
        return ReasoningBlock("".join(self.pieces), self.signature, self.redacted)


class StepAssembler:
    """Assembles the pieces of one model query.

    Args:
        step: number of the query, from 1; part of the ids of text and reasoning parts.
        unique_id: takes the provider's id of a call, which may be empty or repeated, and returns
            one that is unique in the run.
        spent: the usage of earlier attempts of the query.
    """

    def __init__(
        self, step: int, unique_id: Callable[[str], str], spent: Sequence[Spent] = ()
    ) -> None:
        self._step = step
        self._unique_id = unique_id
        self._parts = 0
        self._text_id = ""
        self._reasoning_id = ""
        self._text: list[str] = []
        self._blocks: list[_OpenBlock] = []
        self._block_is_open = False
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int, _OpenCall] = {}
        self._characters = 0
        self._finish_reason: FinishReason | None = None
        self._spent: list[Spent] = [*spent]

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
        if isinstance(delta, Finished):
            self._finish_reason = delta.reason
        elif isinstance(delta, Answering):
            self._spent.append((delta.model, TokenUsage()))
        else:
            model = self._spent.pop()[0] if self._spent else ""
            self._spent.append((model, delta.usage))
        return []

    def close(self) -> list[Event]:
        """Return the events that close the open parts."""
        events = self._end_parts()
        for call in self._calls:
            events += self._announce(call)
        return events

    def answer(self) -> Answer:
        """Return the whole answer.

        Raises:
            ModelUnavailableError: the stream ended without a finish reason, so it is incomplete.
        """
        if self._finish_reason is None:
            raise ModelUnavailableError(INCOMPLETE)
        calls = tuple(
            ToolCall(call.id, call.tool, "".join(call.pieces), call.signature)
            for call in self._calls
        )
        reasoning = tuple(block.closed() for block in self._blocks)
        message = AssistantMessage(self.text, calls, reasoning)
        model, usage = self._spent[-1] if self._spent else ("", TokenUsage())
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
            self._blocks.append(_OpenBlock(redacted=piece.redacted))
            self._block_is_open = False
        if not piece.text and not piece.signature:
            return
        if not self._block_is_open:
            self._blocks.append(_OpenBlock())
            self._block_is_open = True
        block = self._blocks[-1]
        block.pieces.append(piece.text)
        if piece.signature:
            block.signature = piece.signature
            self._block_is_open = False

    def _feed_call(self, piece: CallPiece) -> list[Event]:
        self._count(len(piece.input_text) + len(piece.tool) + len(piece.signature))
        events = self._end_parts()
        call = self._call_of(piece)
        if not call.announced:
            call.tool = call.tool or piece.tool
        call.signature = call.signature or piece.signature
        if piece.input_text:
            call.pieces.append(piece.input_text)
        if call.announced and piece.input_text:
            events.append(ToolInputDelta(call.id, piece.input_text))
        elif call.tool:
            events += self._announce(call)
        return events

    def _call_of(self, piece: CallPiece) -> _OpenCall:
        """Return the call that the piece belongs to, perhaps a new one."""
        known = self._known_call(piece.index)
        same_id = known is not None and (not piece.id or piece.id == known.provider_id)
        if known is not None and (same_id or not known.provider_id):
            known.provider_id = known.provider_id or piece.id
            return known
        if len(self._calls) >= MAX_CALLS_PER_STEP:
            raise ModelRefusedError(
                f"The model asked for more than {MAX_CALLS_PER_STEP} tool calls in one step, "
                "which is the limit. Ask it for less, or use another model."
            )
        call = _OpenCall(self._unique_id(piece.id), piece.id)
        self._calls.append(call)
        if piece.index is not None:
            self._by_index[piece.index] = call
        return call

    def _known_call(self, index: int | None) -> _OpenCall | None:
        if index is not None:
            return self._by_index.get(index)
        return self._calls[-1] if self._calls else None

    def _announce(self, call: _OpenCall) -> list[Event]:
        """Announce a call to the client, with its input so far."""
        if call.announced:
            return []
        call.announced = True
        started = ToolInputStart(call.id, call.tool)
        written = "".join(call.pieces)
        return [started, ToolInputDelta(call.id, written)] if written else [started]

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
