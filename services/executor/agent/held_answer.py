"""The events of an answer that was held back, once it is known what clients may see of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.executor.events import (
    Event,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    TextDelta,
    TextEnd,
    TextStart,
)


def pieces_of(events: Sequence[Event]) -> list[str]:
    """Return the pieces of text in events."""
    return [event.delta for event in events if isinstance(event, TextDelta)]


def shown_events(events: Sequence[Event], text: str | None) -> list[Event]:
    """Return events with another text, or without one.

    The model's reasoning is left out: nothing has checked it.
    """
    return list(_shown(events, text))


def _shown(events: Sequence[Event], text: str | None) -> Iterator[Event]:
    is_told = not text
    for event in events:
        if isinstance(event, ReasoningStart | ReasoningDelta | ReasoningEnd):
            continue
        if not isinstance(event, TextStart | TextDelta | TextEnd):
            yield event
        elif not is_told and text is not None:
            is_told = True
            yield TextStart(event.id)
            yield TextDelta(event.id, text)
            yield TextEnd(event.id)
