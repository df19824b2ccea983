"""The messages of asking a toolrunner for schemas."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.bundle.ports import SchemaAnswer
from services.executor.domain import Program

CHUNK_BYTES = 1024 * 1024
ANSWER_BYTES = 1024 * 1024
TIMEOUT_S = 5
FUEL = 10_000_000_000
# A failure of these kinds says nothing about the bundle: it may be another one the next time.
PASSING = frozenset({"RUNNER_LOST", "CANCELLED", "DEADLINE_EXCEEDED"})


def opening_request(program: Program, tenant: str) -> pb.RunToolsRequest:
    """Return the first message of a stream: no capability, and limits for questions."""
    form = pb.PROGRAM_FORMAT_MODULE if program.is_module else pb.PROGRAM_FORMAT_SCRIPT
    limits = pb.Limits(
        timeout=Duration(seconds=TIMEOUT_S), fuel=FUEL, output_bytes=ANSWER_BYTES, console_bytes=0
    )
    opening = pb.Open(
        run_id="schemas",
        program_digest=program.digest,
        format=form,
        limits=limits,
        tenant=tenant,
    )
    return pb.RunToolsRequest(open=opening)


def chunk_requests(program: Program) -> Iterator[pb.RunToolsRequest]:
    """Yield the program's text in pieces."""
    source = program.source
    starts = range(0, max(1, len(source)), CHUNK_BYTES)
    for start in starts:
        piece = source[start : start + CHUNK_BYTES]
        chunk = pb.BundleChunk(data=piece, last=start == starts[-1])
        yield pb.RunToolsRequest(bundle_chunk=chunk)


def question_request(index: int, agent: str, tool: str) -> pb.RunToolsRequest:
    """Return a question; ``index`` is its call's id."""
    asked = pb.DescribeTool(call_id=str(index), agent=agent, tool=tool)
    return pb.RunToolsRequest(describe_tool=asked)


def answer_of(result: pb.Result) -> SchemaAnswer:
    """Return what a result tells."""
    if not result.HasField("failure"):
        return SchemaAnswer(text=result.output_json)
    reason = failed("tell it", result.failure)
    return SchemaAnswer(failure=reason, is_final=_kind(result.failure) not in PASSING)


def failed(what: str, failure: pb.ToolFailure) -> str:
    """Return in words that the sandbox could not do something."""
    reason = f"{_kind(failure)}: {failure.message[:300]}"
    return f"the sandbox was asked and could not {what} ({reason})"


def _kind(failure: pb.ToolFailure) -> str:
    return pb.FailureKind.Name(failure.kind).removeprefix("FAILURE_KIND_")
