"""When an agent of the OpenAI Agents SDK stops a run: its ``toolUseBehavior``."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import Undefined
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import Json, StopCondition, ToolWasCalled


def read_stops(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> tuple[StopCondition, ...]:
    """Return the tools after whose calls the run stops."""
    value = part(evaluator, agent.settings, "toolUseBehavior")
    if value is None or isinstance(value, Undefined):
        return ()
    try:
        behavior: Json = json_of(evaluator, value)
    except NotLiteralError as error:
        reason = f"{error.reason}: the run continues after tool calls"
        diagnostics.warning(f"{path}.toolUseBehavior{error.path}", reason, error.node)
        return ()
    if behavior == "stop_on_first_tool":
        return (ToolWasCalled(None),)
    names = behavior.get("stopAtToolNames") if isinstance(behavior, dict) else None
    if isinstance(names, list):
        return tuple(ToolWasCalled(name) for name in names if isinstance(name, str))
    return ()
