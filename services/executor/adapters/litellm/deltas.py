"""Converts LiteLLM's parsed chunks to deltas, and estimates usage that is not reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.executor.adapters.litellm.chunks import (
    WRONG_FORM,
    count_of,
    index_of,
    text_of,
    thinking_of,
    wrong_form,
)
from services.executor.adapters.litellm.finish import finish_reason, finish_reason_by
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.conversation import TokenUsage, UsageSource

# Characters per token in answers of Anthropic, Gemini and OpenAI, about.
CHARACTERS_PER_TOKEN = 4


def parsed_deltas(
    iterator: Any, raw: dict[str, Any], names: Mapping[str, str]
) -> Iterator[ModelDelta]:
    """Yield what a chunk carries, parsed by one of LiteLLM's iterators.

    Args:
        iterator: has the ``chunk_parser`` for the chunk's provider.
        raw: the chunk as received.
        names: keys of tools by the names the provider uses, where they differ.

    Raises:
        MalformedChunkError: it has a shape that the parser does not know.
        AnswerBrokenOffError: it says that the answer is incomplete.
        Exception: the parser found an error of the provider in it.
    """
    try:
        chunk = iterator.chunk_parser(raw)
        if chunk is None:
            return
        yield from litellm_deltas(chunk, names, raw)
        usage = getattr(chunk, "usage", None)
        if usage is not None and (usage.prompt_tokens or usage.completion_tokens):
            yield UsageReport(litellm_usage(usage, UsageSource.PROVIDER))
    except WRONG_FORM:
        raise wrong_form() from None


def litellm_deltas(
    chunk: Any, names: Mapping[str, str], raw: Mapping[str, Any] | None = None
) -> Iterator[ModelDelta]:
    """Yield what a LiteLLM ``ModelResponseStream`` carries, except its usage.

    Args:
        chunk: what LiteLLM parsed.
        names: as for ``parsed_deltas``.
        raw: the original chunk, if known; it decides how the answer ended.
    """
    for choice in chunk.choices[:1]:
        delta = choice.delta
        yield from _reasoning(delta)
        if delta.content:
            yield TextPiece(text_of(delta.content))
        for call in delta.tool_calls or ():
            yield _call(call, names)
        if word := choice.finish_reason:
            reason = finish_reason(word) if raw is None else finish_reason_by(raw, word)
            if reason is not None:
                yield Finished(reason)


def litellm_usage(usage: Any, source: UsageSource) -> TokenUsage:
    """Return the counts of a LiteLLM ``Usage``."""
    prompt = getattr(usage, "prompt_tokens_details", None)
    answer = getattr(usage, "completion_tokens_details", None)
    return TokenUsage(
        input_tokens=count_of(usage.prompt_tokens),
        output_tokens=count_of(usage.completion_tokens),
        cached_input_tokens=count_of(getattr(prompt, "cached_tokens", None)),
        reasoning_tokens=count_of(getattr(answer, "reasoning_tokens", None)),
        source=source,
        cache_write_input_tokens=count_of(getattr(prompt, "cache_creation_tokens", None)),
    )


def characters(delta: ModelDelta) -> int:
    """Return how many characters of the answer a delta carries."""
    if isinstance(delta, TextPiece | ReasoningPiece):
        return len(delta.text)
    return len(delta.tool) + len(delta.input_text) if isinstance(delta, CallPiece) else 0


def estimated_usage(prompt_characters: int, answer_characters: int) -> TokenUsage:
    """Estimate the usage of a query from the length of its texts, if the provider reported none."""
    return TokenUsage(
        input_tokens=-(-prompt_characters // CHARACTERS_PER_TOKEN),
        output_tokens=-(-answer_characters // CHARACTERS_PER_TOKEN),
        source=UsageSource.ESTIMATED,
    )


def _reasoning(delta: Any) -> Iterator[ModelDelta]:
    blocks: Iterable[Any] = getattr(delta, "thinking_blocks", None) or ()
    yield from map(thinking_of, blocks)
    if not blocks and (reasoning := getattr(delta, "reasoning_content", None)):
        yield ReasoningPiece(text_of(reasoning))


def _call(call: Any, names: Mapping[str, str]) -> CallPiece:
    function = call.function
    name = text_of(function.name)
    fields = getattr(call, "provider_specific_fields", None) or {}
    return CallPiece(
        index_of(call.index),
        text_of(call.id),
        names.get(name, name),
        text_of(function.arguments),
        text_of(fields.get("thought_signature")),
    )
