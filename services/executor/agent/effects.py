"""What a run has done so far, derived from its state: its terminal event reports it.

A run can be stopped anywhere.
"""

from __future__ import annotations

from services.executor.agent.state import RunState
from services.executor.agent.usage_costs import by_model, costed, total
from services.executor.conversation import TokenUsage
from services.executor.events import Effects


def effects_of(state: RunState) -> Effects:
    """Return the effects so far."""
    pending = (item.effect for item in state.pending)
    spent = state.asking.spent if state.asking is not None else ()
    models = by_model(spent, state.prices, state.models)
    return Effects(state.step, used_by(state), (*state.effects, *pending), models=models)


def used_by(state: RunState) -> TokenUsage:
    """Return the run's usage, the current query included."""
    asking = state.asking
    if asking is None or not asking.spent:
        return state.usage
    return total(state.usage, costed(asking.spent, state.prices), first=state.step == 0)
