"""Converts a zod 3 schema to JSON Schema 2020-12, like ``zod-to-json-schema``.

That package is what frameworks use for zod 3 (https://github.com/StefanTerdell/zod-to-json-schema).
This follows its options ``pipeStrategy: "input"`` and ``removeAdditionalStrategy: "strict"``: an
object that is not strict accepts further keys, as zod itself does. Tuples are written as in
2020-12, and a recursive schema becomes a definition.
"""

from __future__ import annotations

from collections.abc import Callable

from services.executor.bundle.schema.model import (
    Absent,
    BigLiteral,
    Check,
    Literal,
    UnreadableSchemaError,
    Zod,
    in_order,
)
from services.executor.bundle.schema.zod3_texts import text_keywords
from services.executor.bundle.schema.zod3_types import takes_undefined
from services.executor.bundle.schema.zod_arguments import enum_values
from services.executor.domain import Json, JsonObject

MAX_DEPTH = 120
MAX_SCHEMAS = 8_000
_TYPES = {
    "string": "string",
    "number": "number",
    "bigint": "integer",
    "boolean": "boolean",
    "null": "null",
}
# Wrappers whose inner schema takes their place, for example as an object's member.
_AS_MEMBER = frozenset(
    {"branded", "catch", "default", "effects", "lazy", "optional", "pipe", "promise", "readonly"}
)
_NOTHING: JsonObject = {"not": {}}


class Zod3Writer:
    """Writes one schema; ``notes`` are (reason, path, node) of what was left out."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, object]] = []
        self.definitions: JsonObject = {}
        self._names: dict[int, str] = {}
        self._within: list[Zod] = []
        self._is_member = False
        self._left = MAX_SCHEMAS

    def __repr__(self) -> str:
        """Show how much more may be written."""
        return f"Zod3Writer(definitions={len(self.definitions)}, left={self._left})"

    def whole(self, schema: Zod) -> JsonObject:
        """Return the schema with its definitions.

        Raises:
            UnreadableSchemaError: JSON Schema cannot express it, or it is too large.
        """
        found = self.write(schema)
        if found is None:
            raise UnreadableSchemaError(
                f"it takes a {schema.type}, which JSON cannot express", schema.node, schema.path
            )
        if self.definitions:
            found = {**found, "$defs": self.definitions}
        return found

    def write(self, schema: Zod) -> JsonObject | None:
        """Return the keywords of a schema; None for what JSON cannot express."""
        self._left -= 1
        if self._left < 0 or len(self._within) >= MAX_DEPTH:
            raise UnreadableSchemaError(
                "it is too large or nested too deeply", schema.node, schema.path
            )
        if schema in self._within:
            return {"$ref": self._reference(schema)}
        self._within.append(schema)
        was_member = self._is_member
        self._is_member = was_member and schema.type in _AS_MEMBER
        try:
            writer = _WRITERS.get(schema.type)
            found = writer(self, schema) if writer is not None else None
        finally:
            self._within.pop()
            self._is_member = was_member
        if found is not None and schema.meta.get("description"):
            found = {**found, "description": schema.meta["description"]}
        name = self._names.get(id(schema))
        if name is not None and found is not None and self._within:
            self.definitions[name] = found
            return {"$ref": f"#/$defs/{name}"}
        return found

    def _reference(self, schema: Zod) -> str:
        if schema is self._within[0]:
            return "#"
        name = self._names.setdefault(id(schema), f"schema{len(self._names)}")
        return f"#/$defs/{name}"

    def _or_any(self, schema: Zod | None) -> JsonObject:
        found = self.write(schema) if schema is not None else None
        return {} if found is None else found

    def _number(self, schema: Zod) -> JsonObject:
        found: JsonObject = {"type": "number"}
        for check in schema.checks:
            found.update(_number_keywords(check))
        return found

    def _object(self, schema: Zod) -> JsonObject:
        properties: JsonObject = {}
        required: list[Json] = []
        for key, deferred in in_order(schema.shape or {}):
            inner = deferred()
            self._is_member = True
            written = self.write(inner)
            if written is None:
                continue
            properties[key] = written
            if not takes_undefined(inner):
                required.append(key)
        found: JsonObject = {"type": "object", "properties": properties}
        if required:
            found["required"] = required
        self._is_member = False
        # A catchall of never is what every object has: the refusal of other keys is `strict`.
        if schema.rest is not None and schema.rest.type != "never":
            found["additionalProperties"] = self._or_any(schema.rest)
        elif "strict" in schema.flags:
            found["additionalProperties"] = False
        return found

    def _array(self, schema: Zod) -> JsonObject:
        found: JsonObject = {"type": "array"}
        if schema.inner is not None and schema.inner.type != "any":
            found["items"] = self._or_any(schema.inner)
        return {**found, **_counts(schema)}

    def _set(self, schema: Zod) -> JsonObject:
        items = self._or_any(schema.inner)
        return {"type": "array", "uniqueItems": True, "items": items, **_counts(schema)}

    def _map(self, schema: Zod) -> JsonObject:
        pair: JsonObject = {
            "type": "array",
            "prefixItems": [self._or_any(schema.key), self._or_any(schema.inner)],
            "minItems": 2,
            "maxItems": 2,
        }
        return {"type": "array", "maxItems": 125, "items": pair}

    def _tuple(self, schema: Zod) -> JsonObject:
        items: list[Json] = [self._or_any(item) for item in schema.options]
        found: JsonObject = {"type": "array", "minItems": len(items)}
        if items:
            found["prefixItems"] = items
        if schema.rest is None:
            found["maxItems"] = len(items)
        else:
            found["items"] = self._or_any(schema.rest)
        return found

    def _record(self, schema: Zod) -> JsonObject:
        found: JsonObject = {"type": "object", "additionalProperties": self._or_any(schema.inner)}
        key = schema.key
        if key is not None and key.type == "branded" and key.inner is not None:
            key = key.inner
        if key is not None and key.type == "string" and _told(key):
            written = text_keywords(key.checks)
            found["propertyNames"] = {k: v for k, v in written.items() if k != "type"}
        elif key is not None and key.type == "enum":
            found["propertyNames"] = {"enum": enum_values(dict(key.entries))}
        return found

    def _enum(self, schema: Zod) -> JsonObject:
        values = enum_values(dict(schema.entries))
        kinds = {isinstance(value, str) for value in values}
        said: Json = ["string", "number"]
        if len(kinds) == 1:
            said = "string" if kinds.pop() else "number"
        return {"type": said, "enum": values}

    def _literal(self, schema: Zod) -> JsonObject:
        value = schema.values[0]
        if isinstance(value, BigLiteral):
            return {"type": "integer", "const": value.value}
        if isinstance(value, Absent):
            return dict(_NOTHING)
        return {"type": _type_of(value), "const": value} if value is not None else {"type": "null"}

    def _union(self, schema: Zod) -> JsonObject | None:
        options = schema.options
        if all(option.type in _TYPES and not _told(option) for option in options):
            names = list(dict.fromkeys(_TYPES[option.type] for option in options))
            return {"type": names[0] if len(names) == 1 else [*names]}
        if all(option.type == "literal" and not option.meta for option in options):
            found = _literals([option.values[0] for option in options])
            if found is not None:
                return found
        if all(option.type == "enum" and "native" not in option.flags for option in options):
            values = [value for option in options for value in enum_values(dict(option.entries))]
            return {"type": "string", "enum": list(dict.fromkeys(str(value) for value in values))}
        written = [self.write(option) for option in options]
        kept: list[Json] = [option for option in written if option is not None]
        return {"anyOf": kept} if kept else None

    def _intersection(self, schema: Zod) -> JsonObject | None:
        sides: list[Json] = []
        for option in schema.options:
            written = self.write(option)
            inner = written.get("allOf") if written is not None else None
            if isinstance(inner, list) and written is not None and written.get("type") != "string":
                sides += inner
            elif written is not None:
                sides.append(_open(written))
        return {"allOf": sides} if sides else None

    def _nullable(self, schema: Zod) -> JsonObject | None:
        inner = schema.inner
        if inner is not None and inner.type in _TYPES and not _told(inner):
            said = _TYPES[inner.type]
            return {"type": "null" if said == "null" else [said, "null"]}
        written = self.write(inner) if inner is not None else None
        return None if written is None else {"anyOf": [written, {"type": "null"}]}

    def _optional(self, schema: Zod) -> JsonObject | None:
        """Write an optional; outside an object it may be a value that JSON cannot express."""
        if self._is_member:
            return self.write(schema.inner) if schema.inner is not None else None
        inner = self.write(schema.inner) if schema.inner is not None else None
        return {} if inner is None else {"anyOf": [dict(_NOTHING), inner]}

    def _default(self, schema: Zod) -> JsonObject:
        found = self._or_any(schema.inner)
        return {**found, "default": schema.value} if "valued" in schema.flags else dict(found)

    def _inner(self, schema: Zod) -> JsonObject | None:
        inner = schema.lazy() if schema.lazy is not None else schema.inner
        return self.write(inner) if inner is not None else None


def _told(schema: Zod) -> bool:
    """Return whether a schema has checks, as zod 3 counts them."""
    return bool(schema.checks)


def _number_keywords(check: Check) -> JsonObject:
    match check.name:
        case "number_format":
            return {"type": "integer"}
        case "greater_than":
            return {"minimum" if check.inclusive else "exclusiveMinimum": check.value}
        case "less_than":
            return {"maximum" if check.inclusive else "exclusiveMaximum": check.value}
        case "multiple_of":
            return {"multipleOf": check.value}
        case _:
            return {}


def _counts(schema: Zod) -> JsonObject:
    found: JsonObject = {}
    for check in schema.checks:
        if check.name in ("min_length", "length_equals"):
            found["minItems"] = check.value
        if check.name in ("max_length", "length_equals"):
            found["maxItems"] = check.value
    return found


def _literals(values: list[Literal]) -> JsonObject | None:
    kept: list[Json] = []
    for value in values:
        if isinstance(value, (Absent, BigLiteral)):
            return None
        if not any(
            value is other or (value, type(value)) == (other, type(other)) for other in kept
        ):
            kept.append(value)
    types = list(dict.fromkeys(_type_of(value) for value in kept))
    return {"type": types[0] if len(types) == 1 else [*types], "enum": kept}


def _type_of(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _open(schema: JsonObject) -> JsonObject:
    """Return a side of an intersection without its refusal of the other side's keys."""
    if schema.get("additionalProperties") is False:
        return {key: value for key, value in schema.items() if key != "additionalProperties"}
    return schema


def _fixed(**keywords: Json) -> Callable[[Zod3Writer, Zod], JsonObject]:
    def write(_writer: Zod3Writer, _schema: Zod) -> JsonObject:
        return dict(keywords)

    return write


_WRITERS: dict[str, Callable[[Zod3Writer, Zod], JsonObject | None]] = {
    **dict.fromkeys(
        ("branded", "catch", "effects", "lazy", "pipe", "promise", "readonly"), Zod3Writer._inner
    ),
    "any": _fixed(),
    "array": Zod3Writer._array,
    "bigint": _fixed(type="integer", format="int64"),
    "boolean": _fixed(type="boolean"),
    "date": _fixed(type="string", format="date-time"),
    "default": Zod3Writer._default,
    "enum": Zod3Writer._enum,
    "instanceof": _fixed(),
    "intersection": Zod3Writer._intersection,
    "literal": Zod3Writer._literal,
    "map": Zod3Writer._map,
    "nan": _fixed(**{"not": {}}),
    "never": _fixed(**{"not": {}}),
    "null": _fixed(type="null"),
    "nullable": Zod3Writer._nullable,
    "number": Zod3Writer._number,
    "object": Zod3Writer._object,
    "optional": Zod3Writer._optional,
    "record": Zod3Writer._record,
    "set": Zod3Writer._set,
    "string": lambda _writer, schema: text_keywords(schema.checks),
    "tuple": Zod3Writer._tuple,
    "undefined": _fixed(**{"not": {}}),
    "union": Zod3Writer._union,
    "unknown": _fixed(),
}


def zod3_schema(schema: Zod) -> tuple[JsonObject, list[tuple[str, str, object]]]:
    """Return the JSON Schema of a zod 3 schema, and notes (reason, path, node) of what differs.

    Raises:
        UnreadableSchemaError: JSON Schema cannot express it, or it is too large.
    """
    writer = Zod3Writer()
    return writer.whole(schema), writer.notes
