"""Events of a run as parts of the AI SDK's UI message stream: a table by kind, without state.

The kinds from ``start`` to ``finish_step`` have their namesakes there, and ``run_ended`` is
``finish``, ``abort`` or ``error``. What that protocol lacks becomes
a part named ``data-caisson-`` and the kind, with the event's own fields as its data (``plain`` says
how they look): ``data-caisson-tool-console``, ``-tool-request``, ``-tool-usage``, ``-model-retry``,
``-session-wait``, ``-heartbeat``, and every kind that is added later. They are transient: the
browser's ``onData`` gets them, the message does not keep them. ``data-caisson-step-restarted`` is
kept in the message: that protocol cannot take back what was sent, so a page hides the texts and
calls before it that it names by ``partIds`` and ``toolCallIds``. Two more come from fields:
``data-caisson-diagnostics``, transient, what could not be read of the bundle; and
``data-caisson-output``, kept in the message, the answer by the schema that was asked for.

The message's metadata has ``runId``, ``bundleDigest``, ``agent``, ``model`` and ``sessionId`` from
the start; then ``byStep``, an object from the number of each complete step to its ``model``,
``finishReason`` and ``usage``; and from the end ``finishReason``, ``usage``, ``steps``, ``effects``
and, where they apply, ``budget``, ``abort`` or ``error``.

An approval that a run waits for is a ``tool-approval-request``, and ``data-caisson-input-required``
has all of it; so it has the call of a tool that the client runs.

An event of a nested run is a transient part of its kind, ``data-caisson-text-delta`` for example,
whose data has its ``scopeId``, too: the message is what the run itself says.

All tools are dynamic for the AI SDK: the page that shows them does not know them beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.run_event_pb2 import RunEvent
from services.ui_stream.plain_json import Json, JsonObject, json_value_of, parsed_or_text, plain

DATA_PREFIX = "data-caisson-"
# The AI SDK's key for our own data about a tool's failure.
PROVIDER = "caisson"
FAILED = "The run failed, and the executor did not say why. Try again."
STOPPED = "The run was stopped before its answer was complete."

FINISH_REASONS = {
    pb.FINISH_REASON_STOP: "stop",
    pb.FINISH_REASON_LENGTH: "length",
    pb.FINISH_REASON_CONTENT_FILTER: "content-filter",
    pb.FINISH_REASON_TOOL_CALLS: "tool-calls",
    pb.FINISH_REASON_MAX_STEPS: "tool-calls",
}

Parts: TypeAlias = list[JsonObject]


def ui_parts(event: RunEvent) -> Parts:
    """Return the parts of one event; none for a kind that cannot be read.

    ``UiMessageStream`` puts the parts of a whole run in the order that the AI SDK wants.
    """
    kind = event.WhichOneof("event")
    if kind is None:
        return []
    if event.scope_id:
        data = {"scopeId": event.scope_id, **plain(getattr(event, kind))}
        return [_transient(kind.replace("_", "-"), data)]
    convert = PARTS.get(kind)
    if convert is not None:
        return convert(event)
    return [_transient(kind.replace("_", "-"), plain(getattr(event, kind)))]


def heartbeat_part() -> JsonObject:
    """Return the part which says that the run is alive."""
    return _transient("heartbeat", {})


def metadata_part(metadata: JsonObject) -> JsonObject:
    """Return the part that adds to the message's metadata."""
    return {"type": "message-metadata", "messageMetadata": metadata}


def input_error_part(call_id: str, tool: str, input_text: str, error_text: str) -> JsonObject:
    """Return the part for a call that was not made, with its input as far as it was written."""
    return {
        "type": "tool-input-error",
        "toolCallId": call_id,
        "toolName": tool,
        "input": parsed_or_text(input_text),
        "errorText": error_text,
        "dynamic": True,
    }


def _transient(name: str, data: Json) -> JsonObject:
    return {"type": f"{DATA_PREFIX}{name}", "data": data, "transient": True}


def _run_started(event: RunEvent) -> Parts:
    started = event.run_started
    metadata: JsonObject = {
        "runId": event.run_id,
        "bundleDigest": started.bundle_digest,
        "agent": started.agent,
        "model": started.model,
    }
    if started.session_id:
        metadata["sessionId"] = started.session_id
    parts = [metadata_part(metadata)]
    if started.diagnostics:
        parts.append(_transient("diagnostics", [plain(item) for item in started.diagnostics]))
    return parts


def _tool_input_start(event: RunEvent) -> Parts:
    call = event.tool_input_start
    return [
        {
            "type": "tool-input-start",
            "toolCallId": call.tool_call_id,
            "toolName": call.tool_name,
            "dynamic": True,
        }
    ]


def _tool_input_delta(event: RunEvent) -> Parts:
    call = event.tool_input_delta
    return [
        {
            "type": "tool-input-delta",
            "toolCallId": call.tool_call_id,
            "inputTextDelta": call.input_text_delta,
        }
    ]


def _tool_input_available(event: RunEvent) -> Parts:
    call = event.tool_input_available
    return [
        {
            "type": "tool-input-available",
            "toolCallId": call.tool_call_id,
            "toolName": call.tool_name,
            "input": json_value_of(call.input),
            "dynamic": True,
        }
    ]


def _tool_input_error(event: RunEvent) -> Parts:
    call = event.tool_input_error
    return [input_error_part(call.tool_call_id, call.tool_name, call.input_text, call.error_text)]


def _tool_output_available(event: RunEvent) -> Parts:
    result = event.tool_output_available
    return [
        {
            "type": "tool-output-available",
            "toolCallId": result.tool_call_id,
            "output": json_value_of(result.output),
            "dynamic": True,
        }
    ]


def _tool_output_error(event: RunEvent) -> Parts:
    failed = event.tool_output_error
    kind = pb.ToolFailureKind.Name(failed.kind).removeprefix("TOOL_FAILURE_KIND_")
    details = {"kind": kind, "name": failed.name, "stack": failed.stack}
    return [
        {
            "type": "tool-output-error",
            "toolCallId": failed.tool_call_id,
            "errorText": failed.error_text,
            "dynamic": True,
            "providerMetadata": {PROVIDER: {key: text for key, text in details.items() if text}},
        }
    ]


def _input_required(event: RunEvent) -> Parts:
    """Return what the AI SDK has for approvals, and what it lacks: time, reason, the client's part.

    Pages answer by the executor's `AnswerInput`, with the ``inputId``, which is the ``approvalId``.
    """
    wanted = event.input_required
    told = _transient("input-required", plain(wanted))
    if wanted.kind != pb.INPUT_KIND_APPROVAL:
        return [told]
    request: JsonObject = {
        "type": "tool-approval-request",
        "approvalId": wanted.input_id,
        "toolCallId": wanted.tool_call_id,
    }
    return [request, told]


def _step_restarted(event: RunEvent) -> Parts:
    again = event.step_restarted
    data: JsonObject = {
        "step": again.step,
        "partIds": list(again.part_ids),
        "toolCallIds": list(again.tool_call_ids),
    }
    name = f"{DATA_PREFIX}step-restarted"
    return [{"type": name, "id": f"restarted-{event.sequence}", "data": data}]


def _finish_step(event: RunEvent) -> Parts:
    done = plain(event.finish_step)
    step = done.pop("step")
    metadata: JsonObject = {"byStep": {str(step): done}}
    if event.finish_step.model:
        metadata["model"] = event.finish_step.model
    return [metadata_part(metadata), {"type": "finish-step"}]


def _run_ended(event: RunEvent) -> Parts:
    ended = event.run_ended
    if ended.HasField("finish"):
        return _finish(ended)
    if ended.HasField("error"):
        return _error(ended)
    return _abort(ended)


def _finish(ended: pb.RunEnded) -> Parts:
    finish = ended.finish
    metadata = plain(finish)
    metadata.pop("output", None)
    part: JsonObject = {
        "type": "finish",
        "finishReason": FINISH_REASONS.get(finish.finish_reason, "other"),
        "messageMetadata": metadata | _done(ended),
    }
    if not finish.HasField("output"):
        return [part]
    output = json_value_of(finish.output)
    return [{"type": f"{DATA_PREFIX}output", "id": "output", "data": output}, part]


def _abort(ended: pb.RunEnded) -> Parts:
    """Return the abort, and an error unless the user stopped it: readers skip a lone abort.

    Ways to end that come with a later version are reported as aborts, too.
    """
    abort = ended.abort
    reason = abort.reason or STOPPED
    parts: Parts = [
        metadata_part({"abort": plain(abort), **_done(ended)}),
        {"type": "abort", "reason": reason},
    ]
    if abort.cause != pb.ABORT_CAUSE_CLIENT_CANCELLED:
        parts.append({"type": "error", "errorText": reason})
    return parts


def _error(ended: pb.RunEnded) -> Parts:
    return [
        metadata_part({"error": _details(ended.error), **_done(ended)}),
        {"type": "error", "errorText": ended.error.message or FAILED},
    ]


def _done(ended: pb.RunEnded) -> JsonObject:
    """Return the cost and effects of a run."""
    if not ended.HasField("effects"):
        return {}
    done = plain(ended.effects)
    usage, steps = done.pop("usage", {}), done.pop("steps", 0)
    return {"usage": usage, "steps": steps, "effects": done}


def _details(status: status_pb2.Status) -> JsonObject:
    """Return the reason of a status, and its retry delay if it has one."""
    details: JsonObject = {}
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    if _unpack(status, info):
        details["reason"] = info.reason
    if _unpack(status, retry):
        details["retryAfterMs"] = plain(retry).get("retryDelayMs")
    return details


def _unpack(status: status_pb2.Status, into: Message) -> bool:
    return any(detail.Unpack(into) for detail in status.details)


# The parts of each kind of event. Other kinds become transient data.
PARTS: dict[str, Callable[[RunEvent], Parts]] = {
    "run_started": _run_started,
    "start": lambda e: [{"type": "start", "messageId": e.start.message_id}],
    "start_step": lambda e: [{"type": "start-step"}],
    "text_start": lambda e: [{"type": "text-start", "id": e.text_start.id}],
    "text_delta": lambda e: [
        {"type": "text-delta", "id": e.text_delta.id, "delta": e.text_delta.delta}
    ],
    "text_end": lambda e: [{"type": "text-end", "id": e.text_end.id}],
    "reasoning_start": lambda e: [{"type": "reasoning-start", "id": e.reasoning_start.id}],
    "reasoning_delta": lambda e: [
        {"type": "reasoning-delta", "id": e.reasoning_delta.id, "delta": e.reasoning_delta.delta}
    ],
    "reasoning_end": lambda e: [{"type": "reasoning-end", "id": e.reasoning_end.id}],
    "tool_input_start": _tool_input_start,
    "tool_input_delta": _tool_input_delta,
    "tool_input_available": _tool_input_available,
    "tool_input_error": _tool_input_error,
    "tool_output_available": _tool_output_available,
    "tool_output_error": _tool_output_error,
    "tool_output_denied": lambda e: [
        {"type": "tool-output-denied", "toolCallId": e.tool_output_denied.tool_call_id}
    ],
    "input_required": _input_required,
    "finish_step": _finish_step,
    "step_restarted": _step_restarted,
    "run_ended": _run_ended,
}
