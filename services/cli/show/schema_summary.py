"""A JSON Schema in one line, as a person would write the type."""

from __future__ import annotations

import json

from services.executor.domain import Json

MAX_DEPTH = 3
MAX_CHOICES = 6


def summary(schema: Json, depth: int = 0) -> str:
    """Return the type in brief: ``{city: string, day?: string = "today"}``."""
    if not isinstance(schema, dict):
        return "anything" if schema is not False else "nothing"
    if depth > MAX_DEPTH:
        return "…"
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    choices = schema.get("enum")
    if isinstance(choices, list):
        return _joined([json.dumps(choice, ensure_ascii=False) for choice in choices])
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        if isinstance(options, list):
            return _joined([summary(option, depth + 1) for option in options])
    return _by_type(schema, depth)


def _by_type(schema: dict[str, Json], depth: int) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return _joined([str(each) for each in kind])
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(schema, depth)
    if kind == "array":
        items = summary(schema.get("items", True), depth + 1)
        return f"({items})[]" if " | " in items else f"{items}[]"
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return reference.rpartition("/")[2]
    return kind if isinstance(kind, str) else "anything"


def _object(schema: dict[str, Json], depth: int) -> str:
    properties = schema.get("properties")
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    if not isinstance(properties, dict) or not properties:
        extra = schema.get("additionalProperties")
        return f"{{[key]: {summary(extra, depth + 1)}}}" if isinstance(extra, dict) else "{}"
    parts = []
    for name, value in properties.items():
        mark = "" if name in needed else "?"
        default = ""
        if isinstance(value, dict) and "default" in value:
            default = f" = {json.dumps(value['default'], ensure_ascii=False)}"
        parts.append(f"{name}{mark}: {summary(value, depth + 1)}{default}")
    return "{" + ", ".join(parts) + "}"


def _joined(choices: list[str]) -> str:
    more = [f"… {len(choices) - MAX_CHOICES} more"] if len(choices) > MAX_CHOICES else []
    return " | ".join(choices[:MAX_CHOICES] + more)
