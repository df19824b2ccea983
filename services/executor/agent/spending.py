"""What the runs nested in a run have used, as data: it counts against the run's own budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from services.executor.agent.usage_costs import total
from services.executor.conversation import TokenUsage

ModelUsage = tuple[tuple[str, TokenUsage], ...]


@dataclass(frozen=True)
class Spending:
    """What one run and all that are nested in it have used.

    ``steps`` are queries whose answers are complete, ``tool_calls`` those that were started;
    ``usage`` is None as long as nothing is known of any query. ``models`` is the same by model.
    """

    steps: int = 0
    tool_calls: int = 0
    usage: TokenUsage | None = None
    models: ModelUsage = ()


NOTHING = Spending()


def whole_of(each: Iterable[Spending]) -> Spending:
    """Return the sum."""
    return reduce(_sum, each, NOTHING)


def with_nested(own: TokenUsage | None, nested: TokenUsage | None) -> TokenUsage | None:
    """Return the sum of two usages, either of which may be unknown."""
    if own is None or nested is None:
        return own or nested
    return total(own, nested)


def joined(own: ModelUsage, more: ModelUsage) -> ModelUsage:
    """Return the sum by model, in the order of first use."""
    found = dict(own)
    for model, usage in more:
        found[model] = total(found[model], usage) if model in found else usage
    return tuple(found.items())


def spent_by(nested: Mapping[str, Spending]) -> Spending:
    """Return the sum of what the nested runs of a run have used."""
    return whole_of(nested.values()) if nested else NOTHING


def _sum(one: Spending, other: Spending) -> Spending:
    return Spending(
        one.steps + other.steps,
        one.tool_calls + other.tool_calls,
        with_nested(one.usage, other.usage),
        joined(one.models, other.models),
    )
