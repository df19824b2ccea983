"""The messages of a conversation as ``Message``s, for transcripts; cut ones say so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1 import message_pb2 as pb
from services.executor.conversation import (
    CUT_HERE,
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
from services.executor.domain import JsonText
from services.executor.wire.json_values import cut_json_value, read_json, to_json_value
from services.executor.wire.value_bytes import clean

PART_BYTES = 64  # the approximate overhead of a part besides its text


def to_message(message: Message, time_ns: int, most: int) -> pb.Message:
    """Return a message, cut to about ``most`` bytes."""
    role = ROLES[type(message)]
    model = clean(message.model) if isinstance(message, AssistantMessage) else ""
    made, room = pb.Message(role=role, create_time=to_time(time_ns), model=model), most
    for write in _parts(message):
        part = write(max(0, room))
        room -= part.ByteSize() + PART_BYTES
        made.parts.append(part)
    return made


ROLES: dict[type, pb.Role] = {
    UserMessage: pb.ROLE_USER,
    AssistantMessage: pb.ROLE_ASSISTANT,
    ToolMessage: pb.ROLE_TOOL,
}


def to_time(time_ns: int) -> Timestamp | None:
    """Return a time; None for 0, which means unknown."""
    if not time_ns:
        return None
    stamp = Timestamp()
    stamp.FromNanoseconds(time_ns)
    return stamp


def _parts(message: Message) -> Iterator[Callable[[int], pb.Part]]:
    """Yield a function for each part that builds it in at most the given bytes."""
    if isinstance(message, UserMessage):
        for part in (TextPart(message.text), *message.parts):
            if part != TextPart(""):
                yield lambda most, part=part: _content(part, most)  # type: ignore[misc]
    elif isinstance(message, ToolMessage):
        yield lambda most: _result(message, most)
    else:
        for block in message.reasoning:
            yield lambda most, block=block: _reasoning(block, most)  # type: ignore[misc]
        if message.text:
            yield lambda most: _text(message.text, most)
        for call in message.calls:
            yield lambda most, call=call: _call(call, most)  # type: ignore[misc]


def _content(part: ContentPart, most: int) -> pb.Part:
    if isinstance(part, TextPart):
        return _text(part.text, most)
    return _media(part)


def _media(part: MediaPart) -> pb.Part:
    media = pb.Media(
        media_type=part.media_type,
        filename=part.filename,
        url=part.url if part.data is None else None,
        size_bytes=0 if part.data is None else len(part.data),
    )
    return pb.Part(image=media) if part.kind is MediaKind.IMAGE else pb.Part(file=media)


def _text(text: str, most: int) -> pb.Part:
    shown, size = _cut(text, most)
    return pb.Part(text=shown, truncated=bool(size), size_bytes=size)


def _reasoning(block: ReasoningBlock, most: int) -> pb.Part:
    shown, size = _cut(block.text, most)
    # A signature or an encrypted text is useless in part.
    whole = not size and len(block.signature) + len(block.redacted) <= most
    reasoning = pb.Reasoning(
        text=shown,
        signature=clean(block.signature) if whole else "",
        redacted=clean(block.redacted) if whole else "",
    )
    return pb.Part(reasoning=reasoning, truncated=not whole, size_bytes=size)


def _call(call: ToolCall, most: int) -> pb.Part:
    return pb.Part(
        tool_call=pb.ToolCall(
            tool_call_id=clean(call.id),
            tool_name=clean(call.tool),
            input=_json(call.input_text, most),
            signature=clean(call.signature) if len(call.signature) <= most else "",
        )
    )


def _result(message: ToolMessage, most: int) -> pb.Part:
    result = pb.ToolResult(tool_call_id=clean(message.call_id), tool_name=clean(message.tool))
    if message.form is ResultForm.FAILURE:
        result.error_text, size = _cut(message.text, most)
        return pb.Part(tool_result=result, truncated=bool(size), size_bytes=size)
    result.output.CopyFrom(_output(message, most))
    return pb.Part(tool_result=result)


def _output(message: ToolMessage, most: int) -> pb.JsonValue:
    if message.whole_bytes:
        shown, _, _ = message.text.rpartition(CUT_HERE)
        if message.form is ResultForm.TEXT:
            shown = json.dumps(shown, ensure_ascii=False)[:-1]
        return cut_json_value(shown, message.whole_bytes, most)
    if message.form is ResultForm.TEXT:
        return to_json_value(message.text, most)
    return _read(message.text, most)


def _json(text: str, most: int) -> pb.JsonValue:
    """Return what a model wrote: JSON, or text if it is not JSON or a JSON string."""
    try:
        value = read_json(text)
    except ValueError:
        return to_json_value(text, most)
    return to_json_value(text if isinstance(value, str) else value, most)


def _read(text: str, most: int) -> pb.JsonValue:
    """Return the value of a JSON text."""
    try:
        return to_json_value(read_json(text), most)
    except ValueError:
        return to_json_value(JsonText(text), most)


def _cut(text: str, most: int) -> tuple[str, int]:
    """Return a text and 0, or the beginning and the size of one over ``most`` bytes."""
    data = clean(text).encode()
    if len(data) <= most:
        return data.decode(), 0
    return data[:most].decode(errors="ignore"), len(data)
