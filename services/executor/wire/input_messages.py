"""A whole conversation as a request carries it, checked: every call is followed by its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from caisson.executor.v1 import message_pb2 as pb
from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    Message,
    ReasoningBlock,
    ResultForm,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.long_json import is_utf8
from services.executor.wire.content_parts import MAX_TEXT_BYTES, from_part
from services.executor.wire.json_values import BadJsonError, from_json_value, json_text, read_json
from services.executor.wire.request_checker import RequestChecker

MAX_MESSAGES = 2000
MAX_PARTS = 1000
MAX_ALL_PARTS = 5000
# For all messages together: texts, JSON, and the data of attachments.
MAX_BYTES = 21 * 1024 * 1024
# For all texts together, and inputs and results as JSON text, in which one byte sent can become
# six. By default a model sees 2 MiB.
MAX_ALL_TEXT_BYTES = 4 * 1024 * 1024
MAX_TOOL_JSON_BYTES = 3 * 1024 * 1024
MAX_ID_BYTES = 256
MAX_SIGNATURE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Said:
    """A conversation: the messages before the last user message, that one, and those after it."""

    last: UserMessage
    history: tuple[Message, ...] = ()
    since: tuple[Message, ...] = ()


def from_messages(messages: Sequence[Any], *, alone: bool, check: RequestChecker) -> Said:
    """Return the conversation; ``check`` collects its problems.

    Args:
        messages: those of the request.
        alone: whether only one user message is allowed, since a session has the rest.
        check: collects the problems.
    """
    field = "spec.messages"
    if len(messages) > MAX_MESSAGES:
        check.wrong(field, f"It has {len(messages)} messages; {MAX_MESSAGES} may be.")
        return Said(UserMessage(""))
    if (parts := sum(len(each.parts) for each in messages)) > MAX_ALL_PARTS:
        check.wrong(field, f"Its messages have {parts} parts; {MAX_ALL_PARTS} may be.")
        return Said(UserMessage(""))
    # Looking at the data would copy it; a message knows its size.
    check.size(field, sum(each.ByteSize() for each in messages), MAX_BYTES)
    read = _Reader(check)
    found: list[Message] = []
    for at, each in enumerate(messages):
        found += read.message(at, each)
        if read.gave_up:
            return Said(UserMessage(""))
    read.end()
    users = [at for at, item in enumerate(found) if isinstance(item, UserMessage)]
    if not users:
        check.wrong(field, "It has no USER message. Say what the agent is to do.")
        return Said(UserMessage(""))
    last, since = found[users[-1]], tuple(found[users[-1] + 1 :])
    if since and isinstance(since[-1], AssistantMessage):
        check.wrong(field, "It must end with a USER message, or with the results of tools.")
    if alone and len(found) > 1:
        check.wrong(field, "With a `session_id` it has exactly one USER message.")
    assert isinstance(last, UserMessage)
    return Said(last, tuple(found[: users[-1]]), since)


class _Reader:
    """Reads the messages in order, and tracks the calls that wait for results."""

    def __init__(self, check: RequestChecker) -> None:
        self._check = check
        self._waiting: dict[str, str] = {}
        self._ids: set[str] = set()
        self._field = ""
        self._text_bytes = 0

    @property
    def gave_up(self) -> bool:
        """Whether there are enough problems to stop reading."""
        return self._check.full or self._text_bytes > MAX_ALL_TEXT_BYTES

    def message(self, at: int, message: Any) -> Iterator[Message]:
        field = self._field = f"spec.messages.messages[{at}]"
        check = self._check
        if not message.parts:
            check.wrong(field, "It has no parts.")
        elif len(message.parts) > MAX_PARTS:
            check.wrong(field, f"It has {len(message.parts)} parts; {MAX_PARTS} may be.")
        elif message.role == pb.ROLE_TOOL:
            yield from self._results(message.parts)
        else:
            self.end()
            if message.role == pb.ROLE_USER:
                yield self._user(message.parts)
            elif message.role == pb.ROLE_ASSISTANT:
                check.text(f"{field}.model", message.model, MAX_ID_BYTES)
                yield replace(self._assistant(message.parts), model=message.model)
            else:
                check.wrong(f"{field}.role", "It must be USER, ASSISTANT or TOOL.")

    def end(self) -> None:
        """Report calls that still have no result."""
        if self._waiting:
            calls = ", ".join(f'"{call_id[:40]}"' for call_id in list(self._waiting)[:5])
            self._check.wrong(
                self._field, f"Calls before it have no result: {calls}. Send one for each call."
            )
            self._waiting = {}

    def _parts(self, parts: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        for at, part in enumerate(parts):
            if self.gave_up:
                return
            field = f"{self._field}.parts[{at}]"
            if part.truncated:
                self._check.wrong(field, "It is truncated. Send the whole text.")
            yield field, part

    def _user(self, parts: Sequence[Any]) -> UserMessage:
        found: list[ContentPart] = []
        for field, part in self._parts(parts):
            found.append(from_part(field, part, self._check))
            self._counted(part.text)
        first = found[0] if found else TextPart("")
        if isinstance(first, TextPart):
            return UserMessage(first.text, tuple(found[1:]))
        return UserMessage("", tuple(found))

    def _assistant(self, parts: Sequence[Any]) -> AssistantMessage:
        check = self._check
        texts: list[str] = []
        calls: list[ToolCall] = []
        blocks: list[ReasoningBlock] = []
        for field, part in self._parts(parts):
            kind = part.WhichOneof("part")
            if kind == "text":
                check.text(f"{field}.text", part.text, MAX_TEXT_BYTES)
                texts.append(self._counted(part.text))
            elif kind == "reasoning":
                given = part.reasoning
                for name in ("text", "signature", "redacted"):
                    text = getattr(given, name)
                    check.text(f"{field}.reasoning.{name}", text, MAX_TEXT_BYTES)
                    self._counted(text)
                blocks.append(ReasoningBlock(given.text, given.signature, given.redacted))
            elif kind == "tool_call":
                calls.append(self._call(f"{field}.tool_call", part.tool_call))
            else:
                check.wrong(field, "An ASSISTANT message has text, reasoning and tool_call only.")
        return AssistantMessage("\n".join(texts), tuple(calls), tuple(blocks))

    def _call(self, field: str, call: Any) -> ToolCall:
        check, call_id = self._check, call.tool_call_id
        check.text(f"{field}.tool_call_id", call_id, MAX_ID_BYTES)
        check.text(f"{field}.tool_name", call.tool_name, MAX_ID_BYTES)
        check.text(f"{field}.signature", call.signature, MAX_SIGNATURE_BYTES)
        if not call_id or not call.tool_name:
            check.wrong(field, "It must have a `tool_call_id` and a `tool_name`.")
        if call_id in self._ids:
            check.wrong(f"{field}.tool_call_id", "Another call has the same id.")
        self._ids.add(call_id)
        self._waiting[call_id] = call.tool_name
        text, form = self._json(f"{field}.input", call.input)
        is_object = text.startswith("{") if form is ResultForm.JSON else _is_object(text)
        return ToolCall(call_id, call.tool_name, text, self._counted(call.signature), is_object)

    def _results(self, parts: Sequence[Any]) -> Iterator[ToolMessage]:
        for field, part in self._parts(parts):
            if part.WhichOneof("part") != "tool_result":
                self._check.wrong(field, "A TOOL message has tool_result only.")
                continue
            result, field = part.tool_result, f"{field}.tool_result"
            tool = self._waiting.pop(result.tool_call_id, None)
            if tool is None:
                self._check.wrong(
                    f"{field}.tool_call_id", "It is not of a call of the message before."
                )
            elif result.tool_name not in {"", tool}:
                self._check.wrong(f"{field}.tool_name", "The call has another.")
            yield self._result(field, result, tool or "")

    def _result(self, field: str, result: Any, tool: str) -> ToolMessage:
        kind = result.WhichOneof("outcome")
        if kind is None:
            self._check.wrong(field, "Set one of `output` and `error_text`.")
        text, form = self._counted(result.error_text), ResultForm.FAILURE
        if kind == "output":
            text, form = self._json(f"{field}.output", result.output)
        self._check.text(f"{field}.error_text", result.error_text, MAX_TEXT_BYTES)
        return ToolMessage(result.tool_call_id, tool, text, form)

    def _json(self, field: str, message: Any) -> tuple[str, ResultForm]:
        """Return a text as it is, and any other value as JSON."""
        try:
            value = from_json_value(message, MAX_TOOL_JSON_BYTES)
        except BadJsonError as error:
            self._check.wrong(field, str(error))
            return "", ResultForm.TEXT
        if isinstance(value, str) and is_utf8(value):
            return self._counted(value), ResultForm.TEXT
        return self._counted(json_text(value)), ResultForm.JSON

    def _counted(self, text: str) -> str:
        """Return a text; note when all texts so far are too long."""
        before = self._text_bytes
        self._text_bytes += len(text) if text.isascii() else len(text.encode())
        if before <= MAX_ALL_TEXT_BYTES < self._text_bytes:
            self._check.wrong(
                "spec.messages",
                f"Its texts, with inputs and results as JSON text, have more than "
                f"{MAX_ALL_TEXT_BYTES} bytes in all, which is the limit. Leave out what is old.",
            )
        return text


def _is_object(text: str) -> bool:
    """Tell whether a text is a JSON object; an empty text counts as one."""
    try:
        return isinstance(read_json(text or "{}"), dict)
    except ValueError:
        return False
