"""The JSON Schema of an agent's answer, where the bundle asks for structured output."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import CallValue, ObjectValue, Value
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.manifest.extract_tools import read_output_schema
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import JsonObject


def read_answer_schema(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> JsonObject | None:
    """Return the schema of an agent's answer; None for text or when it cannot be read."""
    answer = agent.framework.answer(evaluator, agent)
    if answer is None:
        return None
    read = _schema if answer.is_schema else _answer
    return read(evaluator, answer.value, f"{path}.{answer.path}", diagnostics)


def _answer(
    evaluator: Evaluator, value: Value, path: str, diagnostics: Diagnostics
) -> JsonObject | None:
    """Return the schema in ``Output.object({schema})`` and the like, or a schema itself."""
    given = _given(evaluator, value)
    if given is None:
        return _schema(evaluator, value, path, diagnostics)
    element = part(evaluator, (given,), "element")
    if element is not None:
        items = _schema(evaluator, element, f"{path}.element", diagnostics)
        return None if items is None else {"type": "array", "items": items}
    options = part(evaluator, (given,), "options")
    if options is not None:
        try:
            return {"type": "string", "enum": json_of(evaluator, options)}
        except NotLiteralError as error:
            diagnostics.info(f"{path}.options{error.path}", error.reason, error.node)
            return None
    schema = part(evaluator, (given,), "schema")
    return None if schema is None else _schema(evaluator, schema, f"{path}.schema", diagnostics)


def _given(evaluator: Evaluator, value: Value) -> ObjectValue | None:
    """Return the object in ``Output.object({...})`` or ``{type: "json_schema", schema}``."""
    if isinstance(value, ObjectValue):
        return value if "schema" in value.entries() else None
    if not isinstance(value, CallValue) or len(value.arguments) != 1:
        return None
    given = evaluator.value_of(value.arguments[0])
    if not isinstance(given, ObjectValue):
        return None
    keys = given.entries().keys()
    if "element" in keys or "options" in keys:
        return given
    schema = part(evaluator, (given,), "schema")
    is_schema = isinstance(schema, (CallValue, ObjectValue)) and value.method in (None, "object")
    return given if is_schema else None


def _schema(
    evaluator: Evaluator, value: Value, path: str, diagnostics: Diagnostics
) -> JsonObject | None:
    found = read_output_schema(evaluator, value, path, diagnostics)
    if found is not None:
        reason = "Caisson does not ask the model for this form: it is only listed in the manifest"
        diagnostics.info(path, reason, value.node)
    return found
