"""JSON Schemas as OpenAI wants them of tools whose inputs it is to keep to."""

from __future__ import annotations

from typing import Any

# Keywords that hold schemas by name, and those that hold values instead of schemas.
_BY_NAME = frozenset({"$defs", "definitions", "patternProperties", "properties"})
_VALUES = frozenset({"const", "default", "enum", "examples", "required"})


def closed(schema: Any) -> Any:
    """Return a schema whose objects take no keys but their own, unless it says that they do.

    OpenAI refuses a strict tool with an open object. zod leaves objects open in its JSON Schema.
    """
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(key, value) for key, value in schema.items()}
    if schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def _closed(key: str, value: Any) -> Any:
    if key in _VALUES:
        return value
    if key in _BY_NAME and isinstance(value, dict):
        return {name: closed(each) for name, each in value.items()}
    return closed(value)
