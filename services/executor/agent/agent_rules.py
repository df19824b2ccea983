"""What an agent says about its own loop: which tools the model must call, and when to stop."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.executor.conversation import ToolCall
from services.executor.domain import AgentSpec, Framework, ToolChoice, ToolChoiceMode, ToolWasCalled


def tool_choice_of(
    agent: AgentSpec, offered: Collection[str], *, tools_were_called: bool
) -> ToolChoice | None:
    """Return the choice for the next query; None leaves it to the model.

    A choice of a tool that is not offered cannot be asked for. The OpenAI Agents SDK drops the
    choice once a tool was called, unless ``resetToolChoice`` is false.
    """
    choice = agent.tool_choice
    if choice is None or (choice.mode is ToolChoiceMode.TOOL and choice.tool not in offered):
        return None
    resets = agent.framework is Framework.OPENAI_AGENTS
    resets = resets and agent.settings.get("resetToolChoice") is not False
    return None if resets and tools_were_called else choice


def stops_after(agent: AgentSpec, calls: Sequence[ToolCall]) -> bool:
    """Tell whether the bundle stops the run after a step with these calls."""
    called = {call.tool for call in calls}
    return any(
        isinstance(condition, ToolWasCalled)
        and (bool(called) if condition.tool is None else condition.tool in called)
        for condition in agent.stop_conditions
    )
