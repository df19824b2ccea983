"""The schema of a tool's input, in whatever form the bundle has it, checked for use."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    CallValue,
    FunctionValue,
    ImportRef,
    ObjectValue,
    Value,
)
from services.executor.bundle.schema.accepted import (
    check_cost,
    check_is_object,
    check_schema,
    modernised,
    without_bad_patterns,
)
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.schema.zod3_json import zod3_schema
from services.executor.bundle.schema.zod4_finish import zod4_schema
from services.executor.bundle.schema.zod_methods import TABLES
from services.executor.bundle.schema.zod_names import zod_function
from services.executor.bundle.schema.zod_reader import ZodReader
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import JsonObject

MAX_FOLLOWED = 8
_SCHEMA_KEYS = frozenset(
    {"type", "properties", "anyOf", "oneOf", "allOf", "$ref", "$schema", "enum"}
)


@dataclass(frozen=True)
class InputSchema:
    """A schema that validators take; ``notes`` are (reason, path, place) of what was left out.

    ``parses`` is set if it is made of code that parses values, and no mere JSON Schema.
    """

    schema: JsonObject
    notes: tuple[tuple[str, str, Node], ...]
    parses: bool = False


def read_input_schema(
    evaluator: Evaluator, value: Value, wrappers: Container[str] = ()
) -> InputSchema:
    """Return what ``read_schema`` returns, if it is the schema of an object."""
    found = read_schema(evaluator, value, wrappers)
    check_is_object(found.schema, value.node)
    return found


def read_schema(evaluator: Evaluator, value: Value, wrappers: Container[str] = ()) -> InputSchema:
    """Return the JSON Schema 2020-12 of ``value``: zod, JSON Schema, or a call with either.

    Args:
        evaluator: the program's evaluator.
        value: the schema.
        wrappers: functions of packages that return the schema they are given.

    Raises:
        UnreadableSchemaError: it cannot be read, or validators would refuse it.
    """
    validates = _has_validator(evaluator, value)
    value = _unwrapped(evaluator, value, wrappers)
    plain = _plain_schema(evaluator, value)
    notes: list[tuple[str, str, Node]] = []
    if plain is not None:
        schema = _plain(evaluator, plain)
    else:
        schema, notes = _zod(evaluator, value)
    check_cost(schema, value.node)
    bad = [(reason, "", value.node) for reason in without_bad_patterns(schema)]
    check_schema(schema, value.node)
    return InputSchema(schema, (*notes, *bad), parses=validates or plain is None)


def _zod(evaluator: Evaluator, value: Value) -> tuple[JsonObject, list[tuple[str, str, Node]]]:
    reader = ZodReader(evaluator, TABLES)
    read = reader.read(value)
    schema, notes = zod3_schema(read) if read.is_v3 else zod4_schema(read)
    return schema, [*reader.notes, *notes]


def _plain_schema(evaluator: Evaluator, value: Value) -> ObjectValue | None:
    """Return the JSON Schema object in ``value``, or the one passed to a call outside zod."""
    for _ in range(MAX_FOLLOWED):
        if not isinstance(value, CallValue):
            break
        if zod_function(evaluator, value) is not None or not value.arguments:
            return None
        value = _argument(evaluator, value)
    is_schema = isinstance(value, ObjectValue) and value.entries().keys() & _SCHEMA_KEYS
    return value if is_schema and isinstance(value, ObjectValue) else None


def _has_validator(evaluator: Evaluator, value: Value) -> bool:
    """Tell whether a call is ``jsonSchema(schema, {validate})``."""
    if not isinstance(value, CallValue) or len(value.arguments) != 2:
        return False
    options = evaluator.forced(evaluator.value_of(value.arguments[1]))
    return isinstance(options, ObjectValue) and "validate" in options.entries()


def _argument(evaluator: Evaluator, call: CallValue) -> Value:
    """Return the first argument; for a function without parameters, its result."""
    value = evaluator.value_of(call.arguments[0])
    if isinstance(value, FunctionValue) and not value.node.params:
        return apply_function(evaluator, value, (), value.node)
    return value


def _unwrapped(evaluator: Evaluator, value: Value, wrappers: Container[str]) -> Value:
    """Return the schema in ``zodSchema(schema)`` and the like."""
    for _ in range(MAX_FOLLOWED):
        if not isinstance(value, CallValue) or not value.arguments:
            return value
        callee = evaluator.value_of(value.callee)
        if not isinstance(callee, ImportRef) or not callee.path:
            return value
        if callee.path[-1] not in wrappers or "zod" in callee.specifier:
            return value
        value = _argument(evaluator, value)
    return value


def _plain(evaluator: Evaluator, value: ObjectValue) -> JsonObject:
    try:
        schema = json_of(evaluator, value)
    except NotLiteralError as error:
        raise UnreadableSchemaError(error.reason, error.node, error.path) from None
    assert isinstance(schema, dict)
    return modernised(schema)
