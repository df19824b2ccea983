"""Events of a run as ``ExecuteAgentResponse``: a table by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from google.protobuf.duration_pb2 import Duration

from caisson.executor.v1 import events_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor import events
from services.executor.conversation import FinishReason, TokenUsage, UsageSource
from services.executor.domain import Json
from services.executor.wire.json_values import clean, to_value
from services.executor.wire.manifest import to_diagnostic
from services.executor.wire.status import to_status
from services.executor.wire.value_bytes import delimited, value_bytes

MAX_DIAGNOSTICS = 100
MAX_INPUT_CHARACTERS = 512 * 1024
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
    events.BudgetKind.STEPS: pb.BUDGET_KIND_STEPS,
    events.BudgetKind.TOOL_CALLS: pb.BUDGET_KIND_TOOL_CALLS,
    events.BudgetKind.INPUT_TOKENS: pb.BUDGET_KIND_INPUT_TOKENS,
    events.BudgetKind.OUTPUT_TOKENS: pb.BUDGET_KIND_OUTPUT_TOKENS,
    events.BudgetKind.COST: pb.BUDGET_KIND_COST,
    events.BudgetKind.TOOL_TIME: pb.BUDGET_KIND_TOOL_TIME,
}
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
}


def to_response(happened: events.RunEvent) -> ExecuteAgentResponse:
    """Return the event as a message."""
    field, convert = EVENTS[type(happened.event)]
    response = ExecuteAgentResponse(
        run_id=happened.run_id,
        sequence=happened.sequence,
        **{field: convert(happened.event)},
    )
    response.time.FromNanoseconds(happened.time_ns)
    return response


def holds_json(event: events.Event) -> Json:
    """Return the JSON value of an event, None if it has none."""
    if isinstance(event, events.ToolOutputAvailable):
        return event.output
    if isinstance(event, events.ToolInputAvailable):
        return event.input
    if isinstance(event, events.Finish) and event.output is not None:
        return event.output[0]
    return None


def to_response_bytes(happened: events.RunEvent) -> bytes:
    """Serialize the response of an event that ``holds_json``, in pure Python.

    So the side thread can prepare large ones, for which protobuf would block the event loop.
    """
    event = happened.event
    field, convert = EVENTS[type(event)]
    inside = "input" if isinstance(event, events.ToolInputAvailable) else "output"
    no_value: Any = {inside: None}
    message = convert(replace(event, **no_value))
    message.ClearField(inside)
    number = message.DESCRIPTOR.fields_by_name[inside].number
    body = message.SerializeToString() + delimited(number, value_bytes(holds_json(event)))
    head = ExecuteAgentResponse(run_id=happened.run_id, sequence=happened.sequence)
    head.time.FromNanoseconds(happened.time_ns)
    whole = ExecuteAgentResponse.DESCRIPTOR.fields_by_name[field].number
    return head.SerializeToString() + delimited(whole, body)


def _run_started(event: events.RunStarted) -> pb.RunStarted:
    return pb.RunStarted(
        bundle_digest=event.bundle_digest,
        agent=clean(event.agent),
        model=clean(event.model),
        session_id=event.session_id,
        diagnostics=[to_diagnostic(item) for item in event.diagnostics[:MAX_DIAGNOSTICS]],
    )


def _tool_input_error(event: events.ToolInputError) -> pb.ToolInputError:
    return pb.ToolInputError(
        tool_call_id=event.call_id,
        tool_name=clean(event.tool),
        input_text=clean(event.input_text[:MAX_INPUT_CHARACTERS]),
        error_text=clean(event.error_text),
    )


def _tool_output_error(event: events.ToolOutputError) -> pb.ToolOutputError:
    failure = event.failure
    return pb.ToolOutputError(
        tool_call_id=event.call_id,
        error_text=clean(event.error_text),
        kind=failure.kind.value,
        name=clean(failure.name),
        stack=clean(failure.stack),
    )


def _tool_request(event: events.ToolRequest) -> pb.ToolRequest:
    return pb.ToolRequest(
        tool_call_id=event.call_id,
        method=clean(event.method),
        host=clean(event.host),
        path=clean(event.path),
        status=event.status,
        request_bytes=event.request_bytes,
        response_bytes=event.response_bytes,
        wall_time=_duration(event.seconds),
        error_text=clean(event.error),
    )


def _tool_usage(event: events.ToolUsage) -> pb.ToolUsage:
    return pb.ToolUsage(
        tool_call_id=event.call_id,
        fuel=event.usage.fuel,
        wall_time=_duration(event.usage.wall_s),
        peak_memory_bytes=event.usage.peak_memory_bytes,
        host_calls=event.usage.host_calls,
    )


def _token_usage(usage: TokenUsage) -> pb.TokenUsage:
    return pb.TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        source=USAGE_SOURCES[usage.source],
        cache_write_input_tokens=usage.cache_write_input_tokens,
        cost_usd=usage.cost_usd,
    )


def _finish_step(event: events.FinishStep) -> pb.FinishStep:
    return pb.FinishStep(
        step=event.step,
        finish_reason=FINISH_REASONS[event.finish_reason],
        usage=_token_usage(event.usage),
        model=clean(event.model),
    )


def _finish(event: events.Finish) -> pb.Finish:
    return pb.Finish(
        finish_reason=FINISH_REASONS[event.finish_reason],
        usage=_token_usage(event.usage),
        steps=event.steps,
        output=None if event.output is None else to_value(event.output[0]),
        budget=None if event.budget is None else _budget(event.budget),
        effects=_effects(event.effects),
    )


def _budget(budget: events.BudgetReached) -> pb.BudgetReached:
    kind = BUDGET_KINDS[budget.kind]
    return pb.BudgetReached(kind=kind, limit=budget.limit, used=budget.used, text=budget.text)


def _effects(effects: events.Effects) -> pb.Effects:
    return pb.Effects(
        steps=effects.steps,
        usage=_token_usage(effects.usage),
        tool_calls=[
            pb.ToolEffect(
                tool_call_id=item.call_id,
                tool_name=clean(item.tool[:MAX_EFFECT_NAME]),
                outcome=TOOL_OUTCOMES[item.outcome],
            )
            for item in effects.tool_calls[-MAX_EFFECTS:]
        ],
        tool_call_count=len(effects.tool_calls),
        session_saved=effects.session_saved,
    )


def _abort(event: events.Abort) -> pb.Abort:
    cause = ABORT_CAUSES[event.cause]
    return pb.Abort(reason=event.reason, cause=cause, effects=_effects(event.effects))


def _error(event: events.Error) -> pb.Error:
    status = to_status(event.error)
    return pb.Error(error_text=status.message, status=status, effects=_effects(event.effects))


def _model_retry(event: events.ModelRetry) -> pb.ModelRetry:
    return pb.ModelRetry(
        step=event.step,
        model=clean(event.model),
        next_model=clean(event.next_model),
        attempt=event.attempt,
        wait=_duration(event.wait_s),
        reason=event.error.reason,
        error_text=to_status(event.error).message,
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMicroseconds(int(seconds * 1e6))
    return duration


# By event class: its field in the oneof, and the function that creates its message.
EVENTS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    events.TextDelta: ("text_delta", lambda e: pb.TextDelta(id=e.id, delta=clean(e.delta))),
    events.TextStart: ("text_start", lambda e: pb.TextStart(id=e.id)),
    events.TextEnd: ("text_end", lambda e: pb.TextEnd(id=e.id)),
    events.ReasoningDelta: (
        "reasoning_delta",
        lambda e: pb.ReasoningDelta(id=e.id, delta=clean(e.delta)),
    ),
    events.ReasoningStart: ("reasoning_start", lambda e: pb.ReasoningStart(id=e.id)),
    events.ReasoningEnd: ("reasoning_end", lambda e: pb.ReasoningEnd(id=e.id)),
    events.RunStarted: ("run_started", _run_started),
    events.Start: ("start", lambda e: pb.Start(message_id=e.message_id)),
    events.StartStep: ("start_step", lambda e: pb.StartStep(step=e.step)),
    events.ToolInputStart: (
        "tool_input_start",
        lambda e: pb.ToolInputStart(tool_call_id=e.call_id, tool_name=clean(e.tool)),
    ),
    events.ToolInputDelta: (
        "tool_input_delta",
        lambda e: pb.ToolInputDelta(tool_call_id=e.call_id, input_text_delta=clean(e.delta)),
    ),
    events.ToolInputAvailable: (
        "tool_input_available",
        lambda e: pb.ToolInputAvailable(
            tool_call_id=e.call_id, tool_name=e.tool, input=to_value(e.input)
        ),
    ),
    events.ToolInputError: ("tool_input_error", _tool_input_error),
    events.ToolOutputAvailable: (
        "tool_output_available",
        lambda e: pb.ToolOutputAvailable(tool_call_id=e.call_id, output=to_value(e.output)),
    ),
    events.ToolOutputError: ("tool_output_error", _tool_output_error),
    events.ToolConsole: (
        "tool_console",
        lambda e: pb.ToolConsole(
            tool_call_id=e.call_id, level=e.line.level, text=clean(e.line.text)
        ),
    ),
    events.ToolRequest: ("tool_request", _tool_request),
    events.ToolUsage: ("tool_usage", _tool_usage),
    events.FinishStep: ("finish_step", _finish_step),
    events.Finish: ("finish", _finish),
    events.Abort: ("abort", _abort),
    events.Error: ("error", _error),
    events.Heartbeat: ("heartbeat", lambda _: pb.Heartbeat()),
    events.ModelRetry: ("model_retry", _model_retry),
    events.SessionWait: ("session_wait", lambda e: pb.SessionWait(ahead=e.ahead)),
}
