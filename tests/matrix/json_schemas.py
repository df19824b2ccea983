"""Brings JSON Schemas into one notation, so that equal ones are equal: notation, not meaning.

zod 3's conversion writes draft 7 and zod 4 draft 2020-12, and each has its own shorthands. What is
rewritten here accepts the same values before and after; each rule says why it is needed.
"""

from __future__ import annotations

from services.executor.domain import Json, JsonObject

# What a schema says about itself rather than about values: it stays where it is.
_ANNOTATIONS = ("title", "description", "default", "examples", "deprecated", "readOnly")
# Keywords that only bear on values of one type.
_ONLY_FOR = {
    "string": ("minLength", "maxLength", "pattern", "format", "contentEncoding"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "object": ("properties", "required", "additionalProperties", "propertyNames"),
}


def normal(schema: Json) -> Json:
    """Return a schema in the one notation."""
    if isinstance(schema, list):
        return [normal(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return _rewritten({key: _part(key, value) for key, value in schema.items()})


def _part(key: str, value: Json) -> Json:
    if key in {"properties", "$defs", "patternProperties"} and isinstance(value, dict):
        return {name: normal(each) for name, each in value.items()}
    if key in {"enum", "default", "const", "examples"}:
        return value
    return normal(value)


def _rewritten(schema: JsonObject) -> JsonObject:
    schema.pop("$schema", None)
    # `true` and `{}` say the same of additional properties as saying nothing.
    if schema.get("additionalProperties") in (True, {}):
        del schema["additionalProperties"]
    # Names of properties are strings in every JSON.
    if schema.get("propertyNames") == {"type": "string"}:
        del schema["propertyNames"]
    required = schema.pop("required", None)
    if isinstance(required, list) and required:
        schema["required"] = sorted(required, key=str)
    _as_2020_tuple(schema)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    # The type of what is listed adds nothing to the list.
    if "enum" in schema:
        schema.pop("type", None)
    if isinstance(schema.get("type"), list):
        schema = _one_type_each(schema)
    return _merged_choices(schema)


def _as_2020_tuple(schema: JsonObject) -> None:
    """Draft 7 writes a tuple as a list in `items`, and what follows in `additionalItems`."""
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if "additionalItems" in schema:
            schema["items"] = schema.pop("additionalItems")


def _one_type_each(schema: JsonObject) -> JsonObject:
    """`{type: [a, b]}` is `{anyOf: [{type: a}, {type: b}]}`."""
    types = schema.pop("type")
    assert isinstance(types, list)
    outside = {key: schema.pop(key) for key in list(schema) if key in _ANNOTATIONS}
    choices: list[Json] = []
    for each in types:
        foreign = {
            key
            for kind, keys in _ONLY_FOR.items()
            for key in keys
            if kind != each and not (kind == "number" and each == "integer")
        }
        kept = {key: value for key, value in schema.items() if key not in foreign}
        choices.append({"type": each, **kept})
    return {**outside, "anyOf": choices}


def _merged_choices(schema: JsonObject) -> JsonObject:
    """A choice of lists is the list of all; a choice within a choice is one choice."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    flat: list[Json] = []
    for choice in choices:
        inner = choice.get("anyOf") if isinstance(choice, dict) and len(choice) == 1 else None
        flat += inner if isinstance(inner, list) else [choice]
    listed = [c["enum"] for c in flat if isinstance(c, dict) and c.keys() == {"enum"}]
    if len(listed) == len(flat):
        values = [value for each in listed if isinstance(each, list) for value in each]
        return {**{key: value for key, value in schema.items() if key != "anyOf"}, "enum": values}
    return {**schema, "anyOf": flat}
