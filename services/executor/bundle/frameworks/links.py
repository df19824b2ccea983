"""What Caisson does with agents that refer to each other, in any framework."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import Value
from services.executor.bundle.syntax.diagnostics import Diagnostics

MAX_LINKS = 200
NOT_KNOWN = (
    "the agent is none that the manifest lists: the tool is disabled; construct the agent outside "
    "of functions, or export it"
)


def say_too_many(count: int, path: str, whole: Value, diagnostics: Diagnostics) -> None:
    """Add a note that some agents are left out when there are too many."""
    if count > MAX_LINKS:
        reason = f"it holds {count} agents: those after the first {MAX_LINKS} are left out"
        diagnostics.warning(path, reason, whole.node)
