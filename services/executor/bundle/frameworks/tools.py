"""What a tool's definition looks like, however it was made: ``createTool``, ``tool``, a literal."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    Constant,
    FunctionValue,
    ImportRef,
    MemberValue,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.evidence import framework_of_import
from services.executor.bundle.frameworks.found import part
from services.executor.bundle.frameworks.openai_agents import function_name
from services.executor.bundle.frameworks.shapes import candidates
from services.executor.domain import Framework

SCHEMA_KEYS = ("inputSchema", "parameters", "schema")
HOSTED = frozenset({"hosted_tool", "provider", "provider-defined"})


def tool_of(evaluator: Evaluator, value: Value) -> ObjectValue | None:
    """Return the object that defines a tool, or None.

    An object with a schema and ``execute`` is preferred to one that has just one of them: a helper
    may add what it is not given.
    """
    best: ObjectValue | None = None
    best_score = 0
    for candidate in candidates(evaluator, value):
        score = _score(candidate)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _score(candidate: ObjectValue) -> int:
    keys = candidate.entries().keys()
    schema = any(key in keys for key in SCHEMA_KEYS)
    if not schema and "execute" not in keys:
        return 0
    return 2 * schema + 2 * ("execute" in keys) + ("description" in keys)


def tool_name(evaluator: Evaluator, definition: ObjectValue, framework: Framework) -> str | None:
    """Return the name of a tool that stands in an array, None when it has none that is constant.

    The OpenAI Agents SDK names a tool without a name after its function.
    """
    value = part(evaluator, (definition,), "name", "id")
    value = evaluator.forced(value) if value is not None else None
    name = value.value if isinstance(value, Constant) and isinstance(value.value, str) else None
    if framework is not Framework.OPENAI_AGENTS:
        return name
    name = name or (None if value is not None else _name_of_execute(evaluator, definition))
    return function_name(name) if name else None


def _name_of_execute(evaluator: Evaluator, definition: ObjectValue) -> str | None:
    """Return the ``name`` that JavaScript gives to the function of a definition."""
    thunk = definition.entries().get("execute")
    value = evaluator.value_of(thunk) if thunk is not None else None
    if thunk is None or not isinstance(value, FunctionValue):
        return None
    if value.node.id is not None:
        return str(value.node.id.name)
    if thunk.node is not None and thunk.node.type == "Identifier":
        return str(thunk.node.name)
    return "execute"


def is_hosted(evaluator: Evaluator, value: Value) -> bool:
    """Tell whether a tool runs at the model's provider, such as ``openai.tools.webSearch()``."""
    if not isinstance(value, CallValue):
        return False
    callee: Value = evaluator.value_of(value.callee)
    while isinstance(callee, MemberValue):
        if callee.key == "tools":
            return True
        callee = callee.target
    if isinstance(callee, ImportRef):
        ours = framework_of_import(callee) is Framework.OPENAI_AGENTS
        return "tools" in callee.path or (ours and callee.path[-1:] != ("tool",))
    for candidate in candidates(evaluator, value):
        kind = part(evaluator, (candidate,), "type")
        if isinstance(kind, Constant) and kind.value in HOSTED:
            return True
    return False
