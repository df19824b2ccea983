"""The command's side of the toolrunner's protocol: one stream with one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.cli.client.wire import seconds_of
from services.cli.domain import ToolCost, ToolFailed, ToolLogged, ToolOutcome, ToolRequest

RunToolsRequest: TypeAlias = pb.RunToolsRequest
RunToolsResponse: TypeAlias = pb.RunToolsResponse

CALL_ID = "call-1"
CHUNK_BYTES = 1024 * 1024
NO_COST = ToolCost(CALL_ID, 0, 0.0, 0, 0)


def open_request(request: ToolRequest, run_id: str) -> RunToolsRequest:
    """Return the message that names the program and the limits."""
    limits = pb.Limits(fuel=request.fuel, memory_bytes=request.memory_bytes)
    if request.timeout_s is not None:
        limits.timeout.FromNanoseconds(round(request.timeout_s * 1e9))
    program = pb.PROGRAM_FORMAT_MODULE if request.is_module else pb.PROGRAM_FORMAT_SCRIPT
    opening = pb.Open(
        run_id=run_id,
        program_digest=request.digest,
        format=program,
        limits=limits,
        capabilities=request.capabilities,
    )
    return RunToolsRequest(open=opening)


def chunk_requests(source: bytes) -> Iterator[RunToolsRequest]:
    """Yield the messages that carry the program, the last one marked; at least one."""
    for start in range(0, max(len(source), 1), CHUNK_BYTES):
        data = source[start : start + CHUNK_BYTES]
        chunk = pb.BundleChunk(data=data, last=start + CHUNK_BYTES >= len(source))
        yield RunToolsRequest(bundle_chunk=chunk)


def call_request(request: ToolRequest) -> RunToolsRequest:
    """Return the message that starts the call."""
    call = pb.Call(
        call_id=CALL_ID,
        agent=request.agent,
        tool=request.tool,
        input_json=request.input_json,
        context_json=request.context_json,
        tool_call_id=CALL_ID,
    )
    return RunToolsRequest(call=call)


def console_of(line: pb.ConsoleLine) -> ToolLogged:
    """Return a console line."""
    level = pb.ConsoleLevel.Name(line.level).removeprefix("CONSOLE_LEVEL_").lower()
    return ToolLogged(line.call_id, level, line.text)


def failure_of(failure: pb.ToolFailure) -> ToolFailed:
    """Return why the call or the load failed."""
    kind = pb.FailureKind.Name(failure.kind).removeprefix("FAILURE_KIND_")
    return ToolFailed(CALL_ID, kind, failure.message, failure.name, failure.stack)


def cost_of(usage: pb.Usage) -> ToolCost:
    """Return what the call cost."""
    wall = seconds_of(usage.wall_time)
    return ToolCost(CALL_ID, usage.fuel, wall, usage.peak_memory_bytes, usage.host_calls)


def outcome_of(result: pb.Result, console: tuple[ToolLogged, ...]) -> ToolOutcome:
    """Return the end of the call, with the console lines that came before it."""
    failure = failure_of(result.failure) if result.HasField("failure") else None
    return ToolOutcome(result.output_json, failure, cost_of(result.usage), console)


def load_outcome_of(failed: pb.LoadFailed, console: Sequence[ToolLogged]) -> ToolOutcome:
    """Return the end of a call whose program could not be loaded."""
    lines = (*console, *(console_of(line) for line in failed.console))
    return ToolOutcome("", failure_of(failed.failure), cost_of(failed.usage), lines)
