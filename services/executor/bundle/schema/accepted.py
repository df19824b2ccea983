"""What models and validators require of a schema, however it was found."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator

from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Json, JsonObject
from services.executor.schemas.measure import SchemaRefusedError, measure
from services.executor.schemas.validation import compile_schema

MAX_SCHEMA_BYTES = 256 * 1024
# A manifest travels as protobuf, whose messages nest a hundred deep; each level takes three.
MAX_SCHEMA_DEPTH = 30


def patterns_of(schema: JsonObject) -> list[str]:
    """Return the distinct patterns of a schema that is not too costly."""
    return list(dict.fromkeys(pattern for _, pattern in _with_pattern(schema)))


def without_patterns(schema: JsonObject, bad: Container[str]) -> list[str]:
    """Remove patterns that the validator cannot compile, and return notes about them."""
    reasons: list[str] = []
    for part, pattern in _with_pattern(schema):
        if pattern in bad:
            del part["pattern"]
            reasons.append(f"pattern {pattern[:80]!r} is left out: only JavaScript understands it")
    return reasons


def without_bad_patterns(schema: JsonObject) -> list[str]:
    """Find the patterns that cannot be compiled, and remove them; see ``without_patterns``."""
    bad = {pattern for pattern in patterns_of(schema) if not _is_accepted(pattern)}
    return without_patterns(schema, bad)


def check_schema(schema: JsonObject, node: Node) -> None:
    """Refuse what no model or validator could use, and references that leave the schema.

    Raises:
        UnreadableSchemaError: the reason; its place is ``node``.
    """
    check_form(schema, node)
    try:
        compile_schema({**schema})
    except ValueError as error:
        raise unusable(str(error), node) from None


def check_form(schema: JsonObject, node: Node) -> None:
    """Refuse what can be detected without compiling a schema; see ``check_schema``."""
    if is_deeper(schema, MAX_SCHEMA_DEPTH):
        raise UnreadableSchemaError(f"it is nested more than {MAX_SCHEMA_DEPTH} deep", node)
    if len(json.dumps(schema)) > MAX_SCHEMA_BYTES:
        raise UnreadableSchemaError("it is larger than 256 KiB", node)
    check_cost(schema, node)
    for part in subschemas(schema):
        for key in ("$ref", "$dynamicRef"):
            reference = part.get(key)
            if isinstance(reference, str) and not reference.startswith("#"):
                raise UnreadableSchemaError(f"it refers to {reference[:80]!r}, outside of it", node)


def check_is_object(schema: JsonObject, node: Node) -> None:
    """Refuse a schema of a tool's input that is not one of an object."""
    if schema.get("type", "object") != "object":
        raise UnreadableSchemaError("a tool's input must be an object, and this is not one", node)


def check_cost(schema: JsonObject, node: Node) -> None:
    """Refuse what costs too much to compile or to send to providers.

    Raises:
        UnreadableSchemaError: the reason; its place is ``node``.
    """
    try:
        measure(schema)
    except SchemaRefusedError as error:
        raise UnreadableSchemaError(str(error), node) from None


def unusable(reason: str, node: Node) -> UnreadableSchemaError:
    """Return the error for a schema that cannot be compiled."""
    message = reason.partition("\n")[0][:200]
    return UnreadableSchemaError(f"it is not a valid JSON Schema: {message}", node)


def modernised(schema: JsonObject) -> JsonObject:
    """Return a draft 7 schema with its ``items`` lists as in 2020-12; any other schema as is.

    The draft's name is dropped: from here on every schema is read as 2020-12.
    """
    for part in subschemas(schema):
        if isinstance(part.get("items"), list):
            part["prefixItems"] = part.pop("items")
            if "additionalItems" in part:
                part["items"] = part.pop("additionalItems")
        if part.get("prefixItems") == []:  # 2020-12 forbids it, but zod writes it
            del part["prefixItems"]
    return {key: value for key, value in schema.items() if key != "$schema"}


def is_deeper(value: Json, limit: int) -> bool:
    """Return whether objects and arrays nest more than ``limit`` deep."""
    stack: list[tuple[Json, int]] = [(value, 0)]
    while stack:
        current, depth = stack.pop()
        if depth > limit:
            return True
        if isinstance(current, dict):
            stack.extend((inner, depth + 1) for inner in current.values())
        elif isinstance(current, list):
            stack.extend((inner, depth + 1) for inner in current)
    return False


def subschemas(schema: Json) -> Iterator[JsonObject]:
    """Yield every object in a schema, starting with the schema itself."""
    stack = [schema]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            yield current
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)


def _with_pattern(schema: JsonObject) -> list[tuple[JsonObject, str]]:
    found = ((part, part.get("pattern")) for part in subschemas(schema))
    return [(part, pattern) for part, pattern in found if isinstance(pattern, str)]


def _is_accepted(pattern: str) -> bool:
    try:
        compile_schema({"pattern": pattern})
    except ValueError:
        return False
    return True
