"""The JSON Schema of an agent's answer, where the bundle asks for structured output."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    CallValue,
    ImportRef,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import constant_text, part
from services.executor.bundle.frameworks.registry import SCHEMA_WRAPPERS
from services.executor.bundle.schema.input_schema import read_schema
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import JsonObject

_TEXT = "text"


def read_answer_schema(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> JsonObject | None:
    """Return the schema of an agent's answer, None for text.

    An agent whose schema cannot be read is disabled: its answers would have another form.
    """
    answer = agent.framework.answer(evaluator, agent)
    if answer is None:
        return None
    read = _schema if answer.is_schema else _answer
    try:
        return read(evaluator, answer.value, "")
    except UnreadableSchemaError as error:
        where = f"{path}.{answer.path}{error.path}"
        reason = f"the form of its answers is not known: {error.reason}"
        diagnostics.refuse(where, reason, error.node or answer.value.node)
        return None


def _answer(evaluator: Evaluator, value: Value, path: str) -> JsonObject | None:
    """Return the schema in ``Output.object({schema})`` and the like, or a schema itself."""
    given = _given(evaluator, value)
    if given is None:
        if isinstance(value, CallValue) and not value.arguments:
            if _is_named(evaluator, value, _TEXT):
                return None
            if _is_named(evaluator, value, "json"):
                reason = (
                    "it lets the model answer with any JSON: give a schema, as with `Output.object`"
                )
                raise UnreadableSchemaError(reason, value.node, path)
        return _schema(evaluator, value, path)
    element = part(evaluator, (given,), "element")
    if element is not None:
        return {"type": "array", "items": _schema(evaluator, element, f"{path}.element")}
    options = part(evaluator, (given,), "options")
    if options is not None:
        try:
            return {"type": "string", "enum": json_of(evaluator, options)}
        except NotLiteralError as error:
            where = f"{path}.options{error.path}"
            raise UnreadableSchemaError(error.reason, error.node, where) from None
    schema = part(evaluator, (given,), "schema")
    if schema is None:
        raise UnreadableSchemaError("it has no schema", value.node, path)
    return _schema(evaluator, schema, f"{path}.schema")


def _is_named(evaluator: Evaluator, call: CallValue, name: str) -> bool:
    """Tell whether a call is ``Output.text()`` or the like, by its name or its result."""
    callee = evaluator.value_of(call.callee)
    if name in (call.method, callee.path[-1] if isinstance(callee, ImportRef) else None):
        return True
    made = evaluator.forced(call)
    return isinstance(made, ObjectValue) and constant_text(evaluator, made, "name", "type") == name


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


def _schema(evaluator: Evaluator, value: Value, path: str) -> JsonObject:
    try:
        return read_schema(evaluator, value, SCHEMA_WRAPPERS).schema
    except UnreadableSchemaError as error:
        raise UnreadableSchemaError(error.reason, error.node, f"{path}{error.path}") from None
