"""The current span: what spans, logs and exemplars made now belong to.

It follows ``contextvars``: a task that is created inside of a span belongs to it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from services.telemetry.traces.port import NO_SPAN, Span

CURRENT: Final[ContextVar[Span]] = ContextVar("span", default=NO_SPAN)


def current_span() -> Span:
    """Return the current span; one that does nothing where nothing is traced."""
    return CURRENT.get()


def current_trace_id() -> str:
    """Return the id of the current trace, if it is recorded: 32 hexadecimal digits, or nothing."""
    span = CURRENT.get()
    return span.trace_id if span.recording else ""


def current_span_id() -> str:
    """Return the id of the current span, if it is recorded: 16 hexadecimal digits, or nothing."""
    span = CURRENT.get()
    return span.span_id if span.recording else ""
