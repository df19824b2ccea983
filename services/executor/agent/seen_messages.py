"""The conversation as a tool sees it: the messages before the call, in the AI SDK's form."""

from __future__ import annotations

import json
from collections.abc import Sequence

from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    Message,
    ResultForm,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import FailureKind, Json, JsonObject

MAX_CHARACTERS = 256 * 1024
_THROWN = f"Error ({FailureKind.THROWN.value}): "
_OUTPUT_TYPES = {
    ResultForm.TEXT: "text",
    ResultForm.JSON: "json",
    ResultForm.FAILURE: "error-text",
}


def seen_messages(messages: Sequence[Message]) -> str:
    """Return messages as a JSON array of at most 256 KiB: the latest, if there are too many.

    The model's answer that makes the call is not among them, nor what comes after it. Images and
    files come without their bytes.
    """
    last = max((at for at, m in enumerate(messages) if isinstance(m, AssistantMessage)), default=0)
    texts: list[str] = []
    left = MAX_CHARACTERS - 2
    for message in reversed(messages[:last]):
        text = json.dumps(form_of(message))
        left -= len(text) + 1
        if left < 0:
            break
        texts.append(text)
    return f"[{','.join(reversed(texts))}]"


def form_of(message: Message) -> JsonObject:
    """Return a message as the AI SDK shows it."""
    if isinstance(message, UserMessage):
        return {"role": "user", "content": _user_content(message)}
    if isinstance(message, AssistantMessage):
        said: list[Json] = [{"type": "text", "text": message.text}] if message.text else []
        return {"role": "assistant", "content": [*said, *(_call(each) for each in message.calls)]}
    return {"role": "tool", "content": [result_form(message)]}


def _user_content(message: UserMessage) -> Json:
    if not message.parts:
        return message.text
    first: list[Json] = [{"type": "text", "text": message.text}] if message.text else []
    return [*first, *(_part(each) for each in message.parts)]


def _part(part: ContentPart) -> Json:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    described: JsonObject = {"type": "file", "mediaType": part.media_type or "image/*"}
    if part.filename:
        described["filename"] = part.filename
    if part.url:
        described["data"] = part.url
    return described


def _call(call: ToolCall) -> Json:
    value = parsed_input(call)
    return {"type": "tool-call", "toolCallId": call.id, "toolName": call.tool, "input": value}


def result_form(message: ToolMessage) -> JsonObject:
    """Return the result of a call as a part of a message."""
    kind = _OUTPUT_TYPES[message.form]
    value: Json = message.text
    if kind == "error-text":
        value = message.text.removeprefix(_THROWN)
    if kind == "json":
        value = parsed_json(message.text)
        kind = "text" if value == message.text else kind  # a part of it is no JSON
    output: JsonObject = {"type": kind, "value": value}
    named: JsonObject = {"toolCallId": message.call_id, "toolName": message.tool}
    return {"type": "tool-result", **named, "output": output}


def parsed_input(call: ToolCall) -> Json:
    """Return the input of a call; its text if that is no JSON."""
    return parsed_json(call.given_text)


def parsed_json(text: str) -> Json:
    """Return the value of JSON text; the text itself if it is none."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value
