"""An agent's own rules for its loop: which tools the model must call, and when to stop."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.executor.agent.shown_results import where
from services.executor.agent.state import RunEnding
from services.executor.agent_parts import ToolWasCalled
from services.executor.bundle.frameworks.registry import framework_named
from services.executor.conversation import ToolCall
from services.executor.domain import (
    AgentSpec,
    FailureKind,
    ToolChoice,
    ToolChoiceMode,
    ToolFailure,
)

MAX_TEXT = 600


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


def end_by_failure(agent: AgentSpec, tool: str, failure: ToolFailure) -> RunEnding | None:
    """Return how a failed call ends the run, None where its framework goes on."""
    framework = framework_named(agent.framework)
    if framework is None or not framework.throws_end_runs:
        return None
    if failure.kind is not FailureKind.THROWN:
        return None
    what = f"{failure.text[:MAX_TEXT]}{where(failure)}"
    if failure.name in framework.tripwires:
        return RunEnding(True, f'A guardrail of the tool "{tool[:128]}" ended the run: {what}')
    why = f"which ends the run in {framework.label}: {what}"
    return RunEnding(False, f'The tool "{tool[:128]}" of the bundle failed, {why}')


def ending_tool(agent: AgentSpec, calls: Sequence[ToolCall]) -> ToolCall | None:
    """Return the call whose output is the run's answer, None where the model's text is it."""
    framework = framework_named(agent.framework)
    if framework is None or not framework.tools_answer:
        return None
    names = {each.tool for each in agent.stop_conditions if isinstance(each, ToolWasCalled)}
    return next((call for call in calls if None in names or call.tool in names), None)


def calls_at_once(agent: AgentSpec) -> int | None:
    """Return how many calls of one step may run side by side; None for all.

    One where the agent wants no parallel calls: some models do not take that setting, or ignore it.
    """
    if agent.settings.get("parallelToolCalls") is False:
        return 1
    given = agent.settings.get("toolCallConcurrency")
    limit = given.get("limit") if isinstance(given, dict) else given
    return limit if isinstance(limit, int) and limit > 0 else None
