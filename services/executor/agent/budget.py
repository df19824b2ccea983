"""How much a run may do: the deployment's limits, lowered by the bundle's and the request's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from services.executor.domain import AgentSpec
from services.executor.limits import RunLimits, ToolCallLimits


@dataclass(frozen=True)
class DeploymentLimits:
    """What this deployment allows a run.

    ``max_steps`` counts model queries, ``timeout_s`` is the wall time of the run,
    ``tool_text_bytes`` is how much of one tool's result the model is shown, ``tool`` what this
    executor lowers of the toolrunner's own limits of each call.
    """

    max_steps: int = 20
    timeout_s: float = 600.0
    tool_text_bytes: int = 100 * 1024
    tool: ToolCallLimits = field(default_factory=ToolCallLimits)


@dataclass(frozen=True)
class Budget:
    """What one run may do."""

    max_steps: int
    timeout_s: float
    tool_text_bytes: int
    tool_limits: ToolCallLimits


def budget_of(deployment: DeploymentLimits, agent: AgentSpec, asked: RunLimits) -> Budget:
    """Return the lowest of what deployment, bundle and request say; at least one step."""
    steps = [deployment.max_steps, agent.max_steps, asked.max_steps]
    timeouts = [deployment.timeout_s, asked.timeout_s]
    return Budget(
        max_steps=max(1, min(step for step in steps if step is not None)),
        timeout_s=min(timeout for timeout in timeouts if timeout is not None),
        tool_text_bytes=deployment.tool_text_bytes,
        tool_limits=lowered(deployment.tool, asked.tool),
    )


def lowered(most: ToolCallLimits, asked: ToolCallLimits) -> ToolCallLimits:
    """Return ``most`` with each limit lowered to what is asked, where that is less."""
    lowest = {
        name: min(
            (limit for limit in (own, getattr(asked, name)) if limit is not None), default=None
        )
        for name, own in asdict(most).items()
    }
    return ToolCallLimits(**lowest)


def cut_text(text: str, limit_bytes: int) -> str:
    """Return ``text`` when it fits into ``limit_bytes`` of UTF-8, else its beginning and a note."""
    if len(text) * 4 <= limit_bytes:
        return text
    encoded = text.encode()
    if len(encoded) <= limit_bytes:
        return text
    kept = encoded[:limit_bytes].decode(errors="ignore")
    return f"{kept}\n[cut here: the whole result is {len(encoded)} bytes, {limit_bytes} are shown]"
