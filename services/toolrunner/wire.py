"""The public protocol: protobuf messages of RunTools to and from our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2, error_details_pb2, status_pb2

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.front.version import caisson_version
from services.telemetry.traces.w3c import Remote, parsed
from services.toolrunner.checks import FEATURES, KNOWN_CAPABILITIES, Bounds
from services.toolrunner.domain import (
    FailureKind,
    Limits,
    Load,
    ToolFailure,
)
from services.toolrunner.errors import (
    IdleError,
    OutOfOrderError,
    OverLimitError,
    OverloadedError,
    ProtocolError,
    SetupError,
    StalledError,
    StrangerError,
    ToolRunnerError,
    UnsupportedError,
    WorkerLostError,
)
from services.toolrunner.messages import (
    Call,
    CallConsole,
    CallEnded,
    CallStarted,
    Cancel,
    ClientMessage,
    ConsoleText,
    Draining,
    Evaluate,
    HostCall,
    HostResult,
    LimitRequest,
    Open,
    Opened,
    Ping,
    ProgramChunk,
    ProgramFailed,
    ProgramWanted,
    Reply,
    Unreceived,
)
from services.toolrunner.outcome_wire import (
    NANOS,
    failure_message,
    incomplete_message,
    usage_message,
)
from services.toolrunner.parsing_wire import Refused
from services.toolrunner.traces_wire import replay_of

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["ToolRunnerService"].full_name
FORMATS = {pb.PROGRAM_FORMAT_MODULE: True, pb.PROGRAM_FORMAT_SCRIPT: False}
ERROR_DOMAIN = "caisson"
# The first matching class decides, so subclasses come first.
CODES: tuple[tuple[type[ToolRunnerError], int], ...] = (
    (OutOfOrderError, code_pb2.FAILED_PRECONDITION),
    (UnsupportedError, code_pb2.FAILED_PRECONDITION),
    (OverLimitError, code_pb2.RESOURCE_EXHAUSTED),
    (ProtocolError, code_pb2.INVALID_ARGUMENT),
    (StrangerError, code_pb2.PERMISSION_DENIED),
    (OverloadedError, code_pb2.RESOURCE_EXHAUSTED),
    (IdleError, code_pb2.ABORTED),
    (StalledError, code_pb2.RESOURCE_EXHAUSTED),
    (WorkerLostError, code_pb2.UNAVAILABLE),
    (SetupError, code_pb2.UNAVAILABLE),
    (ToolRunnerError, code_pb2.INTERNAL),
)


def capabilities_request(data: bytes) -> pb.GetCapabilitiesRequest:
    """Parse a GetCapabilities request; raises DecodeError."""
    return pb.GetCapabilitiesRequest.FromString(data)


def load_request(data: bytes) -> pb.WatchLoadRequest:
    """Parse a WatchLoad request; raises DecodeError."""
    return pb.WatchLoadRequest.FromString(data)


def serialized(response: Message) -> bytes:
    """Return a serialized response."""
    return response.SerializeToString()


def from_request(request: pb.RunToolsRequest | Refused | Unreceived) -> ClientMessage:
    """Return the message in a request; raises ProtocolError if its kind is unknown."""
    if isinstance(request, Refused):
        raise ProtocolError(request.why)
    if isinstance(request, Unreceived):
        return request
    kind = request.WhichOneof("message")
    if kind is None:
        raise ProtocolError(
            "A request contains no message, or one that toolrunner "
            f"{caisson_version()} does not know."
        )
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
        tuple(message.required_features),
        dict(message.env),
        message.host_calls_at_load,
        _seconds(
            message.max_load_age if message.HasField("max_load_age") else None, "open.max_load_age"
        ),
        replay_of(message, "open.replay"),
    )


def _limits(message: pb.Open | pb.Call | pb.Evaluate, where: str) -> LimitRequest | None:
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


def _chunk(message: pb.ProgramChunk) -> ProgramChunk:
    return ProgramChunk(message.data, message.last)


def _call(message: pb.Call) -> Call:
    return Call(
        message.call_id,
        message.agent,
        message.tool,
        message.input_json,
        message.context_json or "{}",
        message.tool_call_id,
        _limits(message, "call.limits"),
        message.approved,
        message.messages_json,
        message.record,
        replay_of(message, "call.replay"),
        _trace(message),
    )


def _evaluate(message: pb.Evaluate) -> Evaluate:
    return Evaluate(
        message.call_id,
        message.agent,
        message.tool,
        message.member,
        message.arguments_json,
        message.context_json or "{}",
        _limits(message, "evaluate.limits"),
        _trace(message),
    )


def _trace(message: pb.Call | pb.Evaluate) -> Remote | None:
    """Return the caller's span; None if there is none, or it is malformed."""
    return parsed(message.traceparent, message.tracestate) if message.traceparent else None


def _ping(message: pb.Ping) -> Ping:
    return Ping(message.id)


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


def _program_wanted(reply: ProgramWanted) -> pb.RunToolsResponse:
    return pb.RunToolsResponse(program_missing=pb.ProgramMissing(program_digest=reply.digest))


def _opened(reply: Opened) -> pb.RunToolsResponse:
    loaded = reply.loaded
    opened = pb.Opened(
        warm=loaded.warm,
        usage=usage_message(loaded.usage),
        console=[console_message("", line) for line in loaded.console],
        features=FEATURES,
        limits=limits_message(reply.limits),
        max_calls_in_flight=reply.calls_in_flight,
        max_request_bytes=reply.request_bytes,
        incomplete=incomplete_message(loaded.incomplete),
    )
    if loaded.private is not None:
        opened.private_load.env.extend(sorted(loaded.private.env))
        opened.private_load.host_calls = loaded.private.fetches
    return pb.RunToolsResponse(opened=opened)


def _started(reply: CallStarted) -> pb.RunToolsResponse:
    return pb.RunToolsResponse(started=pb.Started(call_id=reply.call_id))


def _draining(reply: Draining) -> pb.RunToolsResponse:
    deadline = Timestamp()
    deadline.FromNanoseconds(int(reply.deadline_s * NANOS))
    return pb.RunToolsResponse(draining=pb.Draining(deadline=deadline))


def _pinged(reply: Ping) -> pb.RunToolsResponse:
    return pb.RunToolsResponse(ping=pb.Ping(id=reply.id))


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
        span_id=reply.span_id,
    )
    return pb.RunToolsResponse(host_call=host_call)


def _ended(reply: CallEnded) -> pb.RunToolsResponse:
    outcome = reply.outcome
    usage, call_id, started = usage_message(outcome.usage), reply.call_id, reply.started
    if outcome.failure is None:
        result = pb.Result(
            call_id=call_id,
            output_json=outcome.output_json,
            usage=usage,
            started=started,
            model_output_json=outcome.model_output_json,
        )
    else:
        failure = failure_message(outcome.failure)
        result = pb.Result(call_id=call_id, failure=failure, usage=usage, started=started)
    if outcome.trace:
        result.trace.MergeFromString(outcome.trace)
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


def limits_message(limits: Limits) -> pb.Limits:
    """Convert limits to protobuf."""
    message = pb.Limits()
    for name, value in vars(limits).items():
        if name.endswith("_s"):
            duration: Duration = getattr(message, name.removesuffix("_s"))
            duration.FromNanoseconds(round(value * NANOS))
        else:
            setattr(message, name, value)
    return message


def capabilities_response(bounds: Bounds) -> pb.GetCapabilitiesResponse:
    """Return the runner's capabilities."""
    return pb.GetCapabilitiesResponse(
        version=caisson_version(),
        features=FEATURES,
        capabilities=sorted(KNOWN_CAPABILITIES),
        limits=limits_message(bounds.call_limits),
        max_program_bytes=bounds.program_bytes,
    )


def load_response(load: Load) -> pb.WatchLoadResponse:
    """Return the runner's load."""
    return pb.WatchLoadResponse(**asdict(load))


_DECODERS: dict[str, Callable[[Any], ClientMessage]] = {
    "open": _open,
    "program_chunk": _chunk,
    "call": _call,
    "evaluate": _evaluate,
    "ping": _ping,
    "host_result": _host_result,
    "cancel": _cancel,
}

_ENCODERS: dict[type[Reply], Callable[[Any], pb.RunToolsResponse]] = {
    ProgramWanted: _program_wanted,
    Opened: _opened,
    CallStarted: _started,
    Draining: _draining,
    Ping: _pinged,
    ProgramFailed: _failed,
    CallConsole: _console,
    HostCall: _host_call,
    CallEnded: _ended,
}
