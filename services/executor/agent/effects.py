"""What a run has done by a moment, and what its conversation keeps of it: read off its state.

A run can be stopped anywhere. Its terminal event then tells what is in its state, and its
conversation keeps what was said, in which every call has its answer.
"""

from __future__ import annotations

from services.executor.agent.state import RunState
from services.executor.agent.usage_costs import by_model, costed, total
from services.executor.conversation import AssistantMessage, Message, TokenUsage
from services.executor.events import Effects


def effects_of(state: RunState) -> Effects:
    """Return what was done so far."""
    pending = (item.effect for item in state.pending)
    spent = state.asking.spent if state.asking is not None else ()
    models = by_model(spent, state.prices, state.models)
    return Effects(state.step, used_by(state), (*state.effects, *pending), models=models)


def used_by(state: RunState) -> TokenUsage:
    """Return what the run has used, the query that is going on included."""
    asking = state.asking
    if asking is None or not asking.spent:
        return state.usage
    return total(state.usage, costed(asking.spent, state.prices), first=state.step == 0)


def kept_of(state: RunState, *, cut_off: bool) -> tuple[Message, ...]:
    """Return what the conversation is to keep; every call in it has its answer.

    Args:
        state: the moment at which the run ends.
        cut_off: also what the model had written of an answer that somebody cut off.
    """
    kept = (*state.said, *(item.message for item in state.pending))
    if cut_off and state.asking is not None and state.asking.text:
        kept = (*kept, AssistantMessage(state.asking.text))
    return kept
