"""Traces of calls and loads: protobuf <-> the sandbox's own."""

from __future__ import annotations

from caisson.toolrunner.v1 import tool_runner_service_pb2 as public_pb
from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.outcome_wire import failure_message
from services.toolrunner.sandbox.tape import Trace


def trace_of(message: public_pb.Trace) -> Trace:
    """Return a trace to replay; the front has checked it.

    How its host calls failed is left out: whoever asked for the replay answers them.
    """
    return Trace(
        seed=message.seed,
        clock_us=message.clock_us,
        steps=list(message.steps),
        elapsed_us=list(message.elapsed_us),
        recovers=message.recovers,
        given_us=message.given_us,
    )


def put_trace(done: pb.Done, call: Trace, load: Trace | None, sandbox: str) -> None:
    """Put the trace of a call, and that of its load, into the message of its end."""
    done.trace.call.CopyFrom(trace_message(call))
    if load is not None:
        done.trace.load.CopyFrom(trace_message(load))
    done.trace.sandbox = sandbox


def trace_message(trace: Trace) -> public_pb.Trace:
    """Return a trace as protobuf."""
    message = public_pb.Trace(
        seed=trace.seed,
        clock_us=trace.clock_us,
        steps=trace.steps,
        elapsed_us=trace.elapsed_us,
        recovers=trace.recovers,
        given_us=trace.given_us,
        cut=trace.cut,
    )
    for number, failure in trace.failures.items():
        message.failures[number].CopyFrom(failure_message(failure))
    return message
