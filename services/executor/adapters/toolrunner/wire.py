"""Converts between the toolrunner's messages and the executor's domain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.failure_wire import failure_message, failure_of
from services.executor.adapters.toolrunner.incomplete_wire import incomplete_of
from services.executor.adapters.toolrunner.limits_wire import NANOS, limits_message, seconds_of
from services.executor.agent.ports import ToolInvocation
from services.executor.bundle.ports import SandboxQuestion
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonText,
    Program,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import FETCH
from services.executor.egress.host_calls import HostCall, HostResult
from services.executor.incomplete_load import IncompleteLoad, lines_of
from services.executor.limits import ToolCallLimits
from services.executor.long_json import MOST_DEPTH, nests_at_most
from services.executor.side_thread import loads_json
from services.telemetry.current import current_span

LEVELS = {
    pb.CONSOLE_LEVEL_DEBUG: "debug",
    pb.CONSOLE_LEVEL_LOG: "log",
    pb.CONSOLE_LEVEL_INFO: "info",
    pb.CONSOLE_LEVEL_WARN: "warn",
    pb.CONSOLE_LEVEL_ERROR: "error",
}
CHUNK_BYTES = 1024 * 1024
HOOKS = "evaluate.hook"
"""A runner's feature: it calls agents' hooks."""
PARTS = "evaluate.agent"
"""A runner's feature: it tells what agents are made of."""
GATES = "call.gates"
"""A runner's feature: it asks the settings that have a say in calls."""
REPLAY = "call.replay"
"""A runner's feature: it records calls, and repeats them."""
QUESTION_LIMITS = ToolCallLimits(
    timeout_s=5, fuel=2_000_000_000, output_bytes=1024 * 1024, console_bytes=0
)


@dataclass(frozen=True)
class Opening:
    """The parameters of a stream: run, tenant, program, limits of its calls, environment.

    ``replay`` is the trace of the load that it repeats, serialized; empty for a load of its own.
    """

    run_id: str
    program: Program
    limits: ToolCallLimits
    tenant: str
    capabilities: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_load_age_s: float | None = None
    replay: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class PrivateLoad:
    """What of the stream's grant a program needs while it loads: variables, and requests."""

    env: tuple[str, ...]
    host_calls: bool


@dataclass(frozen=True)
class Opened:
    """The program is loaded; ``console`` is what its top level wrote.

    ``request_bytes`` is the limit of a request; 0 if the runner does not say. ``incomplete`` is set
    if the top level failed halfway; ``console`` ends with warnings about it then. ``private`` is
    set if the program was loaded for this stream alone, for the cost of ``usage``. ``features`` are
    what the runner can beyond the first release. ``limits`` are those of its calls, serialized.
    """

    console: tuple[ConsoleLine, ...]
    request_bytes: int = 0
    incomplete: IncompleteLoad | None = None
    private: PrivateLoad | None = None
    usage: ToolUsage = field(default_factory=ToolUsage)
    features: frozenset[str] = frozenset()
    limits: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class ProgramMissing:
    """The runner asks for the program's text."""


@dataclass(frozen=True)
class LoadFailed:
    """The program failed to load; ``console`` is the output of its top level so far."""

    failure: ToolFailure
    console: tuple[ConsoleLine, ...]
    usage: ToolUsage


@dataclass(frozen=True)
class CallStarted:
    """The tool of a call has started."""

    call_id: str


@dataclass(frozen=True)
class Draining:
    """The runner is shutting down, and starts no more calls."""


@dataclass(frozen=True)
class Ping:
    """A ping from the runner; it answers our ping of that number, or none if 0."""

    number: int


@dataclass(frozen=True)
class CallConsole:
    """A console line of a call."""

    call_id: str
    line: ConsoleLine


@dataclass(frozen=True)
class CallResult:
    """A call has ended; ``output_json`` is its result if ``failure`` is None.

    ``started`` is whether its tool started. ``model_output_json`` is what the model is shown
    instead, empty for the result. ``trace`` is a serialized ``CallTrace``, empty for none.
    """

    call_id: str
    output_json: str = field(repr=False)
    failure: ToolFailure | None
    usage: ToolUsage
    started: bool = True
    model_output_json: str = field(default="", repr=False)
    trace: bytes = field(default=b"", repr=False)


RunnerMessage: TypeAlias = (
    Opened
    | ProgramMissing
    | LoadFailed
    | CallStarted
    | CallConsole
    | CallResult
    | HostCall
    | Draining
    | Ping
)


def open_request(opening: Opening) -> pb.RunToolsRequest:
    """Return the first message of a stream."""
    program = opening.program
    program_format = pb.PROGRAM_FORMAT_MODULE if program.is_module else pb.PROGRAM_FORMAT_SCRIPT
    first = pb.Open(
        run_id=opening.run_id,
        program_digest=program.digest,
        format=program_format,
        limits=limits_message(opening.limits),
        capabilities=opening.capabilities,
        tenant=opening.tenant,
        env=opening.env,
        host_calls_at_load=FETCH in opening.capabilities,
    )
    if opening.max_load_age_s is not None:
        first.max_load_age.FromNanoseconds(round(opening.max_load_age_s * NANOS))
    if opening.replay:
        first.replay.MergeFromString(opening.replay)
    return pb.RunToolsRequest(open=first)


def chunk_requests(source: bytes) -> Iterator[pb.RunToolsRequest]:
    """Yield the pieces of a program's text, at least one, with the last one marked."""
    for start in range(0, max(1, len(source)), CHUNK_BYTES):
        end = start + CHUNK_BYTES
        chunk = pb.ProgramChunk(data=source[start:end], last=end >= len(source))
        yield pb.RunToolsRequest(program_chunk=chunk)


def call_request(
    call_id: str,
    invocation: ToolInvocation,
    context_json: str,
    record: bool = False,
    replay: bytes = b"",
) -> pb.RunToolsRequest:
    """Return the message that starts a call, with ``context_json`` as its context.

    ``record`` asks for its trace; ``replay`` is the one that it repeats, serialized.
    """
    call = pb.Call(
        call_id=call_id,
        agent=invocation.agent,
        tool=invocation.tool,
        input_json=invocation.input_json,
        context_json=context_json,
        tool_call_id=invocation.tool_call_id,
        approved=invocation.approved,
        messages_json=invocation.messages_json,
        record=record,
        traceparent=(span := current_span()).traceparent,
        tracestate=span.tracestate,
    )
    if replay:
        call.replay.MergeFromString(replay)
    return pb.RunToolsRequest(call=call)


def evaluate_request(call_id: str, question: SandboxQuestion) -> pb.RunToolsRequest:
    """Return the message that asks a question."""
    asked = pb.Evaluate(
        call_id=call_id,
        agent=question.agent,
        tool=question.tool,
        member="inputSchema" if question.tool else "hook" if question.hook else "agent",
        context_json=question.context_json,
        limits=limits_message(QUESTION_LIMITS),
        traceparent=(span := current_span()).traceparent,
        tracestate=span.tracestate,
    )
    if question.hook is not None:
        asked.arguments_json = f'["{question.hook.value}",{question.given_json}]'
    elif not question.tool:
        asked.arguments_json = json.dumps([[part.value for part in question.parts]])
    return pb.RunToolsRequest(evaluate=asked)


def ping_request(number: int) -> pb.RunToolsRequest:
    """Return the message that pings the runner."""
    return pb.RunToolsRequest(ping=pb.Ping(id=number))


def cancel_request(call_id: str) -> pb.RunToolsRequest:
    """Return the message that cancels a call."""
    return pb.RunToolsRequest(cancel=pb.Cancel(call_id=call_id))


def host_result_request(host_call: HostCall, result: HostResult) -> pb.RunToolsRequest:
    """Return the message that answers a host call."""
    answer = pb.HostResult(call_id=host_call.call_id, host_call_id=host_call.host_call_id)
    if result.failure is None:
        answer.output_json = result.output_json
    else:
        answer.failure.CopyFrom(failure_message(result.failure))
    return pb.RunToolsRequest(host_result=answer)


def request_size(request: pb.RunToolsRequest) -> int:
    """Return a serialized request."""
    return request.ByteSize()


def too_large(size: int, most: int) -> CallResult:
    """Return the end of a call that is too large to be sent."""
    message = (
        f"The call has {size:,} bytes, and the toolrunner takes {most:,} "
        "(CAISSON_TOOLRUNNER_MESSAGE_BYTES). Give the tool less."
    )
    failure = ToolFailure(FailureKind.INVALID_INPUT, message)
    return CallResult("", "", failure, ToolUsage(), started=False)


def cannot_ask() -> CallResult:
    """Return the end of a call that the runner is too old for."""
    message = (
        "The tool or its agent has settings that the sandbox asks before a call, such as "
        "approvals, and this toolrunner is too old for that: the tool was not run. Upgrade the "
        "toolrunners."
    )
    failure = ToolFailure(FailureKind.RUNNER_FAULT, message)
    return CallResult("", "", failure, ToolUsage(), started=False)


def from_response(response: pb.RunToolsResponse) -> RunnerMessage | None:
    """Return the toolrunner's message; None for a kind unknown to this version."""
    kind = response.WhichOneof("message")
    if kind == "result":
        return _result(response.result)
    if kind == "console":
        return CallConsole(response.console.call_id, _line(response.console))
    if kind == "opened":
        return _opened(response.opened)
    if kind == "program_missing":
        return ProgramMissing()
    if kind == "load_failed":
        failed = response.load_failed
        return LoadFailed(failure_of(failed.failure), _lines(failed.console), _usage(failed.usage))
    if kind == "started":
        return CallStarted(response.started.call_id)
    if kind == "draining":
        return Draining()
    if kind == "ping":
        return Ping(response.ping.id)
    if kind == "host_call":
        asked = response.host_call
        ids = asked.call_id, asked.host_call_id
        return HostCall(*ids, asked.capability, asked.input_json, asked.span_id)
    return None


async def result_of(ended: CallResult) -> ToolResult:
    """Return the outcome of a call, with its output parsed.

    An output with too many values or too deep nesting is kept as its JSON text.
    """
    text = ended.output_json or "null"
    if ended.failure is not None:
        # What a bundle decides before its tool runs, it decides in the started call.
        begun = ended.started and not ended.failure.may_approve
        return ToolResult(None, ended.failure, ended.usage, begun=begun)
    shown = ended.model_output_json
    try:
        value = await loads_json(text)
    except (ValueError, RecursionError):
        return ToolResult(JsonText(text), None, ended.usage, text, model_output_json=shown)
    output = value if nests_at_most(value, MOST_DEPTH) else JsonText(text)
    return ToolResult(output, None, ended.usage, text, model_output_json=shown)


def _result(result: pb.Result) -> CallResult:
    failure = failure_of(result.failure) if result.HasField("failure") else None
    usage = _usage(result.usage)
    shown = result.model_output_json
    trace = result.trace.SerializeToString() if result.HasField("trace") else b""
    ended = (result.call_id, result.output_json, failure, usage, result.started, shown)
    return CallResult(*ended, trace)


def _usage(usage: pb.Usage) -> ToolUsage:
    return ToolUsage(
        fuel=usage.fuel,
        wall_s=seconds_of(usage.wall_time),
        peak_memory_bytes=usage.peak_memory_bytes,
        host_calls=usage.host_calls,
    )


def _opened(opened: pb.Opened) -> Opened:
    private = None
    if opened.HasField("private_load"):
        told = opened.private_load
        private = PrivateLoad(tuple(told.env), told.host_calls)
    incomplete = incomplete_of(opened)
    console = (*_lines(opened.console), *lines_of(incomplete))
    most = opened.max_request_bytes
    features = frozenset(opened.features)
    usage, limits = _usage(opened.usage), opened.limits.SerializeToString()
    return Opened(console, most, incomplete, private, usage, features, limits)


def _line(line: pb.ConsoleLine) -> ConsoleLine:
    return ConsoleLine(LEVELS.get(line.level, "log"), line.text)


def _lines(lines: Iterable[pb.ConsoleLine]) -> tuple[ConsoleLine, ...]:
    return tuple(_line(line) for line in lines)
