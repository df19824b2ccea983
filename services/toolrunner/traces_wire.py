"""Traces as a caller sends them to be replayed: checked, and passed on as they are."""

from __future__ import annotations

from typing import Final

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.errors import OverLimitError, ProtocolError

SEED_BYTES: Final = 32
MOST_STEPS: Final = 65_536
MOST_TIME_US: Final = 2**53
GAVE_UP: Final = -1


def replay_of(message: pb.Open | pb.Call, where: str) -> bytes:
    """Return the trace that a stream or a call is to repeat, serialized; empty for none.

    Raises ProtocolError, naming ``where``, for one that no call or load can have.
    """
    if not message.HasField("replay"):
        return b""
    trace = message.replay
    if len(trace.seed) != SEED_BYTES:
        raise ProtocolError(f"{where}.seed must have {SEED_BYTES} bytes.")
    if len(trace.steps) > MOST_STEPS:
        raise OverLimitError(f"{where} has more than {MOST_STEPS} steps.")
    if len(trace.steps) != len(trace.elapsed_us):
        raise ProtocolError(f"{where} has not as many times as steps.")
    if trace.cut:
        raise ProtocolError(f"{where} is cut: it cannot be repeated.")
    if any(step < GAVE_UP for step in trace.steps):
        raise ProtocolError(f"{where} has a step that is not known.")
    passed = sum(abs(elapsed) for elapsed in trace.elapsed_us)
    if not 0 <= trace.clock_us <= MOST_TIME_US or passed > MOST_TIME_US:
        raise ProtocolError(f"{where} has a time that no clock shows.")
    if not 0 <= trace.given_us <= MOST_TIME_US:
        raise ProtocolError(f"{where}.given_us is a time that no clock shows.")
    return pb.Trace(
        seed=trace.seed,
        clock_us=trace.clock_us,
        steps=trace.steps,
        elapsed_us=trace.elapsed_us,
        recovers=trace.recovers,
        given_us=trace.given_us,
    ).SerializeToString()


def is_given(replay: bytes) -> bool:
    """Return whether the load of a checked trace was given an environment."""
    return pb.Trace.FromString(replay).given_us != 0
