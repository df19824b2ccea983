"""An agent's own rules for its loop: which tools the model must call, and when to stop."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.executor.agent_parts import ToolWasCalled
from services.executor.bundle.frameworks.registry import framework_named
from services.executor.conversation import ToolCall
from services.executor.domain import AgentSpec, ToolChoice, ToolChoiceMode


def tool_choice_of(
    agent: AgentSpec, offered: Collection[str], *, tools_were_called: bool
) -> ToolChoice | None:
    """Return the choice for the next query; None leaves it to the model.

    A tool that is not offered cannot be chosen. Some frameworks drop the choice once a tool was
    called.
    """
    choice = agent.tool_choice
    if choice is None or (choice.mode is ToolChoiceMode.TOOL and choice.tool not in offered):
        return None
    framework = framework_named(agent.framework)
    drops = framework is not None and framework.drops_tool_choice(agent.settings)
    return None if drops and tools_were_called else choice


def stops_after(agent: AgentSpec, calls: Sequence[ToolCall]) -> bool:
    """Tell whether the bundle stops the run after a step with these calls."""
    called = {call.tool for call in calls}
    return any(
        isinstance(condition, ToolWasCalled)
        and (bool(called) if condition.tool is None else condition.tool in called)
        for condition in agent.stop_conditions
    )


def calls_at_once(agent: AgentSpec) -> int | None:
    """Return how many calls of one step may run side by side; None for all."""
    given = agent.settings.get("toolCallConcurrency")
    limit = given.get("limit") if isinstance(given, dict) else given
    return limit if isinstance(limit, int) and limit > 0 else None
