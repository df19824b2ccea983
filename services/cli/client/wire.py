"""The command's side of the executor's protocol: events and statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import grpc
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2

from caisson.executor.v1 import manifest_pb2, message_pb2
from caisson.executor.v1 import run_event_pb2 as pb
from services.cli.domain import (
    AgentChanged,
    Effects,
    InputWanted,
    ModelRetried,
    ModelWarned,
    Notice,
    PartEnded,
    ReasoningPiece,
    Refusal,
    RunAborted,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    RunWentOn,
    ScopeBegan,
    Scoped,
    ScopeDone,
    SessionAwaited,
    StepAgain,
    TextPiece,
    ToolAskedModel,
    ToolCalled,
    ToolCost,
    ToolDenied,
    ToolFailed,
    ToolFetched,
    ToolInputRefused,
    ToolLogged,
    ToolReturned,
)
from services.cli.show.outside_text import json_line

Event: TypeAlias = pb.RunEvent

# Up to here a double holds every integer.
EXACT = 2**53
NANO = 1_000_000_000
STATUS_KEY = "grpc-status-details-bin"


def event_line(event: Event) -> str:
    """Return an event as one line of proto3 JSON, without the final newline."""
    document = _whole(json_format.MessageToDict(event))
    return json_line(document)


class Answer:
    """Whether a run has produced an answer, from its events; read ``complete`` at the end.

    A run that a budget ended has none when its last step only called tools.
    """

    def __init__(self) -> None:
        self._said = False
        self.complete = False

    def __repr__(self) -> str:
        """Show whether there is one."""
        return f"Answer(complete={self.complete})"

    def feed(self, event: Event) -> None:
        """Take the next event of the run."""
        if event.scope_id:
            return
        match event.WhichOneof("event"):
            case "start_step" | "step_restarted":
                self._said = False
            case "text_delta":
                self._said = True
            case "run_ended" if event.run_ended.HasField("finish"):
                self.complete = self._said or not event.run_ended.finish.HasField("budget")


def run_event(event: Event) -> RunEvent | None:
    """Return what an event shows, or None if it shows nothing; of a nested run, as ``Scoped``."""
    kind = event.WhichOneof("event")
    read = EVENTS.get(kind or "")
    if read is None:
        return None
    return Scoped(event.scope_id, read(event)) if event.scope_id else read(event)


def _notice(diagnostic: manifest_pb2.Diagnostic) -> Notice:
    severity = manifest_pb2.Severity.Name(diagnostic.severity)
    return Notice(
        severity.removeprefix("SEVERITY_").lower(),
        diagnostic.path,
        diagnostic.reason,
        diagnostic.line,
        diagnostic.column,
    )


def _run_started(response: Event) -> RunEvent:
    event = response.run_started
    notices = tuple(_notice(diagnostic) for diagnostic in event.diagnostics)
    known = (response.run_id, event.agent, event.model, event.session_id, notices)
    return RunStarted(*known, event.deployed)


def _agent_changed(response: Event) -> RunEvent:
    event = response.agent_changed
    return AgentChanged(event.agent, event.model, by_session=not event.tool_call_id)


def _tool_called(response: Event) -> RunEvent:
    event = response.tool_input_available
    return ToolCalled(event.tool_call_id, event.tool_name, value_text(event.input))


def _tool_input_refused(response: Event) -> RunEvent:
    event = response.tool_input_error
    return ToolInputRefused(event.tool_call_id, event.tool_name, event.input_text, event.error_text)


def _tool_returned(response: Event) -> RunEvent:
    event = response.tool_output_available
    return ToolReturned(event.tool_call_id, value_text(event.output))


def _tool_fetched(response: Event) -> RunEvent:
    event = response.tool_request
    wall = seconds_of(event.wall_time)
    return ToolFetched(
        event.tool_call_id,
        event.method,
        event.host,
        event.path,
        event.status,
        event.response_bytes,
        wall,
        event.error_text,
    )


def _tool_asked_model(response: Event) -> RunEvent:
    event = response.tool_model_query
    usage, wall = event.usage, seconds_of(event.wall_time)
    tokens = usage.input_tokens, usage.output_tokens
    return ToolAskedModel(event.tool_call_id, event.model, *tokens, wall, event.error_text)


def _tool_failed(response: Event) -> RunEvent:
    event = response.tool_output_error
    kind = pb.ToolFailureKind.Name(event.kind).removeprefix("TOOL_FAILURE_KIND_")
    return ToolFailed(event.tool_call_id, kind, event.error_text, event.name, event.stack)


def _tool_logged(response: Event) -> RunEvent:
    event = response.tool_console
    level = pb.ConsoleLevel.Name(event.level).removeprefix("CONSOLE_LEVEL_").lower()
    return ToolLogged(event.tool_call_id, level, event.text)


def _tool_cost(response: Event) -> RunEvent:
    event = response.tool_usage
    wall = seconds_of(event.wall_time)
    return ToolCost(event.tool_call_id, event.fuel, wall, event.peak_memory_bytes, event.host_calls)


def _model_retried(response: Event) -> RunEvent:
    event = response.model_retry
    wait_s = seconds_of(event.wait)
    return ModelRetried(event.model, event.next_model, wait_s, event.error_text)


def _model_warned(response: Event) -> RunEvent:
    return ModelWarned(response.model_warning.text)


def _scope_began(response: Event) -> RunEvent:
    event = response.scope_started
    return ScopeBegan(event.scope_id, event.agent, event.model)


def _scope_done(response: Event) -> RunEvent:
    event = response.scope_ended
    return ScopeDone(event.scope_id, _used("", event.effects), event.error_text)


def ending_of(ended: pb.RunEnded) -> RunEvent:
    """Return how a run ended."""
    if ended.HasField("finish"):
        return _run_finished(ended)
    if ended.HasField("error"):
        refusal = refusal_of(ended.error)
        return RunFailed(refusal.message, refusal, _effects(ended.effects))
    return RunAborted(ended.abort.reason or "it ended early", _effects(ended.effects))


def _run_finished(ended: pb.RunEnded) -> RunEvent:
    finish = ended.finish
    reason = pb.FinishReason.Name(finish.finish_reason)
    return replace(
        _used(reason.removeprefix("FINISH_REASON_").lower().replace("_", "-"), ended.effects),
        budget=finish.budget.text,
        budget_kind=_budget_kind(finish) if finish.HasField("budget") else "",
        output_json=value_text(finish.output) if finish.HasField("output") else None,
    )


def _used(reason: str, effects: pb.Effects) -> RunFinished:
    usage = effects.usage
    return RunFinished(
        reason,
        effects.steps,
        usage.input_tokens,
        usage.output_tokens,
        usage.source == pb.USAGE_SOURCE_ESTIMATED,
        usage.cached_input_tokens,
        usage.reasoning_tokens,
        usage.cost_nano_usd / NANO if usage.HasField("cost_nano_usd") else None,
    )


def _budget_kind(finish: pb.Finish) -> str:
    kind = pb.BudgetKind.Name(finish.budget.kind)
    return kind.removeprefix("BUDGET_KIND_").lower().replace("_", "-")


def _effects(effects: pb.Effects) -> Effects:
    def tools(outcome: int) -> tuple[str, ...]:
        return tuple(call.tool_name for call in effects.tool_calls if call.outcome == outcome)

    return Effects(
        tools(pb.TOOL_OUTCOME_RETURNED),
        tools(pb.TOOL_OUTCOME_FAILED),
        tools(pb.TOOL_OUTCOME_UNFINISHED),
        tools(pb.TOOL_OUTCOME_NOT_STARTED),
        effects.session_saved,
    )


EVENTS: dict[str, Callable[[Event], RunEvent]] = {
    "run_started": _run_started,
    "text_delta": lambda response: TextPiece(response.text_delta.delta),
    "text_end": lambda _: PartEnded(),
    "reasoning_delta": lambda response: ReasoningPiece(response.reasoning_delta.delta),
    "reasoning_end": lambda _: PartEnded(),
    "tool_input_available": _tool_called,
    "tool_input_error": _tool_input_refused,
    "tool_output_available": _tool_returned,
    "tool_output_error": _tool_failed,
    "tool_output_denied": lambda response: ToolDenied(
        response.tool_output_denied.tool_call_id, response.tool_output_denied.reason
    ),
    "input_required": lambda response: wanted_of(response.input_required),
    "tool_console": _tool_logged,
    "tool_request": _tool_fetched,
    "tool_model_query": _tool_asked_model,
    "tool_usage": _tool_cost,
    "model_retry": _model_retried,
    "model_warning": _model_warned,
    "scope_started": _scope_began,
    "scope_ended": _scope_done,
    "session_wait": lambda response: SessionAwaited(response.session_wait.ahead),
    "agent_changed": _agent_changed,
    "step_restarted": lambda response: StepAgain(tuple(response.step_restarted.tool_call_ids)),
    "run_resumed": lambda response: RunWentOn(
        response.run_resumed.cause == pb.RESUME_CAUSE_EXECUTOR_LOST
    ),
    "run_ended": lambda response: ending_of(response.run_ended),
}


def wanted_of(required: pb.InputRequired) -> InputWanted:
    """Return what a run waits for."""
    stamp = required.expire_time
    until = datetime.fromtimestamp(stamp.seconds, UTC).astimezone()
    return InputWanted(
        required.input_id,
        required.kind == pb.INPUT_KIND_APPROVAL,
        required.tool_call_id,
        required.tool_name,
        value_text(required.input),
        until.strftime("%Y-%m-%d %H:%M:%S"),
        required.reason,
    )


def value_text(value: message_pb2.JsonValue) -> str:
    """Return a value as JSON text, or as much of it as was sent."""
    if value.truncated:
        return f"{value.json_text}... [cut here: it has {value.size_bytes} bytes]"
    if value.HasField("json_text"):
        return value.json_text
    # A Struct has no order of its own; sorted, the same value always looks the same.
    document = _whole(json_format.MessageToDict(value.value))
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _whole(value: Any) -> Any:
    """Return JSON with 2.0 as 2: every number in a Value is a double, but most were integers."""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def seconds_of(duration: Duration) -> float:
    """Return a duration in seconds."""
    return duration.seconds + duration.nanos / 1e9


def refusal_of_error(error: grpc.aio.AioRpcError) -> Refusal:
    """Return the status with which an RPC ended, with its details when it had some."""
    for key, value in error.trailing_metadata() or ():
        if key == STATUS_KEY:
            try:
                return refusal_of(status_pb2.Status.FromString(value))
            except DecodeError:
                break
    return Refusal(error.code().name, error.details() or "no message came with the status")


def refusal_of(status: status_pb2.Status) -> Refusal:
    """Return a ``google.rpc.Status`` with its known details."""
    reason, metadata, violations, retry = "", (), [], None
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        request = error_details_pb2.BadRequest()
        quota = error_details_pb2.QuotaFailure()
        delay = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            reason, metadata = info.reason, tuple(sorted(info.metadata.items()))
        elif detail.Unpack(request):
            violations += [(each.field, each.description) for each in request.field_violations]
        elif detail.Unpack(quota):
            violations += [(each.subject, each.description) for each in quota.violations]
        elif detail.Unpack(delay):
            retry = seconds_of(delay.retry_delay)
    code = code_pb2.Code.Name(status.code) if status.code in code_pb2.Code.values() else "UNKNOWN"
    return Refusal(code, status.message, reason, metadata, tuple(violations), retry)
