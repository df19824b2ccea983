"""Messages as hooks see them, in the AI SDK's form, and as they return them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from services.executor.agent.compaction import message_bytes
from services.executor.agent.hook_changes import DishonouredError
from services.executor.agent.seen_messages import form_of, result_form
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    MediaKind,
    MediaPart,
    Message,
    ResultForm,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import Json, JsonObject

MAX_MESSAGES = 5000
MAX_NAME = 1024
# A hook may repeat messages, which makes a little answer large.
MAX_GROWTH = 4 * 1024 * 1024
_FORMS = {
    "text": ResultForm.TEXT,
    "json": ResultForm.JSON,
    "content": ResultForm.JSON,
    "error-text": ResultForm.FAILURE,
    "error-json": ResultForm.FAILURE,
}


class SeenMessages:
    """Messages of a conversation as a hook sees them: the results of one step are one message.

    ``earlier`` is how many are before the run's own.
    """

    def __init__(self, messages: Sequence[Message], earlier: int = 0) -> None:
        self.whole = tuple(messages)
        self._earlier = earlier
        self._groups: list[tuple[Message, ...]] = []
        for message in messages:
            last = self._groups[-1][0] if self._groups else None
            if isinstance(message, ToolMessage) and isinstance(last, ToolMessage):
                self._groups[-1] = (*self._groups[-1], message)
            else:
                self._groups.append((message,))

    def __len__(self) -> int:
        return len(self._groups)

    def __repr__(self) -> str:
        return f"SeenMessages({len(self._groups)})"

    def place_of(self, count: int) -> int:
        """Return how many of these are the first ``count`` messages; one that begins counts."""
        places = left = 0
        for group in self._groups:
            if left >= count:
                break
            places, left = places + 1, left + len(group)
        return places

    def to_json(self) -> list[Json]:
        """Return them as JSON."""
        return [_group_form(group) for group in self._groups]

    def read(self, value: Json) -> tuple[Message, ...]:
        """Return the messages of an answer; raises DishonouredError."""
        if not isinstance(value, list) or len(value) > MAX_MESSAGES:
            raise DishonouredError(f"its messages are no list of at most {MAX_MESSAGES}")
        found: list[Message] = []
        room = MAX_GROWTH + sum(map(message_bytes, self.whole))
        for item in value:
            read = self._read_one(item)
            room -= sum(map(message_bytes, read))
            if room < 0:
                raise DishonouredError("its messages are too large together")
            found += read
        _check_results(found)
        return tuple(found)

    def earlier_in(self, messages: Sequence[Message]) -> int:
        """Return how many messages of an answer that was read are before the run's own."""
        if len(messages) == len(self.whole):
            return self._earlier
        before, own = (
            {id(each) for each in part}
            for part in (self.whole[: self._earlier], self.whole[self._earlier :])
        )
        last = max((at for at, each in enumerate(messages) if id(each) in before), default=-1)
        first = (at for at, each in enumerate(messages) if id(each) in own)
        return last + 1 if last >= 0 or not before else next(first, 0)

    def _read_one(self, item: Json) -> Sequence[Message]:
        fields = item if isinstance(item, dict) else {}
        at = fields.get("ref")
        if at is None:
            return _read_message(fields)
        if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < len(self._groups):
            raise DishonouredError("it refers to a message that there is not")
        return self._groups[at]


def _group_form(group: Sequence[Message]) -> Json:
    if isinstance(group[0], ToolMessage):
        results: list[Json] = [result_form(each) for each in group if isinstance(each, ToolMessage)]
        return {"role": "tool", "content": results}
    return form_of(group[0])


def _check_results(messages: Sequence[Message]) -> None:
    """Raise DishonouredError for results without their calls, which no provider takes."""
    called: set[str] = set()
    for message in messages:
        if isinstance(message, AssistantMessage):
            called.update(call.id for call in message.calls)
        elif isinstance(message, ToolMessage) and message.call_id not in called:
            raise DishonouredError("one of its messages is the result of a call that is not there")


def _read_message(fields: JsonObject) -> Sequence[Message]:
    role, content = fields.get("role"), fields.get("content")
    parts: Json = [{"type": "text", "text": content}] if isinstance(content, str) else content
    objects = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    if isinstance(parts, list) and len(objects) == len(parts):
        if role == "user":
            return [_user(objects, is_text=isinstance(content, str))]
        if role == "assistant":
            return [_assistant(objects)]
        if role == "tool":
            return [_result(part) for part in objects]
    kind = str(role)[:40]
    raise DishonouredError(f"one of its messages cannot be sent: a message of the role `{kind}`")


def _user(parts: Sequence[JsonObject], *, is_text: bool) -> UserMessage:
    if is_text:
        return UserMessage(_text(parts[0].get("text")))
    return UserMessage("", tuple(_part(part) for part in parts))


def _part(part: JsonObject) -> ContentPart:
    if part.get("type") == "text":
        return TextPart(_text(part.get("text")))
    url = part.get("data", part.get("image", part.get("url")))
    kind = part.get("mediaType")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise DishonouredError("a new file in its messages has no http(s) address")
    media = kind if isinstance(kind, str) and len(kind) < MAX_NAME else ""
    is_image = part.get("type") == "image" or media.startswith("image/")
    if not (is_image or media):
        raise DishonouredError("a new file in its messages does not tell its media type")
    form = MediaKind.IMAGE if is_image else MediaKind.FILE
    return MediaPart(form, "" if media == "image/*" else media, url=clean_text(url))


def _assistant(parts: Sequence[JsonObject]) -> AssistantMessage:
    texts: list[str] = []
    calls: list[ToolCall] = []
    for part in parts:
        if part.get("type") == "text":
            texts.append(_text(part.get("text")))
        elif part.get("type") == "tool-call":
            given = json.dumps(part.get("input"))
            calls.append(ToolCall(_name(part, "toolCallId"), _name(part, "toolName"), given))
        else:
            raise DishonouredError("an answer in its messages is of no form that can be sent")
    return AssistantMessage("".join(texts), tuple(calls))


def _result(part: JsonObject) -> ToolMessage:
    output = part.get("output")
    fields = output if isinstance(output, dict) else {}
    form = _FORMS.get(str(fields.get("type")))
    if part.get("type") != "tool-result" or form is None:
        raise DishonouredError("a result in its messages is of no form that can be sent")
    value = fields.get("value")
    text = value if isinstance(value, str) and form is not ResultForm.JSON else json.dumps(value)
    named = _name(part, "toolCallId"), _name(part, "toolName")
    return ToolMessage(*named, clean_text(text), form)


def _name(part: JsonObject, key: str) -> str:
    value = part.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise DishonouredError(f"a part of its messages has no `{key}` that can be sent")
    return clean_text(value)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise DishonouredError("a text in its messages is none")
    return clean_text(value)
