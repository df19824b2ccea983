"""The AI SDK's ``stopWhen`` and ``maxSteps``: a number of steps, a tool call, or a function."""

from __future__ import annotations

from services.executor.agent_parts import (
    AgentPart,
    HookName,
    StepCount,
    StopCondition,
    ToolWasCalled,
)
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    FunctionValue,
    ImportRef,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.framework import FoundAgent, package_of
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, descendants, property_name

MAX_CONDITION_NODES = 80
PACKAGES = frozenset({"ai"})
_STEP_COUNTS = frozenset({"isStepCount", "stepCountIs"})
# A count goes up by one, so that reaching it and being it are the same.
_REACHED = frozenset({"==", "===", ">="})
_HAS_TOOL_CALL = frozenset({"steps", "toolCalls", "toolName"})
_ON_THE_WAY = frozenset({"at", "includes", "length", "some"})


def read_stops(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> tuple[StopCondition, ...]:
    """Return the stop conditions, any of which is enough; the sandbox is asked for others."""
    found: tuple[StopCondition, ...] = ()
    value = part(evaluator, agent.settings, "maxSteps")
    if value is not None and not is_nullish(value):
        steps = _whole(evaluator.forced(value))
        if steps is None:
            reason = "it is not a constant number of steps"
            diagnostics.ask(AgentPart.SETTINGS, f"{path}.maxSteps", reason, value.node)
        else:
            found = (StepCount(steps),)
    value = part(evaluator, agent.settings, "stopWhen")
    if value is None or is_nullish(value):
        return found
    packages = agent.framework.packages | PACKAGES
    for condition in _conditions(evaluator, value):
        read = _condition(evaluator, condition, packages)
        if read is None:
            diagnostics.hook(HookName.STOP_WHEN, f"{path}.stopWhen", condition.node or value.node)
        else:
            found = (*found, *read)
    return found


def _conditions(evaluator: Evaluator, value: Value) -> list[Value]:
    if isinstance(value, ArrayValue):
        rest = () if value.opaque is None else (value.opaque,)
        return [*(evaluator.value_of(item) for item in value.items), *rest]
    return [value]


def _condition(
    evaluator: Evaluator, condition: Value, packages: frozenset[str]
) -> tuple[StopCondition, ...] | None:
    """Return what a call such as ``stepCountIs(5)`` means, nothing if it never stops."""
    if not isinstance(condition, CallValue):
        return None
    kind = _kind(evaluator.value_of(condition.callee), packages)
    given = [evaluator.forced(evaluator.value_of(each)) for each in condition.arguments]
    if kind == "steps" and len(given) == 1:
        steps = _whole(given[0])
        return None if steps is None else (StepCount(steps),)
    if kind == "tools" and given:
        names = [each.value for each in given if isinstance(each, Constant)]
        calls = tuple(ToolWasCalled(name) for name in names if isinstance(name, str))
        return calls if len(calls) == len(given) else None
    return () if kind == "never" else None


def _kind(callee: Value, packages: frozenset[str]) -> str | None:
    """Return what a condition factory checks, by its import or by what its function reads."""
    if isinstance(callee, ImportRef):
        is_known = package_of(callee.specifier) in packages
        name = callee.path[-1] if callee.path and is_known else ""
        if name in _STEP_COUNTS:
            return "steps"
        return {"hasToolCall": "tools", "isLoopFinished": "never"}.get(name)
    if not isinstance(callee, FunctionValue):
        return None
    inner = _returned(callee.node)
    if inner is None or inner.type not in FUNCTION_TYPES:
        return None
    if _counts_steps(callee.node, inner):
        return "steps"
    if _HAS_TOOL_CALL <= _members_in(inner) <= _HAS_TOOL_CALL | _ON_THE_WAY:
        return "tools"
    body = inner.body
    never = body.type == "Literal" or (body.type == "UnaryExpression" and body.operator == "!")
    return "never" if never and not inner.params else None


def _returned(function: Node) -> Node | None:
    """Return the expression that a function returns directly."""
    body = function.body
    if body.type != "BlockStatement":
        return body
    returned = [s.argument for s in body.body if s.type == "ReturnStatement"]
    return returned[0] if returned else None


def _counts_steps(factory: Node, condition: Node) -> bool:
    """Tell whether a condition is ``({ steps }) => steps.length === count``, and no more."""
    test = _returned(condition)
    if test is None or test.type != "BinaryExpression" or test.operator not in _REACHED:
        return False
    count, length = test.right, test.left
    if count.type != "Identifier":
        count, length = length, count
    return (
        count.type == "Identifier"
        and [count.name] == [each.name for each in factory.params if each.type == "Identifier"]
        and length.type == "MemberExpression"
        and _members_in(condition) == {"steps", "length"}
    )


def _members_in(function: Node) -> set[str]:
    """Return the names of the members that a function reads, also by taking its argument apart."""
    names: set[str] = set()
    for node in descendants(function, MAX_CONDITION_NODES):
        if node.type == "Property":
            names.add(property_name(node.key, computed=bool(node.computed)) or "")
        elif node.type == "MemberExpression" and not node.computed:
            names.add(str(node.property.name))
    return names


def _whole(value: Value) -> int | None:
    if not isinstance(value, Constant) or isinstance(value.value, bool):
        return None
    number = value.value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return number if isinstance(number, int) and number > 0 else None
