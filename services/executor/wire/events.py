"""Events of a run as ``ExecuteAgentResponse``: a table by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor import events
from services.executor.domain import FailureKind, Json
from services.executor.model_events import ToolModelQuery
from services.executor.wire.endings import (
    FINISH_REASONS,
    to_abort,
    to_effects,
    to_error,
    to_finish,
    to_usage,
)
from services.executor.wire.json_values import json_value_bytes, to_json_value
from services.executor.wire.lifecycle_events import LIFECYCLE_EVENTS
from services.executor.wire.limits import NANO, to_duration
from services.executor.wire.manifest import to_diagnostic
from services.executor.wire.status import to_status
from services.executor.wire.value_bytes import clean, delimited

MAX_DIAGNOSTICS = 100
MAX_INPUT_BYTES = 2 * 1024 * 1024

TOOL_FAILURE_KINDS = {kind: f"TOOL_FAILURE_KIND_{kind.name}" for kind in FailureKind}
CONSOLE_LEVELS = {
    "debug": pb.CONSOLE_LEVEL_DEBUG,
    "log": pb.CONSOLE_LEVEL_LOG,
    "info": pb.CONSOLE_LEVEL_INFO,
    "warn": pb.CONSOLE_LEVEL_WARN,
    "error": pb.CONSOLE_LEVEL_ERROR,
}
HEARTBEAT = ExecuteAgentResponse(heartbeat=pb.Heartbeat())


def to_response(happened: events.RunEvent) -> ExecuteAgentResponse:
    """Return the event as the client reads it."""
    field, convert = EVENTS[type(happened.event)]
    response = ExecuteAgentResponse()
    event = response.event  # filled in place: protobuf would copy a message assigned to it
    event.run_id, event.sequence = happened.run_id, happened.sequence
    event.scope_id = happened.scope_id
    event.event_time.seconds, event.event_time.nanos = divmod(happened.time_ns, NANO)
    part = getattr(event, field)
    part.SetInParent()
    part.MergeFrom(convert(happened.event))
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

    The side thread can prepare large ones, for which protobuf would block the event loop.
    """
    value = json_value_bytes(holds_json(happened.event))
    path: tuple[str, ...]
    if isinstance(happened.event, events.Finish):
        bare: Any = to_response(replace(happened, event=replace(happened.event, output=None)))
        path = ("event", "run_ended", "finish", "output")
    else:
        inside = "input" if isinstance(happened.event, events.ToolInputAvailable) else "output"
        no_value: Any = {inside: None}
        bare = to_response(replace(happened, event=replace(happened.event, **no_value)))
        path = ("event", bare.event.WhichOneof("event"), inside)
        getattr(bare.event, path[1]).ClearField(inside)
    return _with(bare, path, value)


def _with(message: Any, path: tuple[str, ...], value: bytes) -> bytes:
    """Return a serialized message, adding the field at a path that is not set yet."""
    name, *rest = path
    number = message.DESCRIPTOR.fields_by_name[name].number
    if not rest:
        return message.SerializeToString() + delimited(number, value)  # type: ignore[no-any-return]
    inner = _with(getattr(message, name), tuple(rest), value)
    message.ClearField(name)
    return message.SerializeToString() + delimited(number, inner)  # type: ignore[no-any-return]


def _run_started(event: events.RunStarted) -> pb.RunStarted:
    return pb.RunStarted(
        bundle_digest=event.bundle_digest,
        agent=clean(event.agent),
        model=clean(event.model),
        session_id=clean(event.session_id),
        diagnostics=[to_diagnostic(item) for item in event.diagnostics[:MAX_DIAGNOSTICS]],
        diagnostic_count=len(event.diagnostics),
        request_id=event.request_id,
        deployed=event.deployed,
    )


def _tool_input_error(event: events.ToolInputError) -> pb.ToolInputError:
    data = clean(event.input_text).encode()
    cut = len(data) > MAX_INPUT_BYTES
    return pb.ToolInputError(
        tool_call_id=clean(event.call_id),
        tool_name=clean(event.tool),
        input_text=data[:MAX_INPUT_BYTES].decode(errors="ignore"),
        error_text=clean(event.error_text),
        truncated=cut,
        size_bytes=len(data) if cut else 0,
    )


def _tool_output_error(event: events.ToolOutputError) -> pb.ToolOutputError:
    failure = event.failure
    return pb.ToolOutputError(
        tool_call_id=clean(event.call_id),
        error_text=clean(event.error_text),
        kind=TOOL_FAILURE_KINDS[failure.kind],
        name=clean(failure.name),
        stack=clean(failure.stack),
    )


def _tool_request(event: events.ToolRequest) -> pb.ToolRequest:
    return pb.ToolRequest(
        tool_call_id=clean(event.call_id),
        method=clean(event.method),
        host=clean(event.host),
        path=clean(event.path),
        status=event.status,
        request_bytes=event.request_bytes,
        response_bytes=event.response_bytes,
        wall_time=to_duration(event.seconds),
        error_text=clean(event.error),
    )


def _tool_model_query(event: ToolModelQuery) -> pb.ToolModelQuery:
    return pb.ToolModelQuery(
        tool_call_id=clean(event.call_id),
        model=clean(event.model),
        usage=to_usage(event.usage),
        wall_time=to_duration(event.seconds),
        error_text=clean(event.error),
    )


def _tool_usage(event: events.ToolUsage) -> pb.ToolUsage:
    return pb.ToolUsage(
        tool_call_id=clean(event.call_id),
        fuel=event.usage.fuel,
        wall_time=to_duration(event.usage.wall_s),
        peak_memory_bytes=event.usage.peak_memory_bytes,
        host_calls=event.usage.host_calls,
    )


def _finish_step(event: events.FinishStep) -> pb.FinishStep:
    return pb.FinishStep(
        step=event.step,
        finish_reason=FINISH_REASONS[event.finish_reason],
        usage=to_usage(event.usage),
        model=clean(event.model),
    )


def _model_retry(event: events.ModelRetry) -> pb.ModelRetry:
    return pb.ModelRetry(
        step=event.step,
        model=clean(event.model),
        next_model=clean(event.next_model),
        attempt=event.attempt,
        wait=to_duration(event.wait_s),
        reason=f"ERROR_REASON_{event.error.reason}",
        error_text=to_status(event.error).message,
    )


# By class of event: its field in the oneof, and the function that fills its message.
EVENTS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    events.TextDelta: ("text_delta", lambda e: pb.TextDelta(id=clean(e.id), delta=clean(e.delta))),
    events.TextStart: ("text_start", lambda e: pb.TextStart(id=clean(e.id))),
    events.TextEnd: ("text_end", lambda e: pb.TextEnd(id=clean(e.id))),
    events.ReasoningDelta: (
        "reasoning_delta",
        lambda e: pb.ReasoningDelta(id=clean(e.id), delta=clean(e.delta)),
    ),
    events.ReasoningStart: ("reasoning_start", lambda e: pb.ReasoningStart(id=clean(e.id))),
    events.ReasoningEnd: ("reasoning_end", lambda e: pb.ReasoningEnd(id=clean(e.id))),
    events.RunStarted: ("run_started", _run_started),
    events.Start: ("start", lambda e: pb.Start(message_id=e.message_id)),
    events.StartStep: ("start_step", lambda e: pb.StartStep(step=e.step)),
    events.ToolInputStart: (
        "tool_input_start",
        lambda e: pb.ToolInputStart(tool_call_id=clean(e.call_id), tool_name=clean(e.tool)),
    ),
    events.ToolInputDelta: (
        "tool_input_delta",
        lambda e: pb.ToolInputDelta(tool_call_id=clean(e.call_id), input_text_delta=clean(e.delta)),
    ),
    events.ToolInputAvailable: (
        "tool_input_available",
        lambda e: pb.ToolInputAvailable(
            tool_call_id=clean(e.call_id), tool_name=clean(e.tool), input=to_json_value(e.input)
        ),
    ),
    events.ToolInputError: ("tool_input_error", _tool_input_error),
    events.ToolOutputAvailable: (
        "tool_output_available",
        lambda e: pb.ToolOutputAvailable(
            tool_call_id=clean(e.call_id), output=to_json_value(e.output)
        ),
    ),
    events.ToolOutputError: ("tool_output_error", _tool_output_error),
    events.ToolConsole: (
        "tool_console",
        lambda e: pb.ToolConsole(
            tool_call_id=clean(e.call_id),
            level=CONSOLE_LEVELS.get(e.line.level, pb.CONSOLE_LEVEL_LOG),
            text=clean(e.line.text),
        ),
    ),
    events.ToolRequest: ("tool_request", _tool_request),
    events.ToolUsage: ("tool_usage", _tool_usage),
    ToolModelQuery: ("tool_model_query", _tool_model_query),
    events.FinishStep: ("finish_step", _finish_step),
    events.Finish: ("run_ended", to_finish),
    events.Abort: ("run_ended", to_abort),
    events.Error: ("run_ended", to_error),
    events.ModelRetry: ("model_retry", _model_retry),
    events.ModelWarning: (
        "model_warning",
        lambda e: pb.ModelWarning(
            step=e.step, model=clean(e.model), setting=clean(e.setting), text=clean(e.text)
        ),
    ),
    events.AgentChanged: (
        "agent_changed",
        lambda e: pb.AgentChanged(
            agent=clean(e.agent),
            model=clean(e.model),
            previous_agent=clean(e.previous_agent),
            tool_call_id=clean(e.call_id),
        ),
    ),
    events.ScopeStarted: (
        "scope_started",
        lambda e: pb.ScopeStarted(
            scope_id=e.scope_id,
            parent_scope_id=e.parent_scope_id,
            tool_call_id=clean(e.call_id),
            agent=clean(e.agent),
            model=clean(e.model),
        ),
    ),
    events.ScopeEnded: (
        "scope_ended",
        lambda e: pb.ScopeEnded(
            scope_id=e.scope_id, effects=to_effects(e.effects), error_text=clean(e.failure)
        ),
    ),
    events.SessionWait: ("session_wait", lambda e: pb.SessionWait(ahead=e.ahead)),
    **LIFECYCLE_EVENTS,
}
