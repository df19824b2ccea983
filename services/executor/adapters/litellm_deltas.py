"""What providers say in a chunk, as deltas: OpenAI's form as JSON, others as LiteLLM reads them.

Whatever is not as it should be raises MalformedChunkError: no chunk is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.conversation import FinishReason, TokenUsage, UsageSource

FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
}
# Anthropic's, Gemini's and OpenAI's answers are about this long for each token.
CHARACTERS_PER_TOKEN = 4


class MalformedChunkError(ValueError):
    """A chunk is not what the provider's protocol says."""


class ProviderSaidError(Exception):
    """The provider reports an error in the middle of its stream."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code


def parse_chunk(data: bytes) -> dict[str, Any]:
    """Return one event's data as a JSON object; raises MalformedChunkError."""
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError):
        raise MalformedChunkError("a chunk of the stream is not JSON") from None
    if not isinstance(chunk, dict):
        raise MalformedChunkError("a chunk of the stream is no JSON object")
    return chunk


def openai_deltas(chunk: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[ModelDelta]:
    """Yield what a chunk of OpenAI's chat completions carries.

    Args:
        chunk: a ``chat.completion.chunk``, as OpenAI and those who speak like it send it.
        names: keys of tools by the names that the provider knows them by, where they differ.

    Raises:
        MalformedChunkError: it is none.
        ProviderSaidError: it is an error.
    """
    try:
        if chunk.get("error"):
            raise _provider_error(chunk["error"])
        for choice in chunk.get("choices") or ():
            if choice.get("index", 0) == 0:
                yield from _choice(choice, names)
        if usage := chunk.get("usage"):
            yield UsageReport(_openai_usage(usage))
    except (AttributeError, TypeError, KeyError):
        raise MalformedChunkError("a chunk of the stream has another form than it should") from None


def _choice(choice: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[ModelDelta]:
    delta = choice.get("delta") or {}
    if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
        yield ReasoningPiece(_text(reasoning))
    if content := delta.get("content"):
        yield TextPiece(_text(content))
    if refusal := delta.get("refusal"):
        yield TextPiece(_text(refusal))
    for call in delta.get("tool_calls") or ():
        function = call.get("function") or {}
        name = _text(function.get("name") or "")
        written = _text(function.get("arguments") or "")
        yield CallPiece(call.get("index"), call.get("id") or "", names.get(name, name), written)
    if reason := choice.get("finish_reason"):
        yield Finished(FINISH_REASONS.get(reason, FinishReason.OTHER))


def _text(content: Any) -> str:
    """Return a text, which some providers send as a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    raise TypeError(type(content))


def _openai_usage(usage: Mapping[str, Any]) -> TokenUsage:
    prompt = usage.get("prompt_tokens_details") or {}
    answer = usage.get("completion_tokens_details") or {}
    return TokenUsage(
        input_tokens=usage.get("prompt_tokens") or 0,
        output_tokens=usage.get("completion_tokens") or 0,
        cached_input_tokens=prompt.get("cached_tokens") or 0,
        reasoning_tokens=answer.get("reasoning_tokens") or 0,
        source=UsageSource.PROVIDER,
    )


def _provider_error(error: Any) -> ProviderSaidError:
    """Return what a provider says has gone wrong after its answer had begun."""
    if not isinstance(error, dict):
        return ProviderSaidError(str(error), 500)
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return ProviderSaidError(str(error.get("message") or error), status)


def anthropic_text(chunk: Mapping[str, Any]) -> tuple[TextPiece] | None:
    """Return the piece of text in an event of Anthropic's; None for any other event.

    LiteLLM's parser keeps nothing of these, so they can go past it: 82 us a chunk instead of 147.
    """
    delta = chunk.get("delta")
    if chunk.get("type") != "content_block_delta" or not isinstance(delta, dict):
        return None
    text = delta.get("text")
    is_text = delta.get("type") == "text_delta" and isinstance(text, str)
    return (TextPiece(text),) if is_text and text else None


def litellm_deltas(chunk: Any, names: Mapping[str, str]) -> Iterator[ModelDelta]:
    """Yield what a ``ModelResponseStream`` of LiteLLM's carries, but for its usage."""
    for choice in chunk.choices[:1]:
        delta = choice.delta
        yield from _reasoning(delta)
        if delta.content:
            yield TextPiece(delta.content)
        for call in delta.tool_calls or ():
            yield _call(call, names)
        if choice.finish_reason:
            yield Finished(FINISH_REASONS.get(choice.finish_reason, FinishReason.OTHER))


def litellm_usage(usage: Any, source: UsageSource) -> TokenUsage:
    """Return the counts of a ``Usage`` of LiteLLM's."""
    prompt = getattr(usage, "prompt_tokens_details", None)
    answer = getattr(usage, "completion_tokens_details", None)
    written = getattr(prompt, "cache_creation_tokens", None)
    return TokenUsage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_input_tokens=getattr(prompt, "cached_tokens", None) or 0,
        reasoning_tokens=getattr(answer, "reasoning_tokens", None) or 0,
        source=source,
        cache_write_input_tokens=written or 0,
    )


def characters(delta: ModelDelta) -> int:
    """Return how many characters of the answer a delta carries."""
    if isinstance(delta, TextPiece | ReasoningPiece):
        return len(delta.text)
    return len(delta.tool) + len(delta.input_text) if isinstance(delta, CallPiece) else 0


def estimated_usage(prompt_characters: int, answer_characters: int) -> TokenUsage:
    """Return what a query cost of which the provider did not tell, by the length of its texts."""
    return TokenUsage(
        input_tokens=-(-prompt_characters // CHARACTERS_PER_TOKEN),
        output_tokens=-(-answer_characters // CHARACTERS_PER_TOKEN),
        source=UsageSource.ESTIMATED,
    )


def _reasoning(delta: Any) -> Iterator[ModelDelta]:
    blocks = getattr(delta, "thinking_blocks", None)
    for block in blocks or ():
        if block.get("type") == "redacted_thinking":
            yield ReasoningPiece("", redacted=block.get("data") or "")
        else:
            yield ReasoningPiece(block.get("thinking") or "", block.get("signature") or "")
    if not blocks and (reasoning := getattr(delta, "reasoning_content", None)):
        yield ReasoningPiece(reasoning)


def _call(call: Any, names: Mapping[str, str]) -> CallPiece:
    function = call.function
    name = function.name or ""
    fields = getattr(call, "provider_specific_fields", None) or {}
    return CallPiece(
        call.index,
        call.id or "",
        names.get(name, name),
        function.arguments or "",
        fields.get("thought_signature") or "",
    )
