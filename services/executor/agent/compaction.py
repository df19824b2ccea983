"""Fits a conversation into a budget of what models read and providers accept.

The oldest tool results go first, each replaced by a note, then the oldest media, then whole
exchanges. A call and its result are kept or dropped together, so the rest is valid for every
provider. What does not fit is cut to three quarters of the budget, so that a provider's prompt
cache is invalidated now and then, not at every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    MediaPart,
    Message,
    TextPart,
    ToolMessage,
    UserMessage,
)

KEPT_OF_BUDGET = 0.75


@dataclass(frozen=True)
class HistoryBudget:
    """How much of a conversation a model sees: messages, and bytes of their text and media."""

    messages: int = 400
    text_bytes: int = 2 * 1024 * 1024


def compacted(
    messages: Sequence[Message], budget: HistoryBudget, latest: int = 0
) -> tuple[Message, ...]:
    """Return the messages, or as many as the budget has room for.

    The latest exchange is kept, whatever its size, with the results of its last step.

    Args:
        messages: start with a user's message; every call is followed directly by its answer.
        budget: how much to keep.
        latest: messages of the latest exchange, corrections included; 0 if it starts with the
            user's last message.
    """
    kept = list(messages)
    if _fits(kept, budget.messages, budget.text_bytes):
        return tuple(kept)
    room = int(budget.text_bytes * KEPT_OF_BUDGET)
    _shorten(kept, room)
    most = int(budget.messages * KEPT_OF_BUDGET)
    return tuple(_without_the_oldest(kept, most, room, len(kept) - latest))


class ShownHistory:
    """The part of a conversation that a run shows its models, compacted when it grows too large.

    It depends only on the messages, so a resumed run shows the same.

    Args:
        history: the messages before the run.
        budget: how much to show.
    """

    def __init__(self, history: tuple[Message, ...], budget: HistoryBudget) -> None:
        self._shown = history
        self._budget = budget
        self._seen = 0

    def __repr__(self) -> str:
        return f"ShownHistory({len(self._shown)} messages)"

    def before_query(self, said: Sequence[Message]) -> tuple[Message, ...]:
        """Return what to show after the run's messages ``said``, which only grow."""
        for at in range(self._seen + 1, len(said)):
            if isinstance(said[at], AssistantMessage):  # a query was made before it
                self._grow(said[:at])
        if len(said) > self._seen:
            self._grow(said)
        return self._shown

    def _grow(self, said: Sequence[Message]) -> None:
        grown = (*self._shown, *said[self._seen :])
        self._shown = compacted(grown, self._budget, latest=len(said))
        self._seen = len(said)


def message_bytes(message: Message) -> int:
    """Return the bytes of a message's text and media."""
    size = text_bytes(message.text)
    if isinstance(message, (UserMessage, ToolMessage)):
        size += sum(_part_bytes(part) for part in message.parts)
    elif isinstance(message, AssistantMessage):
        size += sum(text_bytes(call.tool) + text_bytes(call.input_text) for call in message.calls)
        size += sum(text_bytes(block.text) + len(block.redacted) for block in message.reasoning)
    return size


def text_bytes(text: str) -> int:
    """Return the size of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _part_bytes(part: ContentPart) -> int:
    if isinstance(part, TextPart):
        return text_bytes(part.text)
    return len(part.data) if part.data is not None else len(part.url)


def _fits(messages: Sequence[Message], most: int, room: int) -> bool:
    return len(messages) <= most and sum(map(message_bytes, messages)) <= room


def _shorten(messages: list[Message], room: int) -> None:
    """Replace tool results, then media, with notes, oldest first, until the rest fits."""
    size = sum(map(message_bytes, messages))
    last_step = max(
        (at for at, item in enumerate(messages) if isinstance(item, AssistantMessage)), default=0
    )
    for shorter in (_without_result, _without_media):
        for at, message in enumerate(messages[:last_step]):
            if size <= room:
                return
            noted = shorter(message)
            if message_bytes(noted) < message_bytes(message):
                size += message_bytes(noted) - message_bytes(message)
                messages[at] = noted


def _without_result(message: Message) -> Message:
    if not isinstance(message, ToolMessage):
        return message
    note = f"[result of {text_bytes(message.text)} bytes left out here]"
    return replace(message, text=note, parts=())


def _without_media(message: Message) -> Message:
    if not isinstance(message, UserMessage):
        return message
    return replace(message, parts=tuple(_noted(part) for part in message.parts))


def _noted(part: ContentPart) -> ContentPart:
    if not isinstance(part, MediaPart) or part.data is None:
        return part
    named = f" {part.filename}" if part.filename else ""
    return TextPart(f"[{part.kind.value}{named} of {len(part.data)} bytes left out here]")


def _without_the_oldest(messages: list[Message], most: int, room: int, last: int) -> list[Message]:
    """Drop the oldest exchanges until the rest fits; what starts at ``last`` stays."""
    begins = [at for at, item in enumerate(messages) if isinstance(item, UserMessage)]
    sizes = [message_bytes(message) for message in messages]
    size, start = sum(sizes), 0
    for begin in begins[1:]:
        if begin > last or (size <= room and len(messages) - start <= most):
            break
        size -= sum(sizes[start:begin])
        start = begin
    return messages[start:]
