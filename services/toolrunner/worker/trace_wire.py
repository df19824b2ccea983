"""Traces of calls and loads: protobuf <-> the sandbox's own."""

from __future__ import annotations

from caisson.toolrunner.v1 import tool_runner_service_pb2 as public_pb
from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.errors import ProtocolError
from services.toolrunner.outcome_wire import failure_message
from services.toolrunner.sandbox.tape import SEED_BYTES, Trace


def trace_of(message: public_pb.Trace) -> Trace:
    """Return a trace to replay; raises ProtocolError for one that the front would have refused.

    How its host calls failed is left out: whoever asked for the replay answers them.
    """
    if len(message.seed) != SEED_BYTES or len(message.steps) != len(message.elapsed_us):
        raise ProtocolError("the front sent a trace that cannot be repeated")
    return Trace(
        seed=message.seed,
        clock_us=message.clock_us,
        steps=list(message.steps),
        elapsed_us=list(message.elapsed_us),
        recovers=message.recovers,
        given_us=message.given_us,
    )


def put_trace(done: pb.Done, call: Trace, load: bytes, sandbox: str) -> None:
    """Put the trace of a call, and its load's, serialized, into the message of its end."""
    _fill(done.trace.call, call)
    if load:
        done.trace.load.MergeFromString(load)
    done.trace.sandbox = sandbox


def serialized(trace: Trace) -> bytes:
    """Return a trace as the bytes of its message."""
    message = public_pb.Trace()
    _fill(message, trace)
    return message.SerializeToString()


def _fill(message: public_pb.Trace, trace: Trace) -> None:
    message.seed = trace.seed
    message.clock_us = trace.clock_us
    if trace.steps:
        message.steps.extend(trace.steps)
        message.elapsed_us.extend(trace.elapsed_us)
    message.recovers = trace.recovers
    message.given_us = trace.given_us
    message.cut = trace.cut
    for number, failure in trace.failures.items():
        message.failures[number].CopyFrom(failure_message(failure))
