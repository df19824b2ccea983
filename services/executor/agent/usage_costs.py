"""Token costs, and token estimates of prompts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from services.executor.conversation import (
    AssistantMessage,
    Message,
    Price,
    TextPart,
    TokenUsage,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.domain import ToolSpec

# Current tokenizers use about four bytes of prose, or three of code or JSON, for a token.
BYTES_PER_TOKEN = 3
MESSAGE_TOKENS = 4
# About what providers charge for an image or a page of a file.
MEDIA_TOKENS = 2000


def with_cost(usage: TokenUsage, price: Price | None) -> TokenUsage:
    """Return ``usage`` with its cost, None if the price is unknown."""
    if price is None:
        return replace(usage, cost_usd=None)
    price = price.of_prompt(usage.input_tokens)
    cached = min(usage.cached_input_tokens, usage.input_tokens)
    written = min(usage.cache_write_input_tokens, usage.input_tokens - cached)
    plain = usage.input_tokens - cached - written
    cost = (
        plain * price.input
        + cached * price.cached_input
        + written * price.cache_write_input
        + usage.output_tokens * price.output
    )
    return replace(usage, cost_usd=cost)


def total(sum_so_far: TokenUsage, more: TokenUsage, *, first: bool = False) -> TokenUsage:
    """Add counts; an estimate or an unknown cost carries over to the sum."""
    sources = {sum_so_far.source, more.source}
    known = UsageSource.PROVIDER if UsageSource.PROVIDER in sources else None
    so_far = 0.0 if first else sum_so_far.cost_usd
    costs_known = so_far is not None and more.cost_usd is not None
    return TokenUsage(
        sum_so_far.input_tokens + more.input_tokens,
        sum_so_far.output_tokens + more.output_tokens,
        sum_so_far.cached_input_tokens + more.cached_input_tokens,
        sum_so_far.reasoning_tokens + more.reasoning_tokens,
        UsageSource.ESTIMATED if UsageSource.ESTIMATED in sources else known,
        sum_so_far.cache_write_input_tokens + more.cache_write_input_tokens,
        (so_far or 0.0) + (more.cost_usd or 0.0) if costs_known else None,
    )


def costed(
    spent: Sequence[tuple[str, TokenUsage]], prices: Mapping[str, Price | None]
) -> TokenUsage:
    """Return the usage of a query: of its last attempt, and of earlier ones that reported tokens.

    Args:
        spent: the model and the tokens of each attempt; at least one.
        prices: the known prices by model.
    """
    *broken, last = spent
    told = [(model, usage) for model, usage in broken if usage.source is not None]
    return reduce(total, (with_cost(usage, prices.get(model)) for model, usage in (*told, last)))


def by_model(
    spent: Sequence[tuple[str, TokenUsage]],
    prices: Mapping[str, Price | None],
    so_far: Sequence[tuple[str, TokenUsage]] = (),
) -> tuple[tuple[str, TokenUsage], ...]:
    """Return the usage of the attempts by model, in the order of first use.

    Args:
        spent: the model and the tokens of each attempt; those that reported none are left out.
        prices: the known prices by model.
        so_far: earlier usage by model, with its cost.
    """
    found = dict(so_far)
    for model, usage in spent:
        if usage.source is not None:
            more = with_cost(usage, prices.get(model))
            found[model] = total(found[model], more) if model in found else more
    return tuple(found.items())


def estimated_tokens(system: str, messages: Sequence[Message], tools: Iterable[ToolSpec]) -> int:
    """Estimate a prompt's tokens, rather too many than too few."""
    texts = [system, *(text for message in messages for text in _texts(message))]
    texts += [json.dumps(tool.input_schema) + tool.description for tool in tools]
    media = sum(
        not isinstance(part, TextPart)
        for message in messages
        if isinstance(message, UserMessage | ToolMessage)
        for part in message.parts
    )
    return MEDIA_TOKENS * media + sum(
        MESSAGE_TOKENS + math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
        for text in texts
    )


def _texts(message: Message) -> Iterator[str]:
    yield message.text
    if isinstance(message, UserMessage):
        yield from (part.text for part in message.parts if isinstance(part, TextPart))
    if isinstance(message, AssistantMessage):
        yield from (call.tool + call.input_text for call in message.calls)
        yield from (block.text + block.redacted for block in message.reasoning)


def dearest(prices: Iterable[Price | None], prompt_tokens: int) -> Price | None:
    """Return the highest price of each kind for a prompt so long; None if one is unknown."""
    known = list(prices)
    found = [price.of_prompt(prompt_tokens) for price in known if price is not None]
    if not found or len(found) < len(known):
        return None
    return Price(
        max(price.input for price in found),
        max(price.output for price in found),
        max(price.cached_input for price in found),
        max(price.cache_write_input for price in found),
    )
