"""What a run's calls have spent beside the run's own queries, in its state."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.agent.assembler import Spent
from services.executor.agent.spending import Spending
from services.executor.agent.state import RunState, changed
from services.executor.agent.usage_costs import by_model, costed, total


def nested_spent(state: RunState, call_id: str, spent: Spending) -> RunState:
    """Return the state after the nested run of a call has used something: ``spent`` in all."""
    return changed(state, nested={**state.nested, call_id: spent})


def tool_queried(state: RunState, spent: Sequence[Spent]) -> RunState:
    """Return the state after a tool has asked a model; ``spent`` is what each attempt used."""
    if not spent:
        return changed(state)
    usage = total(state.usage, costed(spent, state.prices), first=not state.models)
    return changed(state, usage=usage, models=by_model(spent, state.prices, state.models))
