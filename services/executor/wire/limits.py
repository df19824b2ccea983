"""The limits of a run in a request, and the deployment's own."""

from __future__ import annotations

from typing import Any

from google.protobuf.duration_pb2 import Duration

from caisson.executor.v1 import run_pb2 as pb
from services.executor.limits import DeploymentLimits, RunLimits, ToolCallLimits
from services.executor.wire.request_checker import RequestChecker

NANO = 1_000_000_000


def from_limits(limits: Any, check: RequestChecker, field: str = "spec.limits") -> RunLimits:
    """Return the limits in a field of the request; ``check`` collects those out of range."""
    run = _Limits(field, limits, check)
    tool = _Limits(f"{field}.tool", limits.tool, check)
    cost = run.positive("max_cost_nano_usd")
    return RunLimits(
        max_steps=run.positive("max_steps"),
        timeout_s=run.seconds("timeout"),
        max_tool_calls=run.count("max_tool_calls"),
        max_input_tokens=run.positive("max_input_tokens"),
        max_output_tokens=run.positive("max_output_tokens"),
        max_cost_usd=None if cost is None else cost / NANO,
        first_token_s=run.seconds("first_token_timeout"),
        token_gap_s=run.seconds("token_gap_timeout"),
        tool_time_s=run.seconds("tool_time"),
        tool_text_bytes=run.positive("tool_text_bytes"),
        tool=ToolCallLimits(
            timeout_s=tool.seconds("timeout"),
            fuel=tool.positive("fuel"),
            memory_bytes=tool.positive("memory_bytes"),
            output_bytes=tool.positive("output_bytes"),
            console_bytes=tool.count("console_bytes"),
            heap_bytes=tool.positive("heap_bytes"),
            stack_bytes=tool.positive("stack_bytes"),
            host_wait_s=tool.seconds("host_wait"),
            host_calls=tool.count("host_calls"),
            host_calls_in_flight=tool.count("host_calls_in_flight"),
            timers=tool.count("timers"),
        ),
    )


def to_limits(limits: DeploymentLimits) -> pb.RunLimits:
    """Return the limits that this deployment sets for a run."""
    tool, cost = limits.tool, limits.max_cost_usd
    return pb.RunLimits(
        timeout=to_duration(limits.timeout_s),
        max_steps=limits.max_steps,
        max_tool_calls=limits.max_tool_calls,
        max_input_tokens=limits.max_input_tokens,
        max_output_tokens=limits.max_output_tokens,
        max_cost_nano_usd=None if cost is None else round(cost * NANO),
        first_token_timeout=to_duration(limits.first_token_s),
        token_gap_timeout=to_duration(limits.token_gap_s),
        tool_time=_duration_or_none(limits.tool_time_s),
        tool_text_bytes=limits.tool_text_bytes,
        tool=pb.ToolLimits(
            timeout=_duration_or_none(tool.timeout_s),
            fuel=tool.fuel,
            memory_bytes=tool.memory_bytes,
            heap_bytes=tool.heap_bytes,
            stack_bytes=tool.stack_bytes,
            output_bytes=tool.output_bytes,
            console_bytes=tool.console_bytes,
            host_wait=_duration_or_none(tool.host_wait_s),
            host_calls=tool.host_calls,
            host_calls_in_flight=tool.host_calls_in_flight,
            timers=tool.timers,
        ),
    )


def to_duration(seconds: float) -> Duration:
    """Return seconds, to the microsecond."""
    duration = Duration()
    duration.FromMicroseconds(int(seconds * 1e6))
    return duration


def _duration_or_none(seconds: float | None) -> Duration | None:
    return None if seconds is None else to_duration(seconds)


class _Limits:
    """Reads the fields of one message of limits."""

    def __init__(self, name: str, limits: Any, check: RequestChecker) -> None:
        self._name = name
        self._limits = limits
        self._check = check

    def positive(self, field: str) -> int | None:
        return self._number(field, 1)

    def count(self, field: str) -> int | None:
        return self._number(field, 0)

    def seconds(self, field: str) -> float | None:
        if not self._limits.HasField(field):
            return None
        duration: Duration = getattr(self._limits, field)
        value = duration.seconds + duration.nanos / 1e9
        if value <= 0:
            self._wrong(field, "It must be more than 0 s; leave it out for the default.")
        return value

    def _number(self, field: str, least: int) -> int | None:
        if not self._limits.HasField(field):
            return None
        value: int = getattr(self._limits, field)
        if value < least:
            self._wrong(field, f"It must be at least {least}; leave it out for the default.")
        return value

    def _wrong(self, field: str, why: str) -> None:
        self._check.wrong(f"{self._name}.{field}", why)
