"""The pool's side of the worker protocol: frames to and from typed messages.

A frame is a message of ``worker.proto`` preceded by its length as four little-endian bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.protobuf.message import DecodeError, Message

from caisson.toolrunner.v1 import tool_runner_service_pb2 as public_pb
from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    IncompleteLoad,
    Limits,
    LoadFault,
    LoadReads,
    MadeAgent,
    Outcome,
    Program,
    ToolCall,
    ToolFailure,
    UnusableReason,
    UnusableTool,
    Usage,
)
from services.toolrunner.errors import WorkerLostError
from services.toolrunner.messages import HostResult

HEADER = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The worker is ready; ``missing`` names the parts of the jail that do not hold, and why."""

    jail: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkLoaded:
    """A load ended; ``failure`` is None when its image of ``image_bytes`` is kept."""

    work_id: int
    failure: ToolFailure | None
    usage: Usage
    image_bytes: int
    incomplete: IncompleteLoad | None = None
    reads: LoadReads = field(default_factory=LoadReads)


@dataclass(frozen=True, slots=True)
class WorkConsole:
    """A load or call wrote a line."""

    work_id: int
    level: ConsoleLevel
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkHostCall:
    """A call makes a host call."""

    work_id: int
    host_call_id: int
    capability: str
    input_json: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkDone:
    """A call ended."""

    work_id: int
    outcome: Outcome = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkSuspended:
    """A call waits and frees the worker, except for this many bytes of memory."""

    work_id: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class WorkResumed:
    """A call runs again because its timer was due."""

    work_id: int


WorkerMessage: TypeAlias = (
    WorkerReady | WorkLoaded | WorkConsole | WorkHostCall | WorkDone | WorkSuspended | WorkResumed
)


def load_frame(
    work_id: int,
    program: Program,
    limits: Limits,
    key: str = "",
    given_json: bytes = b"",
    strict: bool = False,
    replay: bytes = b"",
) -> tuple[bytes, bytes]:
    """Return the frame that makes a worker evaluate a program and keep its image, in two parts.

    ``key``, ``given_json`` and ``replay`` are those of an image of one run; see ``PrivateImage``.
    ``strict``: a top level that fails fails the load.

    The second part is the program, uncopied: protobuf would copy it, which blocks the event loop
    for half a second at 16 MiB.
    """
    form = public_pb.PROGRAM_FORMAT_MODULE if program.is_module else public_pb.PROGRAM_FORMAT_SCRIPT
    load = pb.LoadProgram(
        work_id=work_id,
        digest=key or program.image_key,
        format=form,
        limits=_limits(limits),
        given_json=given_json,
        strict=strict,
        replay=_trace(replay),
    )
    size = len(program.source)
    body = load.SerializeToString() + _field(pb.LoadProgram, "source", size)
    head = _field(pb.WorkerRequest, "load", len(body) + size) + body
    return HEADER.pack(len(head) + size) + head, program.source


def start_frame(work_id: int, key: str, call: ToolCall) -> bytes:
    """Return the frame that starts a call from the image of the program with this key."""
    start = pb.StartCall(
        work_id=work_id,
        digest=key,
        agent=call.agent,
        tool=call.tool,
        input_json=call.input_json,
        context_json=call.context_json,
        tool_call_id=call.tool_call_id,
        capabilities=call.capabilities,
        limits=_limits(call.limits),
        member=call.member,
        approved=call.approved,
        messages_json=call.messages_json,
        record=call.record,
        replay=_trace(call.replay),
    )
    return _frame(pb.WorkerRequest(start=start))


def deliver_frame(work_id: int, result: HostResult) -> bytes:
    """Return the frame that delivers the result of a host call."""
    delivered = pb.DeliverHostResult(work_id=work_id, host_call_id=result.host_call_id)
    failure = result.failure
    if failure is None:
        delivered.output_json = result.output_json
    else:
        kind = f"FAILURE_KIND_{failure.kind.name}"
        delivered.failure.CopyFrom(
            public_pb.ToolFailure(
                kind=kind, message=failure.message, name=failure.name, stack=failure.stack
            )
        )
    return _frame(pb.WorkerRequest(host_result=delivered))


def cancel_frame(work_id: int, *, at_once: bool = False) -> bytes:
    """Return the frame that ends a load or call; ``at_once`` without notifying the call."""
    return _frame(pb.WorkerRequest(cancel=pb.CancelWork(work_id=work_id, at_once=at_once)))


def drop_frame(key: str) -> bytes:
    """Return the frame that makes a worker drop the image of the program with this key."""
    return _frame(pb.WorkerRequest(drop=pb.DropProgram(digest=key)))


def decoded(frame: bytes) -> WorkerMessage:
    """Parse a frame without its length; raises WorkerLostError for an invalid one."""
    try:
        response = pb.WorkerResponse.FromString(frame)
        kind = response.WhichOneof("message")
        return _DECODERS[kind](getattr(response, kind))
    except (DecodeError, KeyError, TypeError, ValueError):
        raise WorkerLostError("A worker process sent an invalid message.") from None


def _trace(replay: bytes) -> public_pb.Trace | None:
    return public_pb.Trace.FromString(replay) if replay else None


def _frame(request: pb.WorkerRequest) -> bytes:
    body = request.SerializeToString()
    return HEADER.pack(len(body)) + body


def _field(kind: type[Message], name: str, size: int) -> bytes:
    """Return the header of a field of ``size`` bytes: its tag and the size."""
    found = bytearray()
    for number in (kind.DESCRIPTOR.fields_by_name[name].number << 3 | 2, size):
        left = number
        while left > 127:
            found.append(left & 127 | 128)
            left >>= 7
        found.append(left)
    return bytes(found)


def _limits(limits: Limits) -> pb.WorkLimits:
    return pb.WorkLimits(
        timeout_ms=max(1, round(limits.timeout_s * 1000)),
        fuel=limits.fuel,
        memory_bytes=limits.memory_bytes,
        output_bytes=limits.output_bytes,
        console_bytes=limits.console_bytes,
        heap_bytes=limits.heap_bytes,
        stack_bytes=limits.stack_bytes,
        host_wait_ms=max(1, round(limits.host_wait_s * 1000)),
        host_calls=limits.host_calls,
        host_calls_in_flight=limits.host_calls_in_flight,
        timers=limits.timers,
    )


def _failure(failure: public_pb.ToolFailure) -> ToolFailure:
    return ToolFailure(FailureKind(failure.kind), failure.message, failure.name, failure.stack)


def _usage(usage: public_pb.Usage) -> Usage:
    wall = usage.wall_time
    return Usage(
        usage.fuel, wall.seconds + wall.nanos / 1e9, usage.peak_memory_bytes, usage.host_calls
    )


def _ready(message: pb.Ready) -> WorkerReady:
    return WorkerReady(tuple(message.jail), tuple(message.missing))


def _loaded(message: pb.Loaded) -> WorkLoaded:
    failure = _failure(message.failure) if message.HasField("failure") else None
    told = message.reads
    reads = LoadReads(frozenset(told.env), told.all_env, told.fetches)
    incomplete = _incomplete(message.incomplete) if message.HasField("incomplete") else None
    usage = _usage(message.usage)
    return WorkLoaded(message.work_id, failure, usage, message.image_bytes, incomplete, reads)


def _incomplete(message: public_pb.IncompleteLoad) -> IncompleteLoad:
    return IncompleteLoad(
        tuple(LoadFault(_failure(each.failure), each.place) for each in message.faults),
        tuple(
            MadeAgent(each.key, None if each.tools_unknown else tuple(each.tools))
            for each in message.agents
        ),
        tuple(
            UnusableTool(each.agent, each.tool, UnusableReason(each.reason), each.fault)
            for each in message.unusable
        ),
    )


def _console(message: pb.WorkConsole) -> WorkConsole:
    return WorkConsole(message.work_id, ConsoleLevel(message.level), message.text)


def _host_call(message: pb.WorkHostCall) -> WorkHostCall:
    return WorkHostCall(
        message.work_id, message.host_call_id, message.capability, message.input_json
    )


def _done(message: pb.Done) -> WorkDone:
    failure = _failure(message.failure) if message.HasField("failure") else None
    usage, shown = _usage(message.usage), message.model_output_json
    trace = message.trace.SerializeToString() if message.HasField("trace") else b""
    outcome = Outcome(message.output_json, failure, usage, None, shown, trace)
    return WorkDone(message.work_id, outcome)


def _suspended(message: pb.Suspended) -> WorkSuspended:
    return WorkSuspended(message.work_id, message.memory_bytes)


def _resumed(message: pb.Resumed) -> WorkResumed:
    return WorkResumed(message.work_id)


_DECODERS: dict[str | None, Callable[[Any], WorkerMessage]] = {
    "ready": _ready,
    "loaded": _loaded,
    "console": _console,
    "host_call": _host_call,
    "done": _done,
    "suspended": _suspended,
    "resumed": _resumed,
}
