"""Reasoning as OpenRouter and Vercel's gateway tell it, in parts that must come back as they were.

Beside its text, ``reasoning``, an answer has ``reasoning_details``: parts of text, summaries, and
data that only the model's maker can read. Gemini refuses calls, and Claude turns, that come back
without what they signed (https://openrouter.ai/docs/use-cases/reasoning-tokens).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.executor.agent.deltas import ReasoningPiece
from services.executor.conversation import ReasoningBlock

REASONING_DETAILS = "reasoning_details"
# What pieces of one part add to it.
GROWING = ("text", "summary")
# What a provider signed, or sealed.
SIGNED = ("signature", "data")


class ReasoningDetails:
    """Puts the parts of one answer together from their pieces."""

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"ReasoningDetails({len(self._parts)})"

    def feed(self, pieces: Iterable[Mapping[str, Any]]) -> None:
        """Take the pieces of a chunk."""
        for piece in pieces:
            last = self._parts[-1] if self._parts else {}
            if not (_place(piece) == _place(last) and any(name in piece for name in GROWING)):
                self._parts.append(dict(piece))
                continue
            for name, value in piece.items():
                if name in GROWING:
                    last[name] = (last.get(name) or "") + (value or "")
                elif value is not None:
                    last[name] = value

    def piece(self) -> ReasoningPiece | None:
        """Return all parts as one block, once; None if nothing in them is signed."""
        parts, self._parts = self._parts, []
        if not any(part.get(name) for part in parts for name in SIGNED):
            return None
        return ReasoningPiece("", redacted=json.dumps(parts), name=REASONING_DETAILS)


def details_of(reasoning: Sequence[ReasoningBlock]) -> list[Any]:
    """Return the parts in an answer's blocks, empty if there are none."""
    blocks = (block.redacted for block in reasoning if block.name == REASONING_DETAILS)
    return [part for written in blocks for part in json.loads(written)]


def _place(part: Mapping[str, Any]) -> tuple[Any, Any]:
    return part.get("type"), part.get("index")
