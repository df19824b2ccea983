"""The toolrunner's messages, from and to the executor's domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonText,
    Program,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.host_words import HostAnswer
from services.executor.limits import ToolCallLimits
from services.executor.long_json import MOST_DEPTH, nests_at_most
from services.executor.side_thread import loads_json

LEVELS = {
    pb.CONSOLE_LEVEL_DEBUG: "debug",
    pb.CONSOLE_LEVEL_LOG: "log",
    pb.CONSOLE_LEVEL_INFO: "info",
    pb.CONSOLE_LEVEL_WARN: "warn",
    pb.CONSOLE_LEVEL_ERROR: "error",
}
KINDS = {pb.FailureKind.Value(f"FAILURE_KIND_{kind.name}"): kind for kind in FailureKind}
NANOS = 1_000_000_000


@dataclass(frozen=True)
class Opening:
    """What a stream is opened with: whose run of which program, and the limits of its calls."""

    run_id: str
    program: Program
    limits: ToolCallLimits
    tenant: str


@dataclass(frozen=True)
class Opened:
    """The program is loaded; ``console`` is what its top level wrote."""

    console: tuple[ConsoleLine, ...]


@dataclass(frozen=True)
class BundleMissing:
    """The runner asks for the program's text."""


@dataclass(frozen=True)
class LoadFailed:
    """The program cannot be loaded."""

    failure: ToolFailure


@dataclass(frozen=True)
class CallConsole:
    """A line that a call wrote."""

    call_id: str
    line: ConsoleLine


@dataclass(frozen=True)
class CallResult:
    """A call has ended; ``output_json`` is what came of it when ``failure`` is None."""

    call_id: str
    output_json: str
    failure: ToolFailure | None
    usage: ToolUsage


@dataclass(frozen=True)
class HostCall:
    """A call asks for the outside world."""

    call_id: str
    host_call_id: int
    capability: str
    input_json: str


RunnerMessage: TypeAlias = Opened | BundleMissing | LoadFailed | CallConsole | CallResult | HostCall


def open_request(opening: Opening, capabilities: Sequence[str]) -> pb.RunToolsRequest:
    """Return the first message of a stream."""
    program = opening.program
    program_format = pb.PROGRAM_FORMAT_MODULE if program.is_module else pb.PROGRAM_FORMAT_SCRIPT
    first = pb.Open(
        run_id=opening.run_id,
        program_digest=program.digest,
        format=program_format,
        limits=_limits(opening.limits),
        capabilities=capabilities,
        tenant=opening.tenant,
    )
    return pb.RunToolsRequest(open=first)


def chunk_request(data: bytes, *, last: bool) -> pb.RunToolsRequest:
    """Return a piece of the program's text."""
    return pb.RunToolsRequest(bundle_chunk=pb.BundleChunk(data=data, last=last))


def call_request(call_id: str, invocation: ToolInvocation, context_json: str) -> pb.RunToolsRequest:
    """Return the message that starts a call, in ``context_json`` instead of its own context."""
    call = pb.Call(
        call_id=call_id,
        agent=invocation.agent,
        tool=invocation.tool,
        input_json=invocation.input_json,
        context_json=context_json,
        tool_call_id=invocation.tool_call_id,
    )
    return pb.RunToolsRequest(call=call)


def cancel_request(call_id: str) -> pb.RunToolsRequest:
    """Return the message that ends a call."""
    return pb.RunToolsRequest(cancel=pb.Cancel(call_id=call_id))


def host_result_request(host_call: HostCall, answer: HostAnswer) -> pb.RunToolsRequest:
    """Return the message that answers a host call."""
    result = pb.HostResult(call_id=host_call.call_id, host_call_id=host_call.host_call_id)
    if answer.failure is None:
        result.output_json = answer.output_json
    else:
        kind = f"FAILURE_KIND_{answer.failure.kind.name}"
        failure = pb.ToolFailure(kind=kind, message=answer.failure.message)
        result.failure.CopyFrom(failure)
    return pb.RunToolsRequest(host_result=result)


def from_response(response: pb.RunToolsResponse) -> RunnerMessage | None:
    """Return what the runner says; None for a kind that this version does not know."""
    kind = response.WhichOneof("message")
    if kind == "result":
        return _result(response.result)
    if kind == "console":
        return CallConsole(response.console.call_id, _line(response.console))
    if kind == "opened":
        return Opened(tuple(_line(line) for line in response.opened.console))
    if kind == "bundle_missing":
        return BundleMissing()
    if kind == "load_failed":
        return LoadFailed(_failure(response.load_failed.failure))
    if kind == "host_call":
        return host_call_of(response.host_call)
    return None


def host_call_of(asked: pb.HostCall) -> HostCall:
    """Return what a call asks of the outside world."""
    return HostCall(asked.call_id, asked.host_call_id, asked.capability, asked.input_json)


async def result_of(ended: CallResult) -> ToolResult:
    """Return the outcome of a call, its output read.

    An output that has more values than are read, or nests deeper, is kept as its JSON text.
    """
    text = ended.output_json or "null"
    if ended.failure is not None:
        return ToolResult(None, ended.failure, ended.usage)
    try:
        value = await loads_json(text)
    except (ValueError, RecursionError):
        return ToolResult(JsonText(text), None, ended.usage, len(text))
    output = value if nests_at_most(value, MOST_DEPTH) else JsonText(text)
    return ToolResult(output, None, ended.usage, len(text))


def _result(result: pb.Result) -> CallResult:
    usage = ToolUsage(
        fuel=result.usage.fuel,
        wall_s=_seconds(result.usage.wall_time),
        peak_memory_bytes=result.usage.peak_memory_bytes,
        host_calls=result.usage.host_calls,
    )
    failure = _failure(result.failure) if result.HasField("failure") else None
    return CallResult(result.call_id, result.output_json, failure, usage)


def _failure(failure: pb.ToolFailure) -> ToolFailure:
    kind = KINDS.get(failure.kind, FailureKind.THROWN)
    return ToolFailure(kind, failure.message, failure.name, failure.stack)


def _line(line: pb.ConsoleLine) -> ConsoleLine:
    return ConsoleLine(LEVELS.get(line.level, "log"), line.text)


def _seconds(duration: Duration) -> float:
    return float(duration.seconds) + duration.nanos / 1e9


def _limits(limits: ToolCallLimits) -> pb.Limits:
    given = {name: value for name, value in asdict(limits).items() if value is not None}
    message = pb.Limits()
    for name, value in given.items():
        if name.endswith("_s"):
            duration: Duration = getattr(message, name.removesuffix("_s"))
            whole = int(value)
            # Apart, since a double does not hold the microseconds of many years.
            duration.FromNanoseconds(max(1000, round((value - whole) * 1e9) + whole * NANOS))
        else:
            setattr(message, name, value)
    return message
