"""What a run has done so far, and what its conversation keeps, derived from its state.

A run can be stopped anywhere. Its terminal event then reports its state, and its conversation keeps
the messages, in which every call has its answer.
"""

from __future__ import annotations

from services.executor.agent.state import RunState
from services.executor.agent.usage_costs import by_model, costed, total
from services.executor.agent_parts import HookName
from services.executor.conversation import AssistantMessage, Message, TokenUsage
from services.executor.domain import AgentSpec
from services.executor.events import Effects

_INPUT_CHECKS = frozenset({HookName.INPUT_GUARDRAILS, HookName.PROCESS_INPUT})


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


def is_unchecked(agent: AgentSpec, state: RunState | None) -> bool:
    """Tell whether the input of a run was not checked yet by what checks it before a model does.

    Its conversation must not keep such an input: later runs would show it to models.
    """
    is_before = state is None or state.hooks is None
    return is_before and any(hook.name in _INPUT_CHECKS for hook in agent.hooks)


def kept_of(state: RunState, *, cut_off: bool) -> tuple[Message, ...]:
    """Return the messages to keep, in which every call has its answer.

    Args:
        state: the state at the end of the run.
        cut_off: whether to keep the text of an interrupted answer.
    """
    kept = (*state.said, *(item.message for item in state.pending))
    if cut_off and state.asking is not None and state.asking.text:
        kept = (*kept, AssistantMessage(state.asking.text))
    return kept
