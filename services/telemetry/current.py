"""What is being worked on, for what is told of it: the trace, so that logs and metrics name it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

TRACE_ID: Final[ContextVar[str]] = ContextVar("trace_id", default="")
"""The sampled trace that is being recorded, as 32 hexadecimal digits; whoever traces sets it."""

SPAN_ID: Final[ContextVar[str]] = ContextVar("span_id", default="")
"""The span of that trace, as 16 hexadecimal digits."""


def current_trace_id() -> str:
    """Return the id of the current trace; empty when nothing is traced."""
    return TRACE_ID.get()


def current_span_id() -> str:
    """Return the id of the current span; empty when nothing is traced."""
    return SPAN_ID.get()
