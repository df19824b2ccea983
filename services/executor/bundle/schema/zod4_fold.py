"""Rewrites of JSON Schema that zod makes at the end; none changes the meaning."""

from __future__ import annotations

from collections.abc import Mapping

from services.executor.bundle.schema.model import javascript_text
from services.executor.bundle.schema.zod4_patterns import INTEGER, NUMBER
from services.executor.domain import Json, JsonObject

_OF_OBJECTS = frozenset({"type", "properties", "required", "additionalProperties"})
_OF_NUMBERS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "format",
    "id",
)
_UNIONS = ("oneOf", "anyOf")


def bare_types(schema: Json) -> None:
    """Rewrite ``anyOf`` of nothing but types as a list of types."""
    if not isinstance(schema, dict) or "type" in schema:
        return
    options = schema.get("anyOf")
    if not isinstance(options, list) or not options:
        return
    names: list[Json] = []
    for option in options:
        bare_types(option)
        if not isinstance(option, dict) or list(option) != ["type"]:
            return
        said = option["type"]
        names += said if isinstance(said, list) else [said]
    names = list(dict.fromkeys(str(name) for name in names))
    del schema["anyOf"]
    schema["type"] = names[0] if len(names) == 1 else names


def text_keys(
    schema: JsonObject, bodies: Mapping[int, JsonObject], visited: set[int]
) -> JsonObject:
    """Return the schema of a record's keys with numbers as strings, as JSON requires."""
    if "$ref" in schema:
        body = bodies.get(id(schema))
        if id(schema) in visited or body is None:
            return schema
        visited.add(id(schema))
        inlined = text_keys(body, bodies, visited)
        return schema if inlined is body else inlined
    for key in _UNIONS:
        branches = schema.get(key)
        if isinstance(branches, list):
            mapped = [text_keys(b, bodies, visited) if isinstance(b, dict) else b for b in branches]
            if any(new is not old for new, old in zip(mapped, branches, strict=True)):
                schema = {**schema, key: mapped}
    return _as_texts(schema)


def _as_texts(schema: JsonObject) -> JsonObject:
    said = schema.get("type")
    types = said if isinstance(said, list) else [said]
    is_number = "string" not in types and ("number" in types or "integer" in types)
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    listed = values if isinstance(values, list) else []
    if not is_number and not any(_is_number(value) for value in listed):
        return schema
    found = {key: value for key, value in schema.items() if key not in _OF_NUMBERS}
    if "enum" in found:
        found["enum"] = [javascript_text(v) if _is_number(v) else v for v in listed]
    elif _is_number(found.get("const")):
        found["const"] = javascript_text(found["const"])
    if is_number:
        found["type"] = "string"
        if values is None:
            found["pattern"] = NUMBER if "number" in types else INTEGER
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def folded(schema: JsonObject) -> None:
    """Rewrite ``allOf`` of objects as one object, and of objects and a union as a union."""
    members = schema.get("allOf")
    if not isinstance(members, list) or len(members) < 2 or schema.keys() & _OF_OBJECTS:
        return
    unions = [m for m in members if isinstance(m, dict) and _union_key(m)]
    found = _distributed(members, unions[0]) if unions else _one_object(members)
    if found is not None:
        del schema["allOf"]
        schema.update(found)


def _union_key(schema: JsonObject) -> str | None:
    return next((key for key in _UNIONS if isinstance(schema.get(key), list)), None)


def _distributed(members: list[Json], union: JsonObject) -> JsonObject | None:
    key = _union_key(union)
    if key is None or len(union) != 1:
        return None
    others = [member for member in members if member is not union]
    options = union[key]
    assert isinstance(options, list)
    branches = [_one_object([*others, option]) for option in options]
    if any(branch is None for branch in branches):
        return None
    return {key: [branch for branch in branches if branch is not None]}


def _one_object(members: list[Json]) -> JsonObject | None:
    """Return the one object that all ``members`` describe; None when one is not a plain object."""
    objects: list[JsonObject] = []
    for member in members:
        if not isinstance(member, dict) or member.get("type") != "object":
            return None
        if member.keys() - _OF_OBJECTS:
            return None
        objects.append(member)
    properties: JsonObject = {}
    required: dict[str, None] = {}
    for member in objects:
        for key in _properties(member):
            if key not in properties:
                properties[key] = _both(objects, key)
        names = member.get("required")
        required |= dict.fromkeys(str(name) for name in names) if isinstance(names, list) else {}
    found: JsonObject = {"type": "object", "properties": properties}
    if required:
        found["required"] = list(required)
    return _closed(found, objects)


def _properties(member: JsonObject) -> JsonObject:
    found = member.get("properties")
    return found if isinstance(found, dict) else {}


def _both(objects: list[JsonObject], key: str) -> Json:
    parts: list[Json] = []
    for member in objects:
        part = _properties(member).get(key, _undeclared(member))
        if part is not None and part not in parts:
            parts.append(part)
    if len(parts) == 1:
        return parts[0]
    return _one_object(parts) or {"allOf": parts}


def _undeclared(member: JsonObject) -> Json:
    """Return what a member requires of keys it does not name, or None for nothing."""
    extra = member.get("additionalProperties")
    return extra if isinstance(extra, dict) and extra else None


def _closed(found: JsonObject, objects: list[JsonObject]) -> JsonObject:
    if all(member.get("additionalProperties") is False for member in objects):
        return {**found, "additionalProperties": False}
    asked: list[Json] = []
    for member in objects:
        extra = _undeclared(member)
        if extra is not None and extra not in asked:
            asked.append(extra)
    if len(asked) == 1:
        return {**found, "additionalProperties": asked[0]}
    return {**found, "additionalProperties": {"allOf": asked}} if asked else found
