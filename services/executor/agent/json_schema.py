"""JSON Schema 2020-12 as the executor uses it: offline, bounded, with errors for a model."""

from __future__ import annotations

import json
from itertools import islice
from typing import NoReturn, TypeAlias

import jsonschema_rs

from services.executor.domain import Json, JsonObject

Validator: TypeAlias = jsonschema_rs.Validator

MAX_REPORTED_ERRORS = 10
MAX_ERROR_CHARACTERS = 300
BACKTRACK_LIMIT = 100_000


def compile_schema(schema: JsonObject) -> Validator:
    """Return a validator; raises ValueError, with a short reason, when there can be none."""
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            offline=True,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT),
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise ValueError(brief(str(error))) from None


def problems_of(validator: Validator, parsed: Json, name: str) -> str:
    """Return one line for each place of ``name`` that is wrong, or nothing when all is right."""
    errors = islice(validator.iter_errors(parsed), MAX_REPORTED_ERRORS)
    return "\n".join(
        f"- {name}{_place(error.instance_path)}: {brief(error.message)}" for error in errors
    )


def reason_of(error: ValueError | RecursionError) -> str:
    """Return why a text is no JSON."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else brief(str(error))


def refuse_constant(name: str) -> NoReturn:
    """Raise ValueError: NaN and Infinity are no JSON."""
    message = f"{name} is no JSON number"
    raise ValueError(message)


def brief(text: str) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= MAX_ERROR_CHARACTERS else text[:MAX_ERROR_CHARACTERS] + "..."


def _place(path: list[str | int]) -> str:
    """Return where: ``.items[0].name``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps)
