"""Limits on the stream of one answer: bytes, events, and empty events in a row."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from services.executor.agent.deltas import (
    CallPiece,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
)
from services.executor.errors import ModelRefusedError, ModelUnavailableError

MIB = 1024 * 1024
# Bytes that count as one more empty event: a flood of line endings has no events at all.
BYTES_OF_AN_EVENT = 1024
# A provider may send this much in one event; a client does not get it in one message.
MOST_PIECE = 64 * 1024
# How long the events of one answer are processed before other tasks get a turn.
TURN_S = 0.002


@dataclass(frozen=True)
class StreamBounds:
    """The most bytes and events of one answer, and empty events in a row."""

    answer_bytes: int = 64 * MIB
    answer_events: int = 500_000
    idle_events: int = 10_000


class StreamMeter:
    """Counts what a provider sends for one answer.

    Args:
        model: whose answer it is, for errors.
        bounds: the limits.
    """

    def __init__(self, model: str, bounds: StreamBounds) -> None:
        self._model = model
        self._bounds = bounds
        self._bytes = self._events = self._idle = self._idle_bytes = 0
        self._turn = 0.0
        self._others_went = True

    def __repr__(self) -> str:
        return f"StreamMeter(bytes={self._bytes}, events={self._events}, idle={self._idle})"

    def received(self, size: int) -> None:
        """Count received bytes.

        Raises:
            ModelRefusedError: there are too many.
            ModelUnavailableError: too many of them carried no content.
        """
        if self._others_went:  # else it came without a wait, and the turn continues
            self._turn = time.perf_counter()
            self._others_went = False
            asyncio.get_running_loop().call_soon(self._note_others)
        self._bytes += size
        self._idle_bytes += size
        if self._bytes > self._bounds.answer_bytes:
            raise self._too_much(f"{self._bounds.answer_bytes} bytes", "model_answer_bytes")
        self._check_progress()

    def events(self, count: int) -> None:
        """Count events, and comments, whose deltas were handled.

        Raises:
            ModelRefusedError: there are too many.
            ModelUnavailableError: too many in a row carried no content.
        """
        self._events += count
        self._idle += count
        if self._events > self._bounds.answer_events:
            raise self._too_much(f"{self._bounds.answer_events} events", "model_answer_events")
        self._check_progress()

    def _check_progress(self) -> None:
        if self._idle + self._idle_bytes // BYTES_OF_AN_EVENT > self._bounds.idle_events:
            raise ModelUnavailableError(
                f'The provider of "{self._model}" keeps sending without any answer: '
                f"more than {self._bounds.idle_events} empty events or comments in a row. This is "
                "the provider's fault; try again, use another one, or raise "
                "CAISSON_EXECUTOR_MODEL_IDLE_EVENTS.",
                {"model": self._model},
            )

    def delta(self, delta: ModelDelta) -> None:
        """Record a piece of the answer."""
        if brings_something(delta):
            self._idle = self._idle_bytes = 0

    def took_its_turn(self) -> bool:
        """Tell whether other tasks should get a turn now."""
        return time.perf_counter() - self._turn > TURN_S

    async def others(self) -> None:
        """Give other tasks a turn."""
        await asyncio.sleep(0)
        self._turn = time.perf_counter()

    def _note_others(self) -> None:
        self._others_went = True

    def _too_much(self, what: str, setting: str) -> ModelRefusedError:
        return ModelRefusedError(
            f'The provider of "{self._model}" sent more than {what} for one answer, which is the '
            "limit. This is the provider's fault; use another one, or raise "
            f"CAISSON_EXECUTOR_{setting.upper()}.",
            {"model": self._model},
        )


def brings_something(delta: ModelDelta) -> bool:
    """Tell whether a delta carries a piece of an answer."""
    if isinstance(delta, TextPiece):
        return bool(delta.text)
    if isinstance(delta, ReasoningPiece):
        return bool(delta.text or delta.signature or delta.redacted)
    return isinstance(delta, CallPiece) and bool(delta.id or delta.tool or delta.input_text)


def in_pieces(delta: ModelDelta) -> list[ModelDelta]:
    """Split a delta into pieces small enough to send to a client."""
    text = delta.input_text if isinstance(delta, CallPiece) else getattr(delta, "text", "")
    if len(text) <= MOST_PIECE:
        return [delta]
    texts = [text[start : start + MOST_PIECE] for start in range(0, len(text), MOST_PIECE)]
    if isinstance(delta, CallPiece):
        first = CallPiece(delta.index, delta.id, delta.tool, texts[0], delta.signature)
        return [first, *(CallPiece(delta.index, delta.id, "", more) for more in texts[1:])]
    if isinstance(delta, ReasoningPiece):
        begun = [ReasoningPiece(text, name=delta.name) for text in texts[:-1]]
        return [*begun, replace(delta, text=texts[-1])]
    return list(map(TextPiece, texts))
