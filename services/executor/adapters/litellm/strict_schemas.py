"""JSON Schemas as OpenAI wants them of tools and answers that it is to keep to."""

from __future__ import annotations

from typing import Any

from services.executor.adapters.litellm.inner_schemas import BY_NAME, rebuilt

# What OpenAI takes in a schema that it enforces; it refuses a query that has another keyword.
_ENFORCED = frozenset(
    {
        *("$defs", "$ref", "additionalProperties", "anyOf", "const", "definitions", "description"),
        *("enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems"),
        *("maximum", "minItems", "minimum", "multipleOf", "pattern", "properties", "required"),
        *("title", "type"),
    }
)
_FORMATS = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"}
)


def closed(schema: Any) -> Any:
    """Return a schema whose objects take no keys but their own, unless it says that they do.

    OpenAI refuses a strict tool with an open object. zod leaves objects open in its JSON Schema.
    """
    return rebuilt(schema, _closed)


def is_enforceable(schema: Any) -> bool:
    """Tell whether OpenAI takes a closed schema to keep to: else it refuses the whole query."""
    return isinstance(schema, dict) and schema.get("type") == "object" and _is_taken(schema)


def _is_taken(schema: Any) -> bool:
    if not isinstance(schema, dict) or not schema.keys() <= _ENFORCED or not schema:
        return False
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema["additionalProperties"] is not False:
            return False
        if {*properties} != {*schema.get("required", ())}:
            return False
    if schema.get("format", "date") not in _FORMATS:
        return False
    named = [each for key in BY_NAME for each in schema.get(key, {}).values()]
    options = schema.get("anyOf", [])
    items = [schema["items"]] if "items" in schema else []
    return all(_is_taken(each) for each in (*named, *options, *items))


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema
