"""What a run has done so far, derived from its state: its terminal event reports it.

A run can be stopped anywhere.
"""

from __future__ import annotations

from services.executor.agent.spending import Spending, joined, spent_by, with_nested
from services.executor.agent.state import RunState
from services.executor.agent.usage_costs import by_model, costed, total
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.events import Effects, FinishStep, ToolOutcome


def effects_of(state: RunState) -> Effects:
    """Return the effects so far; usage includes that of nested runs, steps and calls do not."""
    pending = (item.effect for item in state.pending)
    spent = state.asking.spent if state.asking is not None else ()
    models = by_model(spent, state.prices, state.models)
    if state.nested:
        models = joined(models, spent_by(state.nested).models)
    return Effects(state.step, used_by(state), (*state.effects, *pending), models=models)


def used_by(state: RunState) -> TokenUsage:
    """Return the run's usage, the current query and nested runs included."""
    own, asking = state.usage, state.asking
    if asking is not None and asking.spent:
        own = total(state.usage, costed(asking.spent, state.prices), first=state.step == 0)
    nested = spent_by(state.nested).usage
    return own if nested is None else total(own, nested)


def spending_of(state: RunState, *, is_over: bool = False) -> Spending:
    """Return what a run and all nested in it have used.

    The current query counts once the run is over: until then the run itself counts it.
    """
    nested = spent_by(state.nested)
    asking = state.asking if is_over else None
    spent = () if asking is None else asking.spent
    own = state.usage if state.step else None
    if spent:
        own = with_nested(own, costed(spent, state.prices))
    begun = [item for item in state.pending if item.outcome is not ToolOutcome.NOT_STARTED]
    return Spending(
        state.step + nested.steps,
        state.tool_calls + len(begun) + nested.tool_calls,
        with_nested(own, nested.usage),
        joined(by_model(spent, state.prices, state.models), nested.models),
    )


def finished_step(state: RunState) -> FinishStep:
    """Return the event of the completed step."""
    reason = state.finish_reason or FinishReason.OTHER
    return FinishStep(state.step, reason, state.answer_usage, state.answer_model)
