"""An agent's settings of the model query, and when it stops."""

from __future__ import annotations

from services.executor.bundle.diagnostics import Diagnostics
from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.frameworks.found import FoundAgent, part
from services.executor.bundle.literals import NotLiteralError, json_of
from services.executor.bundle.syntax import FUNCTION_TYPES, Node, descendants
from services.executor.bundle.values import (
    ArrayValue,
    CallValue,
    Constant,
    FunctionValue,
    ImportRef,
    Undefined,
    Value,
)
from services.executor.domain import Json

# The AI SDK's names of what a model query takes; older releases say some otherwise.
_NAMES = {
    "frequencyPenalty": "frequencyPenalty",
    "maxOutputTokens": "maxOutputTokens",
    "maxRetries": "maxRetries",
    "maxTokens": "maxOutputTokens",
    "presencePenalty": "presencePenalty",
    "providerOptions": "providerOptions",
    "reasoning": "reasoning",
    "seed": "seed",
    "stopSequences": "stopSequences",
    "temperature": "temperature",
    "toolChoice": "toolChoice",
    "topK": "topK",
    "topP": "topP",
}
# Functions of the bundle that the AI SDK would call around a query, which Caisson does not.
_NOT_CALLED = (
    "prepareStep",
    "prepareCall",
    "onStepFinish",
    "onFinish",
    "experimental_repairToolCall",
)


def read_settings(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> dict[str, Json]:
    """Return the settings that are constants, under the AI SDK's names of today."""
    found: dict[str, Json] = {}
    for name, modern in _NAMES.items():
        value = part(evaluator, agent.settings, name)
        if value is None or isinstance(value, Undefined) or modern in found:
            continue
        try:
            found[modern] = json_of(evaluator, value)
        except NotLiteralError as error:
            reason = f"{error.reason}: this setting is left out, the model's own default holds"
            diagnostics.warning(f"{path}.{name}{error.path}", reason, error.node)
    for name in _NOT_CALLED:
        value = part(evaluator, agent.settings, name)
        if isinstance(value, FunctionValue):
            reason = "a function of the bundle that Caisson does not call around model queries"
            diagnostics.info(f"{path}.{name}", reason, value.node)
    return found


def read_max_steps(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> int | None:
    """Return the limit of model queries that ``stopWhen`` or ``maxSteps`` sets, or None."""
    value = part(evaluator, agent.settings, "maxSteps")
    if value is not None:
        steps = _whole(evaluator.forced(value))
        if steps is None:
            reason = "it is no constant number: the deployment's limit of steps holds"
            diagnostics.warning(f"{path}.maxSteps", reason, value.node)
        return steps
    value = part(evaluator, agent.settings, "stopWhen")
    if value is None or isinstance(value, Undefined):
        return None
    conditions = _conditions(evaluator, value)
    limits = [_step_limit(evaluator, condition) for condition in conditions]
    if None in limits:
        reason = "a condition other than `stepCountIs(n)` is not followed: the limit of steps holds"
        diagnostics.warning(f"{path}.stopWhen", reason, value.node)
    return min((limit for limit in limits if limit is not None), default=None)


def _conditions(evaluator: Evaluator, value: Value) -> list[Value]:
    if isinstance(value, ArrayValue):
        return [evaluator.value_of(item) for item in value.items]
    return [value]


def _whole(value: Value) -> int | None:
    if not isinstance(value, Constant) or isinstance(value.value, bool):
        return None
    return value.value if isinstance(value.value, int) and value.value > 0 else None


def _step_limit(evaluator: Evaluator, condition: Value) -> int | None:
    """Return n of ``stepCountIs(n)``: by its import, or by what the function compares."""
    if not isinstance(condition, CallValue) or len(condition.arguments) != 1:
        return None
    steps = _whole(evaluator.forced(evaluator.value_of(condition.arguments[0])))
    callee = evaluator.value_of(condition.callee)
    if isinstance(callee, ImportRef):
        known = callee.path[-1:] in (("stepCountIs",), ("isStepCount",))
        return steps if known else None
    if isinstance(callee, FunctionValue) and _counts_steps(callee.node):
        return steps
    return None


def _counts_steps(function: Node) -> bool:
    """Tell whether a function returns ``({steps}) => steps.length === n``."""
    body = function.body
    if body.type == "BlockStatement":
        returned = [s.argument for s in body.body if s.type == "ReturnStatement"]
        body = returned[0] if returned else body
    if body is None or body.type not in FUNCTION_TYPES:
        return False
    names = {str(n.name) for n in descendants(body, 60) if n.type == "Identifier"}
    return {"steps", "length"} <= names
