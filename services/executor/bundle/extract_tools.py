"""Reads the tools of an agent; one that cannot be read is disabled, never the others."""

from __future__ import annotations

from services.executor.bundle.calls import apply_function
from services.executor.bundle.diagnostics import Diagnostics
from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.frameworks.found import part
from services.executor.bundle.frameworks.tools import SCHEMA_KEYS, tool_of
from services.executor.bundle.schema.input_schema import read_input_schema
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.values import (
    Constant,
    FunctionValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.domain import JsonObject, SchemaSource, ToolSpec

MAX_TOOLS = 500


def read_tools(
    evaluator: Evaluator, value: Value | None, path: str, diagnostics: Diagnostics
) -> dict[str, ToolSpec]:
    """Return the tools by key, those disabled included."""
    if value is None or isinstance(value, Undefined):
        return {}
    whole = evaluator.forced(value)
    if isinstance(whole, FunctionValue):
        node = whole.node
        whole = evaluator.forced(apply_function(evaluator, whole, None, node))
        reason = "it is a function: read as if called with a context that is not known"
        diagnostics.info(path, reason, node)
    if not isinstance(whole, ObjectValue):
        reason = whole.reason if isinstance(whole, Unsupported) else "it is no object of tools"
        diagnostics.error(path, f"{reason}; the agent runs without tools", whole.node)
        return {}
    for rest in whole.opaque():
        inner = rest.value
        reason = inner.reason if isinstance(inner, Unsupported) else "it cannot be followed"
        diagnostics.error(path, f"more tools are spread in, but {reason}", inner.node)
    for key, node in whole.uncertain.items():
        diagnostics.error(path, f"`{key}` is set at an unknown time; left out", node)
    entries = list(whole.entries().items())[:MAX_TOOLS]
    return {
        key: _tool(evaluator, key, evaluator.value_of(thunk), f"{path}.{key}", diagnostics)
        for key, thunk in entries
    }


def _tool(
    evaluator: Evaluator, key: str, value: Value, path: str, diagnostics: Diagnostics
) -> ToolSpec:
    definition = tool_of(evaluator, value)
    if definition is None:
        reason = value.reason if isinstance(value, Unsupported) else "it is no tool"
        reason += ": a tool is an object with `description`, `inputSchema` and `execute`"
        diagnostics.error(path, reason, value.node)
        return ToolSpec(key, "", None, None, disabled=True)
    description = _description(evaluator, definition, f"{path}.description", diagnostics)
    if part(evaluator, (definition,), "execute") is None and not definition.opaque():
        reason = "it has no `execute`: tools of the client or of the provider are not run here"
        diagnostics.error(path, reason, definition.node)
        return ToolSpec(key, description, None, None, disabled=True)
    schema = _schema(evaluator, definition, path, diagnostics)
    if schema is None:
        return ToolSpec(key, description, None, None, disabled=True)
    return ToolSpec(key, description, schema, SchemaSource.STATIC)


def _description(
    evaluator: Evaluator, definition: ObjectValue, path: str, diagnostics: Diagnostics
) -> str:
    value = part(evaluator, (definition,), "description")
    if value is None or isinstance(value, Undefined):
        diagnostics.warning(
            path, "it has none: the model knows the tool by its key", definition.node
        )
        return ""
    value = evaluator.forced(value)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return value.value
    reason = value.reason if isinstance(value, Unsupported) else "it is no constant text"
    diagnostics.warning(path, f"{reason}; it is left empty", value.node)
    return ""


def _schema(
    evaluator: Evaluator, definition: ObjectValue, path: str, diagnostics: Diagnostics
) -> JsonObject | None:
    names = definition.entries().keys()
    name = next((name for name in SCHEMA_KEYS if name in names), None)
    if name is None:
        reason = "it has none: give `z.object({})` for a tool without input; the tool is disabled"
        diagnostics.error(f"{path}.inputSchema", reason, definition.node)
        return None
    value = part(evaluator, (definition,), name)
    assert value is not None
    try:
        found = read_input_schema(evaluator, value)
    except UnreadableSchemaError as error:
        node = error.node if error.node is not None else definition.node
        reason = f"{error.reason}; the tool is disabled"
        diagnostics.error(f"{path}.{name}{error.path}", reason, node)
        return None
    for reason, inner, node in found.notes:
        diagnostics.warning(f"{path}.{name}{inner}", reason, node)
    return found.schema
