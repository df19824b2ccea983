"""The public protocol: protobuf messages of RunTools to and from our own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2, error_details_pb2, status_pb2

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.domain import FailureKind, ToolFailure, Usage
from services.toolrunner.errors import (
    IdleError,
    OutOfOrderError,
    OverLimitError,
    OverloadedError,
    ProtocolError,
    SetupError,
    StalledError,
    ToolRunnerError,
    WorkerLostError,
)
from services.toolrunner.messages import (
    BundleChunk,
    BundleMissing,
    Call,
    CallConsole,
    CallEnded,
    Cancel,
    ClientMessage,
    ConsoleText,
    DescribeTool,
    HostCall,
    HostResult,
    LimitRequest,
    Open,
    ProgramFailed,
    ProgramLoaded,
    Reply,
)

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["ToolRunnerService"].full_name
FORMATS = {pb.PROGRAM_FORMAT_MODULE: True, pb.PROGRAM_FORMAT_SCRIPT: False}
NANOS = 1_000_000_000
REQUEST: Any = pb.RunToolsRequest.DESCRIPTOR
SHORT_REQUEST = 16 * 1024
"""Bytes of a request that is parsed unchecked: takes at most 2 ms, whatever it contains."""
MOST_FIELDS = 500
_SIZED = 2
_FIXED = {1: 8, 5: 4}
ERROR_DOMAIN = "caisson"
# The first matching class decides, so subclasses come first.
CODES: tuple[tuple[type[ToolRunnerError], int], ...] = (
    (OutOfOrderError, code_pb2.FAILED_PRECONDITION),
    (OverLimitError, code_pb2.RESOURCE_EXHAUSTED),
    (ProtocolError, code_pb2.INVALID_ARGUMENT),
    (OverloadedError, code_pb2.RESOURCE_EXHAUSTED),
    (IdleError, code_pb2.ABORTED),
    (StalledError, code_pb2.RESOURCE_EXHAUSTED),
    (WorkerLostError, code_pb2.UNAVAILABLE),
    (SetupError, code_pb2.UNAVAILABLE),
    (ToolRunnerError, code_pb2.INTERNAL),
)


@dataclass(frozen=True)
class Refused:
    """A request that was not parsed, and why."""

    why: str


def parsed_request(data: bytes) -> pb.RunToolsRequest | Refused:
    """Return the request, or why it was not parsed; gRPC cannot report an error raised here.

    Parsing 4 MiB of tiny fields blocks the event loop for 0.3 s before any check of a field could
    refuse them. So the fields of a long request are counted first.
    """
    try:
        if len(data) > SHORT_REQUEST and _fields_left(memoryview(data), REQUEST) < 0:
            return Refused(f"A request has more than {MOST_FIELDS} fields, the limit.")
        return pb.RunToolsRequest.FromString(data)
    except (DecodeError, ValueError, IndexError, KeyError):
        return Refused("A request is not a valid RunToolsRequest: its bytes are corrupt.")


def _fields_left(view: memoryview, kind: Any, left: int = MOST_FIELDS) -> int:
    """Return how many more fields are allowed, negative when there are too many."""
    at, end = 0, len(view)
    while at < end and left >= 0:
        left -= 1
        tag, at = _varint(view, at)
        wire_type = tag & 7
        if wire_type == _SIZED:
            size, at = _varint(view, at)
            field = kind.fields_by_number.get(tag >> 3)
            if field is not None and field.message_type is not None:
                left = _fields_left(view[at : at + size], field.message_type, left)
            at += size
        else:
            at = at + _FIXED[wire_type] if wire_type else _varint(view, at)[1]
    return left


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = view[at]
        number |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return number, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def serialized(response: pb.RunToolsResponse) -> bytes:
    """Serialise a response."""
    return response.SerializeToString()


def from_request(request: pb.RunToolsRequest | Refused) -> ClientMessage:
    """Return the message of a request; raises ProtocolError when it is missing or unknown."""
    if isinstance(request, Refused):
        raise ProtocolError(request.why)
    kind = request.WhichOneof("message")
    if kind is None:
        raise ProtocolError("A request contains no message, or one that this runner does not know.")
    return _DECODERS[kind](getattr(request, kind))


def to_response(reply: Reply) -> pb.RunToolsResponse:
    """Return the response that carries a reply."""
    return _ENCODERS[type(reply)](reply)


def to_status(error: ToolRunnerError) -> status_pb2.Status:
    """Return the status of an RPC that failed, with its reason and retry delay."""
    code = next(code for kind, code in CODES if isinstance(error, kind))
    status = status_pb2.Status(code=code, message=error.message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=ERROR_DOMAIN))
    if error.retry_after_s is not None:
        delay = Duration()
        delay.FromNanoseconds(int(error.retry_after_s * NANOS))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def _open(message: pb.Open) -> Open:
    return Open(
        message.run_id,
        message.program_digest,
        FORMATS.get(message.format),
        _limits(message, "open.limits"),
        tuple(message.capabilities),
        message.tenant,
    )


def _limits(message: pb.Open | pb.Call | pb.DescribeTool, where: str) -> LimitRequest | None:
    if not message.HasField("limits"):
        return None
    limits = message.limits
    given = {field.name: value for field, value in limits.ListFields()}
    return LimitRequest(
        timeout_s=_seconds(given.pop("timeout", None), f"{where}.timeout"),
        host_wait_s=_seconds(given.pop("host_wait", None), f"{where}.host_wait"),
        **given,
    )


def _seconds(duration: Duration | None, where: str) -> float | None:
    if duration is None:
        return None
    if not -NANOS < duration.nanos < NANOS:
        raise ProtocolError(f"{where} is not a valid duration: its nanos are out of range.")
    return duration.seconds + duration.nanos / NANOS


def _chunk(message: pb.BundleChunk) -> BundleChunk:
    return BundleChunk(message.data, message.last)


def _call(message: pb.Call) -> Call:
    return Call(
        message.call_id,
        message.agent,
        message.tool,
        message.input_json,
        message.context_json or "{}",
        message.tool_call_id,
        _limits(message, "call.limits"),
    )


def _describe_tool(message: pb.DescribeTool) -> DescribeTool:
    return DescribeTool(
        message.call_id, message.agent, message.tool, _limits(message, "describe_tool.limits")
    )


def _host_result(message: pb.HostResult) -> HostResult:
    outcome = message.WhichOneof("outcome")
    if outcome is None:
        raise ProtocolError("host_result has neither output_json nor failure.")
    failure = _failure(message.failure) if outcome == "failure" else None
    return HostResult(message.call_id, message.host_call_id, message.output_json, failure)


def _failure(failure: pb.ToolFailure) -> ToolFailure:
    try:
        kind = FailureKind(failure.kind)
    except ValueError:
        raise ProtocolError("host_result.failure.kind is not set or not known.") from None
    return ToolFailure(kind, failure.message, failure.name, failure.stack)


def _cancel(message: pb.Cancel) -> Cancel:
    return Cancel(message.call_id)


def _bundle_missing(reply: BundleMissing) -> pb.RunToolsResponse:
    return pb.RunToolsResponse(bundle_missing=pb.BundleMissing(program_digest=reply.digest))


def _loaded(reply: ProgramLoaded) -> pb.RunToolsResponse:
    opened = pb.Opened(
        warm=reply.warm,
        usage=usage_message(reply.usage),
        console=[console_message("", line) for line in reply.console],
    )
    return pb.RunToolsResponse(opened=opened)


def _failed(reply: ProgramFailed) -> pb.RunToolsResponse:
    load_failed = pb.LoadFailed(
        failure=failure_message(reply.failure),
        console=[console_message("", line) for line in reply.console],
        usage=usage_message(reply.usage),
    )
    return pb.RunToolsResponse(load_failed=load_failed)


def _console(reply: CallConsole) -> pb.RunToolsResponse:
    return pb.RunToolsResponse(console=console_message(reply.call_id, reply.line))


def _host_call(reply: HostCall) -> pb.RunToolsResponse:
    host_call = pb.HostCall(
        call_id=reply.call_id,
        host_call_id=reply.host_call_id,
        capability=reply.capability,
        input_json=reply.input_json,
    )
    return pb.RunToolsResponse(host_call=host_call)


def _ended(reply: CallEnded) -> pb.RunToolsResponse:
    outcome = reply.outcome
    usage = usage_message(outcome.usage)
    if outcome.failure is None:
        result = pb.Result(call_id=reply.call_id, output_json=outcome.output_json, usage=usage)
    else:
        failure = failure_message(outcome.failure)
        result = pb.Result(call_id=reply.call_id, failure=failure, usage=usage)
    return pb.RunToolsResponse(result=result)


def console_message(call_id: str, line: ConsoleText) -> pb.ConsoleLine:
    """Return a console line of a call, or of the program's top level when the id is empty."""
    seconds, nanos = divmod(line.time_ns, NANOS)
    return pb.ConsoleLine(
        call_id=call_id,
        level=f"CONSOLE_LEVEL_{line.level.name}",
        text=line.text,
        time=Timestamp(seconds=seconds, nanos=nanos),
    )


def failure_message(failure: ToolFailure) -> pb.ToolFailure:
    """Return the protocol's form of a failure."""
    return pb.ToolFailure(
        kind=f"FAILURE_KIND_{failure.kind.name}",
        message=failure.message,
        name=failure.name,
        stack=failure.stack,
    )


def usage_message(usage: Usage) -> pb.Usage:
    """Return the protocol's form of a call's usage."""
    nanos, seconds = math.modf(usage.wall_s)
    return pb.Usage(
        fuel=usage.fuel,
        wall_time=Duration(seconds=int(seconds), nanos=int(nanos * NANOS)),
        peak_memory_bytes=usage.peak_memory_bytes,
        host_calls=usage.host_calls,
    )


_DECODERS: dict[str, Callable[[Any], ClientMessage]] = {
    "open": _open,
    "bundle_chunk": _chunk,
    "call": _call,
    "describe_tool": _describe_tool,
    "host_result": _host_result,
    "cancel": _cancel,
}

_ENCODERS: dict[type[Reply], Callable[[Any], pb.RunToolsResponse]] = {
    BundleMissing: _bundle_missing,
    ProgramLoaded: _loaded,
    ProgramFailed: _failed,
    CallConsole: _console,
    HostCall: _host_call,
    CallEnded: _ended,
}
