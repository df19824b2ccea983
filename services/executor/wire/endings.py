"""Converts the endings of runs to messages, with their effects and usage."""

from __future__ import annotations

from caisson.executor.v1 import run_event_pb2 as pb
from services.executor import budgets, events
from services.executor.conversation import FinishReason, TokenUsage, UsageSource
from services.executor.wire.json_values import to_json_value
from services.executor.wire.limits import NANO
from services.executor.wire.status import to_status
from services.executor.wire.value_bytes import clean

MAX_EFFECTS = 200
MAX_EFFECT_NAME = 128

FINISH_REASONS = {
    FinishReason.STOP: pb.FINISH_REASON_STOP,
    FinishReason.LENGTH: pb.FINISH_REASON_LENGTH,
    FinishReason.CONTENT_FILTER: pb.FINISH_REASON_CONTENT_FILTER,
    FinishReason.TOOL_CALLS: pb.FINISH_REASON_TOOL_CALLS,
    FinishReason.MAX_STEPS: pb.FINISH_REASON_MAX_STEPS,
    FinishReason.BUDGET: pb.FINISH_REASON_BUDGET,
    FinishReason.OTHER: pb.FINISH_REASON_OTHER,
}
USAGE_SOURCES = {
    None: pb.USAGE_SOURCE_UNSPECIFIED,
    UsageSource.PROVIDER: pb.USAGE_SOURCE_PROVIDER,
    UsageSource.ESTIMATED: pb.USAGE_SOURCE_ESTIMATED,
}
BUDGET_KINDS = {
    budgets.BudgetKind.STEPS: pb.BUDGET_KIND_STEPS,
    budgets.BudgetKind.TOOL_CALLS: pb.BUDGET_KIND_TOOL_CALLS,
    budgets.BudgetKind.INPUT_TOKENS: pb.BUDGET_KIND_INPUT_TOKENS,
    budgets.BudgetKind.OUTPUT_TOKENS: pb.BUDGET_KIND_OUTPUT_TOKENS,
    budgets.BudgetKind.COST: pb.BUDGET_KIND_COST,
    budgets.BudgetKind.TOOL_TIME: pb.BUDGET_KIND_TOOL_TIME,
}
# Factors from a budget's units to the smaller ones on the wire.
BUDGET_UNITS = {budgets.BudgetKind.COST: NANO, budgets.BudgetKind.TOOL_TIME: 1000}
TOOL_OUTCOMES = {
    events.ToolOutcome.RETURNED: pb.TOOL_OUTCOME_RETURNED,
    events.ToolOutcome.FAILED: pb.TOOL_OUTCOME_FAILED,
    events.ToolOutcome.UNFINISHED: pb.TOOL_OUTCOME_UNFINISHED,
    events.ToolOutcome.NOT_STARTED: pb.TOOL_OUTCOME_NOT_STARTED,
}
ABORT_CAUSES = {
    events.AbortCause.CLIENT_CANCELLED: pb.ABORT_CAUSE_CLIENT_CANCELLED,
    events.AbortCause.CLIENT_DEADLINE: pb.ABORT_CAUSE_CLIENT_DEADLINE,
    events.AbortCause.SHUTDOWN: pb.ABORT_CAUSE_SHUTDOWN,
    events.AbortCause.INTERRUPTED: pb.ABORT_CAUSE_INTERRUPTED,
    events.AbortCause.CLIENT_STALLED: pb.ABORT_CAUSE_CLIENT_STALLED,
    events.AbortCause.CANCELLED: pb.ABORT_CAUSE_CANCELLED,
}


def to_finish(event: events.Finish) -> pb.RunEnded:
    """Return the end of a run that completed."""
    finish = pb.Finish(
        finish_reason=FINISH_REASONS[event.finish_reason],
        output=None if event.output is None else to_json_value(event.output[0]),
        budget=_budget(event),
    )
    effects = to_effects(event.effects)
    return pb.RunEnded(state=pb.RUN_STATE_COMPLETED, effects=effects, finish=finish)


def _budget(event: events.Finish) -> pb.BudgetReached | None:
    budget = event.budget
    if budget is None:
        return None
    saved = event.effects.session_saved
    kept = "The session keeps" if saved else "Without a saved session, nothing keeps"
    unit = BUDGET_UNITS.get(budget.kind, 1)
    return pb.BudgetReached(
        kind=BUDGET_KINDS[budget.kind],
        limit=round(budget.limit * unit),
        used=round(budget.used * unit),
        text=f"{budget.text} {kept} what was done so far.",
    )


def to_effects(effects: events.Effects) -> pb.Effects:
    """Return what a run, or a nested one, has done."""
    return pb.Effects(
        steps=effects.steps,
        usage=to_usage(effects.usage),
        models=[
            pb.ModelUsage(model=clean(model), usage=to_usage(usage))
            for model, usage in effects.models
        ],
        tool_calls=[
            pb.ToolEffect(
                tool_call_id=clean(item.call_id),
                tool_name=clean(item.tool[:MAX_EFFECT_NAME]),
                outcome=TOOL_OUTCOMES[item.outcome],
            )
            for item in effects.tool_calls[-MAX_EFFECTS:]
        ],
        tool_call_count=len(effects.tool_calls),
        session_saved=effects.session_saved,
    )


def to_abort(event: events.Abort) -> pb.RunEnded:
    """Return the end of a run that was stopped."""
    abort = pb.Abort(reason=clean(event.reason), cause=ABORT_CAUSES[event.cause])
    return pb.RunEnded(state=pb.RUN_STATE_ABORTED, effects=to_effects(event.effects), abort=abort)


def to_error(event: events.Error) -> pb.RunEnded:
    """Return the end of a run that failed."""
    effects = to_effects(event.effects)
    return pb.RunEnded(state=pb.RUN_STATE_FAILED, effects=effects, error=to_status(event.error))


def to_usage(usage: TokenUsage) -> pb.TokenUsage:
    """Return the usage of queries."""
    return pb.TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        source=USAGE_SOURCES[usage.source],
        cache_write_input_tokens=usage.cache_write_input_tokens,
        cost_nano_usd=None if usage.cost_usd is None else round(usage.cost_usd * NANO),
    )
