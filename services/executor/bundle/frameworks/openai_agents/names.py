"""The names that the OpenAI Agents SDK derives from texts and functions."""

from __future__ import annotations

import re

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import FunctionValue, ObjectValue
from services.executor.bundle.frameworks.parts import constant_text, part


def function_name(text: str) -> str:
    """Return the tool name that the SDK derives from ``text``: only letters and digits."""
    return re.sub(r"[^a-zA-Z0-9]", "_", text)


def tool_name(evaluator: Evaluator, definition: ObjectValue) -> str | None:
    """Return a tool's name; a tool without one is named after its function."""
    name = constant_text(evaluator, definition, "name", "id")
    if not name and part(evaluator, (definition,), "name", "id") is None:
        name = _name_of_execute(evaluator, definition)
    return function_name(name) if name else None


def _name_of_execute(evaluator: Evaluator, definition: ObjectValue) -> str | None:
    """Return the ``name`` that JavaScript gives a definition's function."""
    thunk = definition.entries().get("execute")
    value = evaluator.value_of(thunk) if thunk is not None else None
    if thunk is None or not isinstance(value, FunctionValue):
        return None
    if value.node.id is not None:
        return str(value.node.id.name)
    if thunk.node is not None and thunk.node.type == "Identifier":
        return str(thunk.node.name)
    return "execute"
