"""Recordings of calls: ``RecordedCall`` from what was kept of a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from google.protobuf import json_format

from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.failure_wire import failure_message
from services.executor.adapters.toolrunner.tapes import Exchange, Tape, digest_of
from services.executor.adapters.toolrunner.wire import CallResult, Opening
from services.executor.agent.ports import ToolInvocation

MOST_OUTPUT_CHARACTERS: Final = 256 * 1024


@dataclass(frozen=True)
class KeptCall:
    """All that is known of a call: its stream, itself, its tape and that of its load, its end."""

    opening: Opening
    limits: bytes
    invocation: ToolInvocation
    tape: Tape
    load: Tape | None
    ended: CallResult


def recording_text(data: bytes) -> str:
    """Return a recording as JSON text, for a file."""
    call = recorded_pb.RecordedCall.FromString(data)
    return json_format.MessageToJson(call, ensure_ascii=False) + "\n"


def recording_of(text: str) -> recorded_pb.RecordedCall:
    """Return the recording in a file; raises ValueError, with a reason, if it is none."""
    try:
        call = json_format.Parse(text, recorded_pb.RecordedCall(), max_recursion_depth=20)
    except json_format.ParseError as error:
        raise ValueError(str(error)) from None
    if not call.left_out and call.WhichOneof("outcome") is None:
        raise ValueError("It holds no call that has ended.")
    return call


def left_out(invocation: ToolInvocation, why: str) -> bytes:
    """Return the recording of a call of which nothing else is kept."""
    return recorded_pb.RecordedCall(
        call_id=invocation.tool_call_id,
        agent=invocation.agent,
        tool=invocation.tool,
        left_out=why,
    ).SerializeToString()


def serialized(kept: KeptCall, *, bodies: bool, part: bool) -> bytes:
    """Return the recording of a call.

    ``bodies``: those of requests and answers were to be kept. ``part``: of a part of the bundle.
    """
    opening, invocation, ended = kept.opening, kept.invocation, kept.ended
    program = opening.program
    program_format = pb.PROGRAM_FORMAT_MODULE if program.is_module else pb.PROGRAM_FORMAT_SCRIPT
    call = recorded_pb.RecordedCall(
        call_id=invocation.tool_call_id,
        agent=invocation.agent,
        tool=invocation.tool,
        input_json=invocation.input_json,
        context_json=kept.tape.context_json,
        messages_json=invocation.messages_json,
        approved=invocation.approved,
        program_digest=program.digest,
        format=program_format,
        part=part,
        env=opening.env,
        capabilities=opening.capabilities,
        load=() if kept.load is None else _exchanges(kept.load.exchanges.values()),
        exchanges=_exchanges(kept.tape.exchanges.values()),
        console=[
            recorded_pb.RecordedLine(level=line.level, text=line.text) for line in kept.tape.console
        ],
        fuel=ended.usage.fuel,
        bodies=bodies,
    )
    call.limits.MergeFromString(kept.limits)
    if ended.trace:
        call.trace.MergeFromString(ended.trace)
    if ended.failure is not None:
        call.failure.CopyFrom(failure_message(ended.failure))
    elif len(ended.output_json) > MOST_OUTPUT_CHARACTERS:
        call.output_digest = digest_of(ended.output_json)
    else:
        call.output_json = ended.output_json
    if len(ended.model_output_json) <= MOST_OUTPUT_CHARACTERS:
        call.model_output_json = ended.model_output_json
    return call.SerializeToString()


def _exchanges(exchanges: Iterable[Exchange]) -> Iterable[recorded_pb.RecordedExchange]:
    for each in exchanges:
        message = recorded_pb.RecordedExchange(
            host_call_id=each.host_call_id,
            capability=each.capability,
            input_json=each.input_json,
            input_digest=each.input_digest,
        )
        if each.failure is not None:
            message.failure.CopyFrom(failure_message(each.failure))
        elif each.output_json is not None:
            message.output_json = each.output_json
        elif each.output_digest:
            message.output_digest = each.output_digest
        yield message
