"""Events of a run as ``ExecuteAgentResponse``: a table by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.duration_pb2 import Duration

from services.executor import events
from services.executor.conversation import FinishReason, TokenUsage, UsageSource
from services.executor.wire.json_values import clean, to_value
from services.executor.wire.manifest import to_diagnostic
from services.executor.wire.status import to_status
from services.gen.caisson.executor.v1 import events_pb2 as pb
from services.gen.caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse

MAX_DIAGNOSTICS = 100

FINISH_REASONS = {
    FinishReason.STOP: pb.FINISH_REASON_STOP,
    FinishReason.LENGTH: pb.FINISH_REASON_LENGTH,
    FinishReason.CONTENT_FILTER: pb.FINISH_REASON_CONTENT_FILTER,
    FinishReason.TOOL_CALLS: pb.FINISH_REASON_TOOL_CALLS,
    FinishReason.MAX_STEPS: pb.FINISH_REASON_MAX_STEPS,
    FinishReason.OTHER: pb.FINISH_REASON_OTHER,
}
USAGE_SOURCES = {
    None: pb.USAGE_SOURCE_UNSPECIFIED,
    UsageSource.PROVIDER: pb.USAGE_SOURCE_PROVIDER,
    UsageSource.ESTIMATED: pb.USAGE_SOURCE_ESTIMATED,
}


def to_response(happened: events.RunEvent) -> ExecuteAgentResponse:
    """Return the event as the client reads it."""
    field, convert = EVENTS[type(happened.event)]
    response = ExecuteAgentResponse(
        run_id=happened.run_id,
        sequence=happened.sequence,
        **{field: convert(happened.event)},
    )
    response.time.FromNanoseconds(happened.time_ns)
    return response


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
    wall_time = Duration()
    wall_time.FromMicroseconds(int(event.seconds * 1e6))
    return pb.ToolRequest(
        tool_call_id=event.call_id,
        method=clean(event.method),
        host=clean(event.host),
        path=clean(event.path),
        status=event.status,
        request_bytes=event.request_bytes,
        response_bytes=event.response_bytes,
        wall_time=wall_time,
        error_text=clean(event.error),
    )


def _tool_usage(event: events.ToolUsage) -> pb.ToolUsage:
    wall_time = Duration()
    wall_time.FromMicroseconds(int(event.usage.wall_s * 1e6))
    return pb.ToolUsage(
        tool_call_id=event.call_id,
        fuel=event.usage.fuel,
        wall_time=wall_time,
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
    )


def _finish_step(event: events.FinishStep) -> pb.FinishStep:
    reason = FINISH_REASONS[event.finish_reason]
    return pb.FinishStep(step=event.step, finish_reason=reason, usage=_token_usage(event.usage))


def _finish(event: events.Finish) -> pb.Finish:
    reason = FINISH_REASONS[event.finish_reason]
    return pb.Finish(finish_reason=reason, usage=_token_usage(event.usage), steps=event.steps)


def _error(event: events.Error) -> pb.Error:
    status = to_status(event.error)
    return pb.Error(error_text=status.message, status=status)


MAX_INPUT_CHARACTERS = 512 * 1024

# By the class of an event: its field in the oneof, and how its message is made.
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
    events.Abort: ("abort", lambda e: pb.Abort(reason=e.reason)),
    events.Error: ("error", _error),
    events.Heartbeat: ("heartbeat", lambda _: pb.Heartbeat()),
}
