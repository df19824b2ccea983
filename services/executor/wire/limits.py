"""The limits of a run in a request."""

from __future__ import annotations

import math

from google.protobuf.duration_pb2 import Duration

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.limits import RunLimits, ToolCallLimits
from services.executor.wire.request_checker import RequestChecker


def from_limits(limits: pb.RunLimits, check: RequestChecker) -> RunLimits:
    """Return the limits; those out of range go to ``check``."""

    def positive(field: str) -> int | None:
        if not limits.HasField(field):
            return None
        value: int = getattr(limits, field)
        if value == 0:
            check.wrong(f"limits.{field}", "It must be at least 1; leave it out for the default.")
        return value

    def count(field: str) -> int | None:
        return getattr(limits, field) if limits.HasField(field) else None

    def seconds(field: str) -> float | None:
        if not limits.HasField(field):
            return None
        duration: Duration = getattr(limits, field)
        value = duration.seconds + duration.nanos / 1e9
        if value <= 0:
            check.wrong(
                f"limits.{field}", "It must be more than 0 s; leave it out for the default."
            )
        return value

    def dollars(field: str) -> float | None:
        if not limits.HasField(field):
            return None
        value: float = getattr(limits, field)
        if not (math.isfinite(value) and value > 0):
            check.wrong(f"limits.{field}", "It must be more than 0; leave it out for the default.")
        return value

    return RunLimits(
        max_steps=positive("max_steps"),
        timeout_s=seconds("timeout"),
        max_tool_calls=count("max_tool_calls"),
        max_input_tokens=positive("max_input_tokens"),
        max_output_tokens=positive("max_output_tokens"),
        max_cost_usd=dollars("max_cost_usd"),
        first_token_s=seconds("first_token_timeout"),
        token_gap_s=seconds("token_gap_timeout"),
        tool_time_s=seconds("tool_time"),
        tool_text_bytes=positive("tool_text_bytes"),
        tool=ToolCallLimits(
            timeout_s=seconds("tool_timeout"),
            fuel=positive("tool_fuel"),
            memory_bytes=positive("tool_memory_bytes"),
            output_bytes=positive("tool_output_bytes"),
            console_bytes=count("tool_console_bytes"),
            heap_bytes=positive("tool_heap_bytes"),
            stack_bytes=positive("tool_stack_bytes"),
            host_wait_s=seconds("tool_host_wait"),
            host_calls=count("tool_host_calls"),
            host_calls_in_flight=count("tool_host_calls_in_flight"),
            timers=count("tool_timers"),
        ),
    )
