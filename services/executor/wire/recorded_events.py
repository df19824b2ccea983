"""Reads events back that were recorded."""

from __future__ import annotations

from collections.abc import Sequence

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2


def ended_of(data: bytes) -> bytes:
    """Return the serialized ``RunEnded`` of a serialized response that has one."""
    ended: bytes = pb.ExecuteAgentResponse.FromString(data).event.run_ended.SerializeToString()
    return ended


def parsed(events: Sequence[bytes]) -> list[run_event_pb2.RunEvent]:
    """Return recorded events as messages."""
    return [pb.ExecuteAgentResponse.FromString(data).event for data in events]
