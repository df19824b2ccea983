"""Messages as LiteLLM takes them: OpenAI's format, with additions for other providers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from services.executor.adapters.litellm.abilities import ModelAbilities
from services.executor.adapters.litellm.names import safe_name
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    MediaKind,
    MediaPart,
    Message,
    ReasoningBlock,
    TextPart,
    ToolCall,
    UserMessage,
)
from services.executor.errors import FieldViolation, RequestError

MAX_SHOWN_INVALID_INPUT = 2000
# Anthropic caches no prompt below about a thousand tokens, and takes at most four marks.
CACHED_CHARACTERS = 4000
CACHE_MARK = {"cache_control": {"type": "ephemeral"}}


def messages_of(query: ModelQuery, abilities: ModelAbilities) -> Iterator[dict[str, Any]]:
    """Yield the messages of a query, the system's first.

    Raises:
        RequestError: the model does not accept a part of the user's message.
    """
    marked = abilities.is_claude and _is_long(query)
    if system := _system(query, abilities):
        content: Any = [{"type": "text", "text": system, **CACHE_MARK}] if marked else system
        yield {"role": "system", "content": content}
    marks = _marks(query.messages) if marked else set()
    for at, message in enumerate(query.messages):
        if isinstance(message, AssistantMessage) and not (message.text or message.calls):
            continue
        written = _message(message, abilities)
        if at in marks:
            written.update(CACHE_MARK)
        yield written


def _system(query: ModelQuery, abilities: ModelAbilities) -> str:
    """Return the system prompt, with the answer's schema if the provider cannot enforce it."""
    schema = query.output_schema
    if schema is None or abilities.takes_schema(with_tools=bool(query.tools)):
        return query.system
    told = (
        "Your final answer must be one JSON value that fits this JSON Schema, with no other text "
        f"around it:\n{json.dumps(schema, separators=(',', ':'))}"
    )
    return f"{query.system}\n\n{told}" if query.system else told


def _is_long(query: ModelQuery) -> bool:
    texts = (message.text for message in query.messages)
    return len(query.system) + sum(map(len, texts)) > CACHED_CHARACTERS


def _marks(messages: Sequence[Message]) -> set[int]:
    """Return the cache breakpoints: the end of this prompt, and of the one before."""
    spoken = [at for at, item in enumerate(messages) if not isinstance(item, AssistantMessage)]
    answers = [at for at, item in enumerate(messages) if isinstance(item, AssistantMessage)]
    before = [at for at in spoken if answers and at < answers[-1]]
    return {*spoken[-1:], *before[-1:]}


def _message(message: Message, abilities: ModelAbilities) -> dict[str, Any]:
    if isinstance(message, UserMessage):
        return {"role": "user", "content": _user_content(message, abilities)}
    if isinstance(message, AssistantMessage):
        answer: dict[str, Any] = {"role": "assistant", "content": message.text or None}
        if message.calls:
            answer["tool_calls"] = [_call(call) for call in message.calls]
        blocks = [_thinking(block) for block in message.reasoning if _is_provable(block)]
        if blocks and abilities.is_claude:
            answer["thinking_blocks"] = blocks
        return answer
    content: Any = message.text
    if abilities.takes_parts(message.parts):
        content = [_part(at, part, abilities) for at, part in enumerate(message.parts)]
    return {"role": "tool", "tool_call_id": message.call_id, "content": content}


def _is_provable(block: ReasoningBlock) -> bool:
    """Tell whether a provider accepts a block back: it needs its own signature."""
    return bool(block.signature or block.redacted)


def _thinking(block: ReasoningBlock) -> dict[str, Any]:
    if block.redacted:
        return {"type": "redacted_thinking", "data": block.redacted}
    return {"type": "thinking", "thinking": block.text, "signature": block.signature}


def _user_content(message: UserMessage, abilities: ModelAbilities) -> Any:
    if not message.parts:
        return message.text
    first = [{"type": "text", "text": message.text}] if message.text else []
    return [*first, *(_part(at, part, abilities) for at, part in enumerate(message.parts))]


def _part(at: int, part: ContentPart, abilities: ModelAbilities) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if problem := abilities.refusal(part):
        violation = FieldViolation(f"content[{at}].{part.kind.value}", problem)
        raise RequestError(problem, violations=(violation,))
    if part.kind is MediaKind.IMAGE:
        return {"type": "image_url", "image_url": {"url": _address(part)}}
    file: dict[str, Any] = {"filename": part.filename or "file"}
    file["file_data" if part.data is not None else "file_id"] = _address(part)
    if part.media_type:
        file["format"] = part.media_type
    return {"type": "file", "file": file}


def _address(part: MediaPart) -> str:
    """Return the content's URL, or a data URL that holds it."""
    if part.data is None:
        return part.url
    return f"data:{part.media_type};base64,{base64.b64encode(part.data).decode()}"


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": safe_name(call.tool) or "unknown", "arguments": _arguments(call)}
    written: dict[str, Any] = {"id": call.id, "type": "function", "function": function}
    if call.signature:
        written["provider_specific_fields"] = {"thought_signature": call.signature}
    return written


def _arguments(call: ToolCall) -> str:
    """Return the input as a JSON object, as providers require, whatever the model wrote."""
    text = call.given_text
    if _is_object(text) if call.is_object is None else call.is_object:
        return text
    return json.dumps({"invalid_input": text[:MAX_SHOWN_INVALID_INPUT]})


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
