"""Messages as LiteLLM takes them: OpenAI's format, with additions for other providers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from services.executor.adapters.litellm.abilities import ModelAbilities
from services.executor.adapters.litellm.dialects import call_ids, dialect_of
from services.executor.adapters.litellm.names import safe_name
from services.executor.adapters.litellm.openai_chunks import THINKING_BLOCKS
from services.executor.adapters.litellm.reasoning_details import REASONING_DETAILS, details_of
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
    ToolMessage,
    UserMessage,
)
from services.executor.errors import FieldViolation, RequestError

MAX_SHOWN_INVALID_INPUT = 2000
# Anthropic caches no prompt below about a thousand tokens, and takes at most four marks.
CACHED_CHARACTERS = 4000
# Stands between results of tools, after which a run ended, and the user's next message.
NO_ANSWER = "(no answer)"
# Stands for the reasoning of a model that tells none, where another wants some.
UNTOLD = " "
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
    writer, before = _Writer(query, abilities), ""
    for written in writer.messages(query.messages, marks):
        if (before, written["role"]) == ("tool", "user") and not writer.dialect.users_after_results:
            yield {"role": "assistant", "content": NO_ANSWER}
        before = written["role"]
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


class _Writer:
    """Writes messages for the model of one query."""

    def __init__(self, query: ModelQuery, abilities: ModelAbilities) -> None:
        self._model = query.model
        self._abilities = abilities
        self.dialect = dialect_of(abilities.provider)
        self._ids = call_ids(query.messages, self.dialect)
        self._shown: list[dict[str, Any]] = []  # images of results, for the next user's message

    def messages(self, messages: Sequence[Message], marks: set[int]) -> Iterator[dict[str, Any]]:
        """Yield messages as LiteLLM takes them, those at ``marks`` with cache marks."""
        for at, message in enumerate(messages):
            if isinstance(message, AssistantMessage):
                if not (message.text or message.calls):
                    continue
                yield from self._images()
            written = self._message(message)
            if at in marks:
                written.update(CACHE_MARK)
            yield written
        yield from self._images()

    def _images(self) -> Iterator[dict[str, Any]]:
        """Yield a message with the images of the results before it, if there are any."""
        shown, self._shown = self._shown, []
        if shown:
            yield {"role": "user", "content": shown}

    def _message(self, message: Message) -> dict[str, Any]:
        if isinstance(message, AssistantMessage):
            return self._answer(message)
        if isinstance(message, ToolMessage):
            return self._result(message)
        content = _user_content(message, self._abilities)
        shown, self._shown = self._shown, []
        if shown:
            said = [{"type": "text", "text": content}] if isinstance(content, str) else content
            content = [*shown, *said]
        return {"role": "user", "content": content}

    def _result(self, message: ToolMessage) -> dict[str, Any]:
        """Return a result, whose images follow later where the form has only texts here."""
        content: Any = message.text
        call_id = self._ids.get(message.call_id, message.call_id)
        if self._abilities.takes_parts(message.parts):
            content = [self._part(at, part) for at, part in enumerate(message.parts)]
        elif self._abilities.takes_images_after_results(message.parts):
            said = f"What the tool {safe_name(message.tool)} shows (call {call_id}):"
            self._shown.append({"type": "text", "text": said})
            self._shown += [
                self._part(at, part)
                for at, part in enumerate(message.parts)
                if isinstance(part, MediaPart)
            ]
        return {"role": "tool", "tool_call_id": call_id, "content": content}

    def _part(self, at: int, part: ContentPart) -> dict[str, Any]:
        return _part(at, part, self._abilities)

    def _answer(self, message: AssistantMessage) -> dict[str, Any]:
        """Return an answer, with what was thought and signed only if this model did."""
        content = message.text or self.dialect.empty_text
        answer: dict[str, Any] = {"role": "assistant", "content": content}
        is_own = message.model in ("", self._model)
        if message.calls:
            answer["tool_calls"] = [self._call(call, is_own=is_own) for call in message.calls]
        if self.dialect.wants_reasoning and message.calls and message.model != self._model:
            thought = "".join(block.text for block in message.reasoning)
            answer[self.dialect.wants_reasoning] = thought or UNTOLD
        if not is_own:
            return answer
        answer.update(_signed(message.reasoning, is_claude=self._abilities.is_claude))
        if self.dialect.keeps_reasoning and REASONING_DETAILS not in answer:
            answer.update(_unsigned(message.reasoning))
        return answer

    def _call(self, call: ToolCall, *, is_own: bool) -> dict[str, Any]:
        function = {"name": safe_name(call.tool) or "unknown", "arguments": _arguments(call)}
        call_id = self._ids.get(call.id, call.id)
        written: dict[str, Any] = {"id": call_id, "type": "function", "function": function}
        if call.signature and is_own:
            signature = {"thought_signature": call.signature}
            written["provider_specific_fields"] = signature
            written["extra_content"] = {"google": signature}
        return written


def _signed(reasoning: Sequence[ReasoningBlock], *, is_claude: bool) -> dict[str, Any]:
    """Return what the model's provider signed, in the form in which it came."""
    signed: dict[str, Any] = {}
    if details := details_of(reasoning):
        signed[REASONING_DETAILS] = details
    named = {THINKING_BLOCKS, ""} if is_claude else {THINKING_BLOCKS}
    provable = (block for block in reasoning if _is_provable(block) and block.name in named)
    if blocks := [_thinking(block) for block in provable]:
        signed[THINKING_BLOCKS] = blocks
    return signed


def _unsigned(reasoning: Sequence[ReasoningBlock]) -> dict[str, str]:
    """Return unsigned reasoning under the name that it came with."""
    found: dict[str, str] = {}
    for block in reasoning:
        if block.name and not _is_provable(block):
            found[block.name] = found.get(block.name, "") + block.text
    return found


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
