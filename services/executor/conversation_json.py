"""Messages as stored JSON; older formats can be read as well."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from typing import Any

from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    MediaKind,
    MediaPart,
    Message,
    ReasoningBlock,
    ResultForm,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.long_json import SHORT, escaped, read_long, write_long

PIECE_BYTES = 192 * 1024


def to_text(messages: Sequence[Message]) -> str:
    """Return messages as JSON text, written by Python code.

    What is not ASCII stays as it is: as escapes it would take twice the room, and reading them
    takes microseconds each.
    """
    return escaped(write_long([to_json(message) for message in messages], ensure_ascii=False))


def from_text(text: str) -> list[Message]:
    """Return the messages that ``to_text`` wrote; a long text is parsed in pure Python."""
    items: Any = json.loads(text) if len(text) <= SHORT else read_long(text, math.inf)
    return [from_json(item) for item in items]


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as JSON."""
    if isinstance(message, UserMessage):
        said: dict[str, Any] = {"role": "user", "text": message.text}
        if message.parts:
            said["parts"] = [part_to_json(part) for part in message.parts]
        return said
    if isinstance(message, AssistantMessage):
        calls = [_call(call) for call in message.calls]
        answer: dict[str, Any] = {"role": "assistant", "text": message.text, "calls": calls}
        if message.reasoning:
            answer["reasoning"] = [_block(block) for block in message.reasoning]
        if message.model:
            answer["model"] = message.model
        return answer
    result: dict[str, Any] = {
        "role": "tool",
        "callId": message.call_id,
        "tool": message.tool,
        "text": message.text,
        "form": message.form.value,
        "wholeBytes": message.whole_bytes,
    }
    if message.parts:
        result["parts"] = [part_to_json(part) for part in message.parts]
    return result


def from_json(item: dict[str, Any]) -> Message:
    """Return the message that ``to_json`` wrote."""
    parts = tuple(part_from_json(part) for part in item.get("parts", ()))
    if item["role"] == "user":
        return UserMessage(item["text"], parts)
    if item["role"] == "assistant":
        return AssistantMessage(
            item["text"],
            tuple(ToolCall(*call) for call in item["calls"]),
            tuple(ReasoningBlock(*block) for block in item.get("reasoning", ())),
            item.get("model", ""),
        )
    form = ResultForm(item.get("form", "text"))
    size = item.get("wholeBytes", 0)
    return ToolMessage(item["callId"], item["tool"], item["text"], form, size, parts)


def _call(call: ToolCall) -> list[str]:
    written = [call.id, call.tool, call.input_text]
    return [*written, call.signature] if call.signature else written


def _block(block: ReasoningBlock) -> list[str]:
    written = [block.text, block.signature, block.redacted]
    return [*written, block.name] if block.name else written


def part_to_json(part: ContentPart) -> dict[str, Any]:
    """Return a part of a message as JSON."""
    if isinstance(part, TextPart):
        return {"text": part.text}
    source: dict[str, Any] = {"url": part.url}
    if part.data is not None:
        # In pieces, since each string is written or parsed in one go.
        starts = range(0, len(part.data), PIECE_BYTES)
        source = {"data": [_base64(part.data[at : at + PIECE_BYTES]) for at in starts]}
    kind = {"kind": part.kind.value, "mediaType": part.media_type, "filename": part.filename}
    return {**kind, **source}


def part_from_json(item: dict[str, Any]) -> ContentPart:
    """Return the part that ``part_to_json`` wrote."""
    if "text" in item:
        return TextPart(item["text"])
    data = _bytes_of(item["data"]) if "data" in item else None
    return MediaPart(
        MediaKind(item["kind"]), item["mediaType"], data, item.get("url", ""), item["filename"]
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes_of(written: str | list[str]) -> bytes:
    """Return data written in pieces, or as one string by older versions."""
    pieces = [written] if isinstance(written, str) else written
    return b"".join(map(base64.b64decode, pieces))
