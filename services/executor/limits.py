"""Limits of a run, as set by deployment, bundle and request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from services.front.limits import MIB

# Defaults of settings, and of the parts that they configure.
TOOLRUNNER_CONNECT_S: Final = 3.0
# A value that a bundle takes from the clock while it loads is at most so old in a run.
FRESH_LOAD_S: Final = 60.0
BUNDLE_FETCH_S: Final = 30.0
BUNDLE_FETCH_REDIRECTS: Final = 5
PARSE_S: Final = 60.0
PARSE_MEMORY_BYTES: Final = 1024 * MIB
WAITING_BUNDLE_BYTES: Final = 256 * MIB
SCHEMA_S: Final = 2.0
SCHEMA_MEMORY_BYTES: Final = 256 * MIB
FETCHES_PER_CLIENT: Final = 64


@dataclass(frozen=True)
class ToolCallLimits:
    """Limits that lower the toolrunner's own; None leaves its own."""

    timeout_s: float | None = None
    fuel: int | None = None
    memory_bytes: int | None = None
    output_bytes: int | None = None
    console_bytes: int | None = None
    heap_bytes: int | None = None
    stack_bytes: int | None = None
    host_wait_s: float | None = None
    host_calls: int | None = None
    host_calls_in_flight: int | None = None
    timers: int | None = None


@dataclass(frozen=True)
class RunLimits:
    """Limits of a request that lower the deployment's; None leaves the deployment's own.

    Attributes:
        max_steps: model queries.
        timeout_s: seconds of wall time.
        max_tool_calls: started tool calls.
        max_input_tokens: tokens of all prompts together.
        max_output_tokens: tokens of all answers together, reasoning included.
        max_cost_usd: US dollars of all queries together.
        first_token_s: seconds from a query to the first piece of its answer.
        token_gap_s: seconds between two pieces of an answer.
        tool_time_s: seconds in which tools run, all steps together.
        tool_text_bytes: bytes of one tool result that the model sees.
        tool: limits of each tool call.
    """

    max_steps: int | None = None
    timeout_s: float | None = None
    max_tool_calls: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    max_cost_usd: float | None = None
    first_token_s: float | None = None
    token_gap_s: float | None = None
    tool_time_s: float | None = None
    tool_text_bytes: int | None = None
    tool: ToolCallLimits = field(default_factory=ToolCallLimits)


@dataclass(frozen=True)
class DeploymentLimits:
    """What this deployment allows a run; None is no limit of its own.

    ``max_steps`` counts model queries, ``timeout_s`` is the wall time of the run, ``tool`` is what
    this executor lowers of the toolrunner's own limits of each call. The others are those of
    ``RunLimits``.
    """

    max_steps: int = 20
    timeout_s: float = 600.0
    tool_text_bytes: int = 100 * 1024
    tool: ToolCallLimits = field(default_factory=ToolCallLimits)
    max_tool_calls: int | None = 256
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    max_cost_usd: float | None = None
    first_token_s: float = 120.0
    token_gap_s: float = 120.0
    tool_time_s: float | None = None
