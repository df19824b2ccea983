"""What is told of the queries that tools make to models."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.executor.conversation import TokenUsage


@dataclass(frozen=True, slots=True)
class ToolModelQuery:
    """A query of a tool to a model has ended, or was refused.

    ``error`` is empty for one that was answered. ``usage`` counts in the run's.
    """

    call_id: str
    model: str
    usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0
    error: str = ""
