"""The worker's side of its protocol with the front: protobuf <-> domain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from caisson.toolrunner.v1 import tool_runner_service_pb2 as public_pb
from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner import strict_json
from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    Limits,
    LoadReads,
    Outcome,
    ToolFailure,
)
from services.toolrunner.errors import ProtocolError
from services.toolrunner.outcome_wire import failure_message, incomplete_message, usage_message

# What clocks, wasmtime and the guest can represent; settings allow far less.
MOST = {"fuel": 2**63 - 1, "memory_bytes": 2**32}
MOST_OF_OTHERS = 2**32


NO_ANSWER = '"failure":{"kind":"THROWN","message":"The answer to the request is not JSON."}'


def limits_of(message: pb.WorkLimits) -> Limits:
    """Return the limits of a load or call; raises ProtocolError for values out of range.

    Most calls have the same limits, so those are parsed once.
    """
    return _parsed_limits(message.SerializeToString(deterministic=True))


@lru_cache(maxsize=64)
def _parsed_limits(data: bytes) -> Limits:
    message = pb.WorkLimits.FromString(data)
    for field, value in message.ListFields():
        if value > MOST.get(field.name, MOST_OF_OTHERS):
            raise ProtocolError(f"the front sent a limit that is too large: {field.name} {value}")
    return Limits(
        timeout_s=message.timeout_ms / 1000,
        fuel=message.fuel,
        memory_bytes=message.memory_bytes,
        output_bytes=message.output_bytes,
        console_bytes=message.console_bytes,
        heap_bytes=message.heap_bytes,
        stack_bytes=message.stack_bytes,
        host_wait_s=message.host_wait_ms / 1000,
        host_calls=message.host_calls,
        host_calls_in_flight=message.host_calls_in_flight,
        timers=message.timers,
    )


def is_module(load: pb.LoadProgram) -> bool:
    """Return whether a program is a module; anything else is a script."""
    return load.format == public_pb.PROGRAM_FORMAT_MODULE


def grants_requests(load: pb.LoadProgram) -> bool:
    """Return whether a load may make requests; raises ProtocolError for an invalid grant."""
    if not load.given_json:
        return False
    try:
        return bool(json.loads(load.given_json).get("capabilities"))
    except (ValueError, AttributeError) as error:
        raise ProtocolError("the front sent a grant that cannot be read") from error


def envelope_of(start: pb.StartCall) -> bytes:
    """Return the JSON of the guest's call; raises ValueError when a part is not JSON."""
    messages = start.messages_json or "[]"
    for part in (start.input_json, start.context_json, messages):
        strict_json.check(part)
    names = json.dumps(
        {
            "agent": start.agent,
            "tool": start.tool,
            "toolCallId": start.tool_call_id,
            "capabilities": list(start.capabilities),
            "member": start.member,
            "approved": start.approved,
        }
    )
    given = f'"input":{start.input_json},"context":{start.context_json},"messages":{messages}'
    return f"{names[:-1]},{given}}}".encode()


def _is_json(text: str) -> bool:
    try:
        strict_json.check(text)
    except (ValueError, RecursionError):
        return False
    return True


def resume_of(result: pb.DeliverHostResult) -> bytes:
    """Return the JSON of the guest's resume; raises ProtocolError for an invalid answer.

    The front does not check long answers, so one that is not JSON fails in the guest.
    """
    try:
        if result.WhichOneof("outcome") == "failure":
            kind = public_pb.FailureKind.Name(result.failure.kind).removeprefix("FAILURE_KIND_")
            told = {"kind": kind, "message": result.failure.message, "code": result.failure.name}
            failure = json.dumps(told)
            outcome = f'"failure":{failure}'
        else:
            outcome = (
                f'"output":{result.output_json}' if _is_json(result.output_json) else NO_ANSWER
            )
    except ValueError as error:
        raise ProtocolError("the front sent an invalid host answer") from error
    return f'{{"hostResults":[{{"id":{result.host_call_id},{outcome}}}]}}'.encode()


def failure_of(failure: public_pb.ToolFailure) -> ToolFailure:
    """Return how a host call failed; its kind was checked by the front."""
    return ToolFailure(FailureKind(failure.kind), failure.message, failure.name)


def ready(held: Iterable[str], missing: Iterable[str]) -> pb.WorkerResponse:
    """Return the first message of a worker."""
    return pb.WorkerResponse(ready=pb.Ready(jail=held, missing=missing))


def loaded(work_id: int, outcome: Outcome, image_bytes: int, reads: LoadReads) -> pb.WorkerResponse:
    """Return the end of a load."""
    failure = failure_message(outcome.failure) if outcome.failure else None
    return pb.WorkerResponse(
        loaded=pb.Loaded(
            work_id=work_id,
            failure=failure,
            usage=usage_message(outcome.usage),
            image_bytes=image_bytes,
            incomplete=incomplete_message(outcome.incomplete),
            reads=pb.LoadReads(env=sorted(reads.env), all_env=reads.all_env, fetches=reads.fetches),
        )
    )


def done(work_id: int, outcome: Outcome) -> pb.WorkerResponse:
    """Return the end of a call."""
    usage = usage_message(outcome.usage)
    if outcome.failure:
        failure = failure_message(outcome.failure)
        return pb.WorkerResponse(done=pb.Done(work_id=work_id, failure=failure, usage=usage))
    return pb.WorkerResponse(
        done=pb.Done(
            work_id=work_id,
            output_json=outcome.output_json,
            usage=usage,
            model_output_json=outcome.model_output_json,
        )
    )


def console(work_id: int, level: ConsoleLevel, text: str) -> pb.WorkerResponse:
    """Return one console line."""
    return pb.WorkerResponse(
        console=pb.WorkConsole(work_id=work_id, level=f"CONSOLE_LEVEL_{level.name}", text=text)
    )


def host_call(work_id: int, input_json: str) -> pb.WorkerResponse:
    """Return a host call; raises ValueError for an invalid message."""
    fields = json.loads(input_json)
    number, capability = fields["id"], fields["capability"]
    if not (isinstance(number, int) and number > 0 and isinstance(capability, str)):
        raise ValueError("a host call needs a positive id and a capability")
    request = json.dumps(fields.get("input"))
    return pb.WorkerResponse(
        host_call=pb.WorkHostCall(
            work_id=work_id, host_call_id=number, capability=capability, input_json=request
        )
    )


def suspended(work_id: int, memory_bytes: int) -> pb.WorkerResponse:
    """Report that a call waits, and how much memory it holds."""
    return pb.WorkerResponse(suspended=pb.Suspended(work_id=work_id, memory_bytes=memory_bytes))


def resumed(work_id: int) -> pb.WorkerResponse:
    """Report that a call runs again without a message from the front."""
    return pb.WorkerResponse(resumed=pb.Resumed(work_id=work_id))
