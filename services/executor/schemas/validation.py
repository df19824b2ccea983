"""JSON Schema 2020-12 as the executor uses it: offline, bounded, with errors for a model."""

from __future__ import annotations

import json
from itertools import islice
from typing import Final, NoReturn, TypeAlias

import jsonschema_rs

from services.executor.domain import Json, JsonObject

Validator: TypeAlias = jsonschema_rs.Validator

MAX_REPORTED_ERRORS: Final = 10
MAX_ERROR_CHARACTERS: Final = 300
BACKTRACK_LIMIT: Final = 100_000
PATTERN_BYTES: Final = 10 * 1024 * 1024
DFA_BYTES: Final = 2 * 1024 * 1024
MAX_VALUES: Final = 10_000
"""The most JSON values in a text: each costs some microseconds wherever it goes next."""

# The most digits that Python parses in an integer.
_DIGITS: Final = 4300


class _NoNumberError(ValueError):
    """A text has a number that JSON does not allow."""


def compile_schema(schema: JsonObject, backtracks: int = BACKTRACK_LIMIT) -> Validator:
    """Return a validator; raises ValueError, with a short reason, if the schema is unusable.

    Args:
        schema: the schema.
        backtracks: backtracking steps after which a match counts as failed.
    """
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            offline=True,
            pattern_options=jsonschema_rs.FancyRegexOptions(
                backtrack_limit=backtracks, size_limit=PATTERN_BYTES, dfa_size_limit=DFA_BYTES
            ),
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise ValueError(brief(str(error))) from None


def parsed(text: str) -> tuple[Json, str]:
    """Parse a JSON text; return its value and compact ASCII text, or raise ValueError.

    Texts that parsers read differently are refused: numbers beyond a double's range, and lone
    surrogates, which UTF-8 cannot encode.
    """
    value = _loaded(text)
    if len(text) > MAX_VALUES and _values(value) > MAX_VALUES:
        raise ValueError(f"it holds more than {MAX_VALUES} values; send fewer at once")
    try:
        compact = json.dumps(value, separators=(",", ":"), allow_nan=False)
        if "\\ud" in compact:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a string in it has a lone surrogate (\\ud800 to \\udfff)") from None
    except ValueError:
        raise ValueError("a number in it is out of range for a double") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value, compact


def problems_of(validator: Validator, value: Json, name: str) -> str:
    """Return one line for each invalid place of ``name``, or nothing if all are valid."""
    errors = islice(validator.iter_errors(value), MAX_REPORTED_ERRORS)
    return "\n".join(
        f"- {name}{_place(error.instance_path)}: {brief(error.message)}" for error in errors
    )


def brief(text: str) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= MAX_ERROR_CHARACTERS else text[:MAX_ERROR_CHARACTERS] + "..."


def _loaded(text: str) -> Json:
    try:
        value: Json = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise ValueError(reason) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except _NoNumberError:
        raise
    except ValueError:
        raise ValueError(f"a number in it has more than {_DIGITS} digits") from None
    return value


def _values(value: Json) -> int:
    """Return the number of values, counting to at most ``MAX_VALUES`` + 1."""
    stack, count = [value], 0
    while stack and count <= MAX_VALUES:
        part = stack.pop()
        count += 1
        if isinstance(part, dict):
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
    return count


def _refuse_constant(name: str) -> NoReturn:
    """Raise ValueError: NaN and Infinity are not JSON."""
    message = f"{name} is not a JSON number"
    raise _NoNumberError(message)


def _place(path: list[str | int]) -> str:
    """Return a path such as ``.items[0].name``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps)
