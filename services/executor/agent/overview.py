"""What operators see of a run: where it stands and what it has used, without its content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.executor.agent.effects import used_by
from services.executor.agent.plan import RunPlan
from services.executor.agent.state import RunState
from services.executor.events import AbortCause, ToolOutcome

MAX_NAME: Final = 128
QUEUED: Final = "queued"


def overview_of(
    plan: RunPlan, state: RunState | None, cause: AbortCause | None, *, queued: bool
) -> Mapping[str, Any]:
    """Return the fields of a run's row on the debug page; ``queued``: it waits for its turn."""
    known: dict[str, Any] = {
        "organisation": plan.client.organisation,
        "agent": plan.agent.key[:MAX_NAME],
        "model": model_of(plan),
        "state": QUEUED if queued and cause is None else standing(state, cause),
    }
    if state is not None:
        used = used_by(state)
        known |= {
            "steps": state.step,
            "tools_running": sum(item.is_unknown for item in state.pending),
            "tool_calls": state.tool_calls,
            "input_tokens": used.input_tokens,
            "output_tokens": used.output_tokens,
        }
    return known


def standing(state: RunState | None, cause: AbortCause | None) -> str:
    """Return in one word what a run does now."""
    if cause is not None:
        return "stopping"
    if state is None:
        return "starting"
    if state.asking is not None:
        return "model"
    pending = state.pending
    if any(item.outcome is ToolOutcome.UNFINISHED and item.answer is None for item in pending):
        return "tools"
    return "waiting" if any(item.waits is not None for item in pending) else "between"


def model_of(plan: RunPlan) -> str:
    """Return the first model of a plan, empty if it is not known yet."""
    return plan.models[0].model[:MAX_NAME] if plan.models else ""
