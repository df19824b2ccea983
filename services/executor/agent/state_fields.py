"""Fields of a run's state as JSON, which its parts share; what is wrong raises TypeError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from services.executor.conversation import Message, TokenUsage, UsageSource
from services.executor.conversation_json import from_json

T = TypeVar("T", bool, int, float, str, list[Any], dict[str, Any])


def of(kind: type[T], value: Any) -> T:
    """Return a value of the given type; an int may stand for a float."""
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:40]!r} is not of type {kind.__name__}")
    return value


def read_messages(items: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    """Return the messages that ``to_json`` wrote."""
    return tuple(from_json(item) for item in items)


def usage_json(usage: TokenUsage) -> list[Any]:
    """Return the counts as a list."""
    return [
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_input_tokens,
        usage.reasoning_tokens,
        usage.source and usage.source.value,
        usage.cache_write_input_tokens,
        usage.cost_usd,
    ]


def read_usage(item: list[Any]) -> TokenUsage:
    """Return the counts that ``usage_json`` wrote."""
    prompt, output, cached, reasoning, source, cache_write, cost = item
    return TokenUsage(
        of(int, prompt),
        of(int, output),
        of(int, cached),
        of(int, reasoning),
        None if source is None else UsageSource(source),
        of(int, cache_write),
        None if cost is None else of(float, cost),
    )
