"""Checks the schema that the sandbox returned for a tool: text from an untrusted bundle."""

from __future__ import annotations

import asyncio
import json

from services.executor.bundle.schema.accepted import (
    MAX_SCHEMA_BYTES,
    check_cost,
    check_form,
    check_is_object,
    is_deeper,
    modernised,
    patterns_of,
    unusable,
    without_patterns,
)
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.schema.zod3_json import zod3_schema
from services.executor.bundle.schema.zod4_finish import zod4_schema
from services.executor.bundle.schema.zod_dump import zod_of
from services.executor.clients import Client
from services.executor.domain import Json, JsonObject
from services.executor.schemas.ports import Outcome, SchemaProcesses

MAX_ANSWER_BYTES = 4 * MAX_SCHEMA_BYTES
# Brackets and commas, including those in strings: each value takes some time to parse.
MAX_ANSWER_MARKS = 100_000
MAX_DEPTH = 200


class UncheckedSchemaError(UnreadableSchemaError):
    """The check of a schema hit a limit; a retry may succeed."""


async def schema_of_answer(
    text: str, schemas: SchemaProcesses, client: Client
) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the JSON Schema 2020-12 of an answer, and what was left out of it.

    Args:
        text: JSON: ``{"jsonSchema": schema}``, or ``{"zod": definition}``.
        schemas: compile the schema, since it is untrusted.
        client: the client the check is scheduled for.

    Raises:
        UnreadableSchemaError: models or validators cannot use it.
        UncheckedSchemaError: the check takes too long.
    """
    schema, notes = await asyncio.to_thread(_read, text)
    bad = {
        each for each in patterns_of(schema) if await _problem({"pattern": each}, schemas, client)
    }
    notes += without_patterns(schema, bad)
    await asyncio.to_thread(check_form, schema, None)
    check_is_object(schema, None)
    if problem := await _problem(schema, schemas, client):
        raise unusable(problem, None)
    return schema, tuple(notes)


def parses_inputs(text: str) -> bool:
    """Tell whether an answer, which has been read, says that the tool parses inputs itself."""
    answer = parsed_answer(text)
    return isinstance(answer, dict) and answer.get("parses") is True


async def _problem(schema: JsonObject, schemas: SchemaProcesses, client: Client) -> str:
    """Return why a schema is invalid; raises UncheckedSchemaError if the check takes too long."""
    checked = await schemas.compile(json.dumps(schema).encode(), client)
    if checked.outcome is Outcome.STOPPED:
        raise UncheckedSchemaError(f"{checked.reason} to compile")
    return checked.reason


def _read(text: str) -> tuple[JsonObject, list[str]]:
    """Return the schema of an answer, not yet compiled, and what was left out of it."""
    answer = parsed_answer(text)
    notes: list[str] = []
    if isinstance(answer, dict) and "zod" in answer:
        read = zod_of(answer["zod"])
        try:
            schema, said = zod3_schema(read) if read.is_v3 else zod4_schema(read)
        except (RecursionError, AssertionError, TypeError):
            raise UnreadableSchemaError("the sandbox returned an invalid definition") from None
        notes = [reason for reason, _, _ in said]
    else:
        schema = _object(answer.get("jsonSchema") if isinstance(answer, dict) else None)
        schema = modernised(schema)
    check_cost(schema, None)
    return schema, notes


def parsed_answer(text: str) -> Json:
    """Return what the sandbox sent, whatever it is; raises UnreadableSchemaError over a limit."""
    if len(text) > MAX_ANSWER_BYTES:
        raise UnreadableSchemaError("what the sandbox returned is larger than 1 MiB")
    if sum(map(text.count, "[{,")) > MAX_ANSWER_MARKS:
        raise UnreadableSchemaError("what the sandbox returned has too many parts")
    try:
        found: Json = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise UnreadableSchemaError("what the sandbox returned is nested too deeply") from None
    except ValueError:
        raise UnreadableSchemaError("what the sandbox returned is not JSON") from None
    if is_deeper(found, MAX_DEPTH):
        raise UnreadableSchemaError("what the sandbox returned is nested too deeply")
    return found


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _object(schema: Json) -> JsonObject:
    if not isinstance(schema, dict):
        raise UnreadableSchemaError(
            "what the sandbox returned is not a JSON Schema: it is not an object"
        )
    return schema
