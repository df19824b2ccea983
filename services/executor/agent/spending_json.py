"""What nested runs have used, as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.executor.agent.spending import Spending
from services.executor.agent.state_fields import of, read_usage, usage_json


def nested_json(nested: Mapping[str, Spending]) -> dict[str, Any]:
    """Return what nested runs have used, by the id of their call."""
    return {
        call_id: [
            each.steps,
            each.tool_calls,
            None if each.usage is None else usage_json(each.usage),
            [[model, usage_json(usage)] for model, usage in each.models],
        ]
        for call_id, each in nested.items()
    }


def read_nested(item: dict[str, Any]) -> dict[str, Spending]:
    """Return what ``nested_json`` wrote."""
    return {call_id: _spending(each) for call_id, each in of(dict, item).items()}


def _spending(item: list[Any]) -> Spending:
    steps, calls, usage, models = item
    return Spending(
        of(int, steps),
        of(int, calls),
        None if usage is None else read_usage(usage),
        tuple((of(str, model), read_usage(each)) for model, each in models),
    )
