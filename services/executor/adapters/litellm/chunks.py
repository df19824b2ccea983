"""Parses providers' chunks, in their own formats, into deltas.

Anything unexpected raises MalformedChunkError: no chunk is skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.executor.adapters.litellm.finish import finish_reason
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.conversation import TokenUsage, UsageSource
from services.executor.long_json import TooManyValuesError, read_long, write_long

MOST_TOKENS = 2**53
HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
# What parsing a chunk of an unexpected shape raises.
WRONG_FORM = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class MalformedChunkError(ValueError):
    """A chunk does not follow the provider's protocol."""


class ProviderSaidError(Exception):
    """The provider reports an error in the middle of its stream."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code


def parse_chunk(data: bytes) -> dict[str, Any]:
    """Return one event's data as a JSON object; raises MalformedChunkError."""
    return _parsed(data, json.loads, json.dumps)


def parse_long_chunk(data: bytes) -> dict[str, Any]:
    """Do the same as ``parse_chunk`` in pure Python, for the side thread."""
    return _parsed(data, lambda text: read_long(text.decode("utf-8", "surrogatepass")), write_long)


def _parsed(
    data: bytes, loads: Callable[[bytes], Any], dumps: Callable[..., str]
) -> dict[str, Any]:
    try:
        chunk = loads(data)
        if HALF_A_PAIR.search(data):
            # U+FFFD for each lone surrogate, which UTF-8 cannot encode.
            text = dumps(chunk, ensure_ascii=False)
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            chunk = loads(text.encode())
    except TooManyValuesError:
        raise MalformedChunkError("a chunk of the stream holds too many values") from None
    except (ValueError, RecursionError):
        raise MalformedChunkError("a chunk of the stream is not JSON") from None
    if not isinstance(chunk, dict):
        raise MalformedChunkError("a chunk of the stream is not a JSON object")
    return chunk


def openai_deltas(chunk: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[ModelDelta]:
    """Yield what a chunk of OpenAI's chat completions carries.

    Args:
        chunk: a ``chat.completion.chunk``, as OpenAI and compatible providers send it.
        names: keys of tools by the names the provider uses, where they differ.

    Raises:
        MalformedChunkError: it is malformed.
        ProviderSaidError: it carries an error.
    """
    try:
        if chunk.get("error"):
            raise _provider_error(chunk["error"])
        for choice in chunk.get("choices") or ():
            if choice.get("index", 0) == 0:
                yield from _choice(choice, names)
        if usage := chunk.get("usage"):
            yield UsageReport(_openai_usage(usage))
    except WRONG_FORM:
        raise wrong_form() from None


def wrong_form() -> MalformedChunkError:
    """Return the error for a chunk of JSON with an unknown shape."""
    return MalformedChunkError("a chunk of the stream has an unexpected shape")


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
        name, written = text_of(function.get("name")), text_of(function.get("arguments"))
        call_id = text_of(call.get("id"))
        yield CallPiece(index_of(call.get("index")), call_id, names.get(name, name), written)
    if word := choice.get("finish_reason"):
        yield Finished(finish_reason(text_of(word)))


def _text(content: Any) -> str:
    """Return a text, which some providers send as a list of parts."""
    if isinstance(content, list):
        return "".join(text_of(part["text"]) for part in content if part["type"] == "text")
    return text_of(content)


def text_of(value: Any) -> str:
    """Return a text, empty for None; raises TypeError."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    raise TypeError(type(value))


def index_of(value: Any) -> int | None:
    """Return the index of a call in its step, None for None; raises TypeError."""
    if value is None or type(value) is int:
        return value
    raise TypeError(type(value))


def count_of(value: Any) -> int:
    """Return a number of tokens, 0 for None; raises TypeError or ValueError."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(type(value))
    if not 0 <= value < MOST_TOKENS:
        raise ValueError(value)
    return int(value)


def _openai_usage(usage: Mapping[str, Any]) -> TokenUsage:
    prompt = usage.get("prompt_tokens_details") or {}
    answer = usage.get("completion_tokens_details") or {}
    cached = prompt.get("cached_tokens") or usage.get("prompt_cache_hit_tokens")
    written = prompt.get("cache_creation_tokens") or prompt.get("cache_write_tokens")
    return TokenUsage(
        input_tokens=count_of(usage.get("prompt_tokens")),
        output_tokens=count_of(usage.get("completion_tokens")),
        cached_input_tokens=count_of(cached),
        reasoning_tokens=count_of(answer.get("reasoning_tokens")),
        source=UsageSource.PROVIDER,
        cache_write_input_tokens=count_of(written),
    )


def _provider_error(error: Any) -> ProviderSaidError:
    """Return the error that a provider reports within its stream."""
    if not isinstance(error, dict):
        return ProviderSaidError(str(error), 500)
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return ProviderSaidError(str(error.get("message") or error), status)


def anthropic_text(chunk: Mapping[str, Any]) -> tuple[TextPiece] | None:
    """Return the text of an Anthropic text event; None for any other event.

    LiteLLM's parser keeps no state from these, so they can skip it: 82 us a chunk instead of 147.
    """
    delta = chunk.get("delta")
    if chunk.get("type") != "content_block_delta" or not isinstance(delta, dict):
        return None
    text = delta.get("text")
    is_text = delta.get("type") == "text_delta" and isinstance(text, str)
    return (TextPiece(text),) if is_text and text else None
