"""Token counts in the forms in which providers report them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.executor.adapters.litellm.chunks import count_of
from services.executor.conversation import TokenUsage, UsageSource


def openai_usage(usage: Mapping[str, Any]) -> TokenUsage:
    """Return the counts of a ``usage`` of OpenAI's form; raises TypeError or ValueError.

    Cached tokens are in the prompt's details for OpenAI, beside them for DeepSeek
    (``prompt_cache_hit_tokens``) and Moonshot (``cached_tokens``). Some gateways use Anthropic's
    names. Reasoning belongs to the answer's tokens; where the total says that it was not counted
    there, as xAI's does, it is added.
    """
    prompt = _first(usage, "prompt_tokens_details", "input_tokens_details") or {}
    answer = _first(usage, "completion_tokens_details", "output_tokens_details") or {}
    read = count_of(_first(usage, "prompt_tokens", "input_tokens"))
    written = count_of(_first(usage, "completion_tokens", "output_tokens"))
    reasoning = count_of(_first(answer, "reasoning_tokens") or _first(usage, "reasoning_tokens"))
    if reasoning and count_of(usage.get("total_tokens")) == read + written + reasoning:
        written += reasoning
    return TokenUsage(
        input_tokens=read,
        output_tokens=written,
        cached_input_tokens=count_of(
            _first(prompt, "cached_tokens")
            or _first(usage, "prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens")
        ),
        reasoning_tokens=reasoning,
        source=UsageSource.PROVIDER,
        cache_write_input_tokens=count_of(
            _first(prompt, "cache_creation_tokens", "cache_write_tokens")
            or _first(usage, "cache_creation_input_tokens")
        ),
    )


def cohere_usage(usage: Mapping[str, Any]) -> TokenUsage:
    """Return the counts of Cohere's ``usage``; raises TypeError or ValueError.

    They are of what the model read and wrote, which is more than what is billed.
    """
    tokens = usage.get("tokens") or {}
    return TokenUsage(
        input_tokens=count_of(tokens.get("input_tokens")),
        output_tokens=count_of(tokens.get("output_tokens")),
        cached_input_tokens=count_of(usage.get("cached_tokens")),
        source=UsageSource.PROVIDER,
    )


def converse_usage(usage: Mapping[str, Any]) -> TokenUsage:
    """Return the counts of Bedrock's Converse; raises TypeError or ValueError.

    Cached tokens are beside the others.
    """
    read = count_of(usage.get("cacheReadInputTokens"))
    written = count_of(usage.get("cacheWriteInputTokens"))
    return TokenUsage(
        input_tokens=count_of(usage.get("inputTokens")) + read + written,
        output_tokens=count_of(usage.get("outputTokens")),
        cached_input_tokens=read,
        source=UsageSource.PROVIDER,
        cache_write_input_tokens=written,
    )


def _first(found: Mapping[str, Any], *names: str) -> Any:
    return next((found[name] for name in names if found.get(name) is not None), None)
