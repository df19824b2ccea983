"""The schema that the sandbox told of a tool: text of an untrusted bundle, checked."""

from __future__ import annotations

import json

from services.executor.bundle.schema.accepted import (
    MAX_SCHEMA_BYTES,
    check_schema,
    is_deeper,
    modernised,
    without_bad_patterns,
)
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.schema.zod3_json import zod3_schema
from services.executor.bundle.schema.zod4_finish import zod4_schema
from services.executor.bundle.schema.zod_dump import zod_of
from services.executor.domain import Json, JsonObject

MAX_ANSWER_BYTES = 4 * MAX_SCHEMA_BYTES
MAX_DEPTH = 200


def schema_of_answer(text: str) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the JSON Schema 2020-12 of an answer, and what was left out of it.

    Args:
        text: JSON: ``{"jsonSchema": schema}``, or ``{"zod": definition}``.

    Raises:
        UnreadableSchemaError: it is no schema that models and validators can use.
    """
    answer = _parsed(text)
    notes: list[str] = []
    if isinstance(answer, dict) and "zod" in answer:
        read = zod_of(answer["zod"])
        try:
            schema, said = zod3_schema(read) if read.is_v3 else zod4_schema(read)
        except (RecursionError, AssertionError, TypeError):
            raise UnreadableSchemaError(
                "the sandbox told a definition that makes no sense"
            ) from None
        notes = [reason for reason, _, _ in said]
    else:
        schema = _object(answer.get("jsonSchema") if isinstance(answer, dict) else None)
        schema = modernised(schema)
    notes += without_bad_patterns(schema)
    check_schema(schema, None)
    return schema, tuple(notes)


def _parsed(text: str) -> Json:
    if len(text) > MAX_ANSWER_BYTES:
        raise UnreadableSchemaError("what the sandbox told is larger than 1 MiB")
    try:
        found: Json = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise UnreadableSchemaError("what the sandbox told is nested too deeply") from None
    except ValueError:
        raise UnreadableSchemaError("what the sandbox told is no JSON") from None
    if is_deeper(found, MAX_DEPTH):
        raise UnreadableSchemaError("what the sandbox told is nested too deeply")
    return found


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _object(schema: Json) -> JsonObject:
    if not isinstance(schema, dict):
        raise UnreadableSchemaError("what the sandbox told is no JSON Schema: it is no object")
    return schema
