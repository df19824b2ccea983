"""When an agent of the OpenAI Agents SDK stops a run: its ``toolUseBehavior``."""

from __future__ import annotations

from services.executor.agent_parts import HookName, StopCondition, ToolWasCalled
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import is_nullish
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import Json


def read_stops(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> tuple[StopCondition, ...]:
    """Return the tools after whose calls the run stops; the sandbox is asked for a function."""
    value = part(evaluator, agent.settings, "toolUseBehavior")
    if value is None or is_nullish(value):
        return ()
    where = f"{path}.toolUseBehavior"
    try:
        behavior: Json = json_of(evaluator, value)
    except NotLiteralError as error:
        diagnostics.hook(HookName.TOOL_USE_BEHAVIOR, where, error.node or value.node)
        return ()
    if behavior == "run_llm_again":
        return ()
    if behavior == "stop_on_first_tool":
        return (ToolWasCalled(None),)
    names = behavior.get("stopAtToolNames") if isinstance(behavior, dict) else None
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(ToolWasCalled(name) for name in names if isinstance(name, str))
    reason = "it is not a behavior: after which calls a run must stop is not known"
    diagnostics.refuse(where, reason, value.node)
    return ()
