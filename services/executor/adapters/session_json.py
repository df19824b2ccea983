"""Messages as the JSON in which they are kept. What an older version wrote is read as well."""

from __future__ import annotations

import base64
from typing import Any

from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    MediaKind,
    MediaPart,
    Message,
    ReasoningBlock,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as JSON."""
    if isinstance(message, UserMessage):
        said: dict[str, Any] = {"role": "user", "text": message.text}
        return {**said, "parts": [_part(part) for part in message.parts]} if message.parts else said
    if isinstance(message, AssistantMessage):
        calls = [_call(call) for call in message.calls]
        answer: dict[str, Any] = {"role": "assistant", "text": message.text, "calls": calls}
        if message.reasoning:
            blocks = [[block.text, block.signature, block.redacted] for block in message.reasoning]
            answer["reasoning"] = blocks
        return answer
    return {
        "role": "tool",
        "callId": message.call_id,
        "tool": message.tool,
        "text": message.text,
    }


def from_json(item: dict[str, Any]) -> Message:
    """Return the message that ``to_json`` wrote."""
    if item["role"] == "user":
        return UserMessage(item["text"], tuple(_read_part(part) for part in item.get("parts", ())))
    if item["role"] == "assistant":
        return AssistantMessage(
            item["text"],
            tuple(ToolCall(*call) for call in item["calls"]),
            tuple(ReasoningBlock(*block) for block in item.get("reasoning", ())),
        )
    return ToolMessage(item["callId"], item["tool"], item["text"])


def _call(call: ToolCall) -> list[str]:
    written = [call.id, call.tool, call.input_text]
    return [*written, call.signature] if call.signature else written


def _part(part: ContentPart) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"text": part.text}
    source: dict[str, Any] = {"url": part.url}
    if part.data is not None:
        source = {"data": base64.b64encode(part.data).decode()}
    kind = {"kind": part.kind.value, "mediaType": part.media_type, "filename": part.filename}
    return {**kind, **source}


def _read_part(item: dict[str, Any]) -> ContentPart:
    if "text" in item:
        return TextPart(item["text"])
    data = base64.b64decode(item["data"]) if "data" in item else None
    return MediaPart(
        MediaKind(item["kind"]), item["mediaType"], data, item.get("url", ""), item["filename"]
    )
