"""The schema of a tool's input, in whichever form the bundle gives it, checked for use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import jsonschema_rs

from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.literals import NotLiteralError, json_of
from services.executor.bundle.schema.model import Schema, UnreadableSchemaError
from services.executor.bundle.schema.zod_methods import TABLES
from services.executor.bundle.schema.zod_names import zod_function
from services.executor.bundle.schema.zod_reader import ZodReader
from services.executor.bundle.syntax import Node
from services.executor.bundle.values import CallValue, ObjectValue, Value
from services.executor.domain import Json, JsonObject

MAX_SCHEMA_BYTES = 256 * 1024
_SCHEMA_KEYS = frozenset(
    {"type", "properties", "anyOf", "oneOf", "allOf", "$ref", "$schema", "enum"}
)


@dataclass(frozen=True)
class InputSchema:
    """A schema that validators take; ``notes`` are (reason, path, place) of what was left out."""

    schema: JsonObject
    notes: tuple[tuple[str, str, Node], ...]


def read_input_schema(evaluator: Evaluator, value: Value) -> InputSchema:
    """Return the JSON Schema 2020-12 of ``value``: zod, ``jsonSchema()`` or JSON Schema.

    Raises:
        UnreadableSchemaError: it cannot be read, or validators would refuse it.
    """
    plain = _plain_schema(evaluator, value)
    if plain is not None:
        notes: list[tuple[str, str, Node]] = []
        schema = _plain(evaluator, plain)
    else:
        reader = ZodReader(evaluator, TABLES)
        schema = _whole(reader, reader.read(_unwrapped(evaluator, value)))
        notes = reader.notes
    notes += [(reason, "", value.node) for reason in _without_bad_patterns(schema)]
    _check(schema, value.node)
    return InputSchema(schema, tuple(notes))


def _whole(reader: ZodReader, read: Schema) -> JsonObject:
    """Return the schema with its definitions; a root that is a reference is written out."""
    schema = read.json()
    if read.kind == "ref":
        name = str(schema["$ref"]).rsplit("/", 1)[1]
        schema = dict(reader.definitions.get(name, schema))
    if reader.definitions:
        schema["$defs"] = dict(reader.definitions)
    return schema


def _plain_schema(evaluator: Evaluator, value: Value) -> ObjectValue | None:
    """Return the JSON Schema object that ``value`` is or wraps, if there is one."""
    if isinstance(value, CallValue):
        if zod_function(evaluator, value) is not None or not value.arguments:
            return None
        value = evaluator.value_of(value.arguments[0])
    if isinstance(value, ObjectValue) and value.entries().keys() & _SCHEMA_KEYS:
        return value
    return None


def _unwrapped(evaluator: Evaluator, value: Value) -> Value:
    """Return the zod schema in ``zodSchema(schema)`` of the AI SDK."""
    if not isinstance(value, CallValue) or len(value.arguments) != 1 or value.method is not None:
        return value
    inner = evaluator.value_of(value.arguments[0])
    is_wrapper = zod_function(evaluator, value) is None and isinstance(inner, CallValue)
    if is_wrapper and isinstance(inner, CallValue) and zod_function(evaluator, inner) == "object":
        return inner
    return value


def _plain(evaluator: Evaluator, value: ObjectValue) -> JsonObject:
    try:
        schema = json_of(evaluator, value)
    except NotLiteralError as error:
        raise UnreadableSchemaError(error.reason, error.node, error.path) from None
    assert isinstance(schema, dict)
    return schema


def _subschemas(schema: Json) -> Iterator[JsonObject]:
    stack = [schema]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            yield current
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)


def _without_bad_patterns(schema: JsonObject) -> list[str]:
    """Take out patterns that the validator cannot compile, and return what to say of them."""
    reasons: list[str] = []
    for part in _subschemas(schema):
        pattern = part.get("pattern")
        if isinstance(pattern, str) and not _accepted({"pattern": pattern}):
            del part["pattern"]
            reasons.append(f"pattern {pattern[:80]!r} is left out: only JavaScript understands it")
    return reasons


def _accepted(schema: JsonObject) -> bool:
    try:
        jsonschema_rs.Draft202012Validator(schema)
    except (ValueError, jsonschema_rs.ReferencingError):
        return False
    return True


def _check(schema: JsonObject, node: Node) -> None:
    """Refuse what no model or validator could use, and references that lead out of the schema."""
    if len(json.dumps(schema)) > MAX_SCHEMA_BYTES:
        raise UnreadableSchemaError("it is larger than 256 KiB", node)
    for part in _subschemas(schema):
        for key in ("$ref", "$dynamicRef"):
            reference = part.get(key)
            if isinstance(reference, str) and not reference.startswith("#"):
                raise UnreadableSchemaError(f"it refers to {reference[:80]!r}, outside of it", node)
    if schema.get("type", "object") != "object":
        raise UnreadableSchemaError("a tool's input is an object, and this is none", node)
    try:
        jsonschema_rs.Draft202012Validator({**schema})
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        message = str(error).partition("\n")[0][:200]
        raise UnreadableSchemaError(f"it is no valid JSON Schema: {message}", node) from None
