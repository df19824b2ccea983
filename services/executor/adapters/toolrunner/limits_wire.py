"""Converts the limits of tool calls."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.limits import ToolCallLimits

NANOS = 1_000_000_000


def limits_message(limits: ToolCallLimits) -> pb.Limits:
    """Return limits as protobuf; those that are None are left out."""
    given = {name: value for name, value in asdict(limits).items() if value is not None}
    message = pb.Limits()
    for name, value in given.items():
        if name.endswith("_s"):
            duration: Duration = getattr(message, name.removesuffix("_s"))
            whole = int(value)
            # Separately, since a double cannot hold the microseconds of many years.
            duration.FromNanoseconds(max(1000, round((value - whole) * 1e9) + whole * NANOS))
        else:
            setattr(message, name, value)
    return message


def limits_of(message: pb.Limits) -> ToolCallLimits:
    """Return limits from protobuf."""
    given: dict[str, Any] = {}
    for field, value in message.ListFields():
        is_time = isinstance(value, Duration)
        given[f"{field.name}_s" if is_time else field.name] = (
            seconds_of(value) if is_time else value
        )
    return ToolCallLimits(**given)


def seconds_of(duration: Duration) -> float:
    """Return a duration in seconds."""
    return float(duration.seconds) + duration.nanos / 1e9
