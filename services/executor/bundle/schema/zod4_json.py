"""Converts a zod 4 schema to JSON Schema 2020-12, like ``z.toJSONSchema(schema, {io: "input"})``.

Two things differ, each with a note. Some values that zod refuses, since JSON lacks them, are shown:
dates as strings of format ``date-time``, BigInts as integers (zod's documentation tells users to
do the same in ``override``), and what only code can decide as anything. And regular expressions
with flags that JSON Schema lacks are left out, where zod drops the flags.

As in zod, a schema's keywords are one object that all its places share until the end
(``zod4_finish.py``), which is how recursion finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.executor.bundle.schema.model import (
    Absent,
    BigLiteral,
    UnreadableSchemaError,
    Zod,
    in_order,
    javascript_text,
    metadata,
)
from services.executor.bundle.schema.zod4_checks import (
    bounds_of,
    file_keywords,
    number_keywords,
    text_keywords,
)
from services.executor.bundle.schema.zod4_patterns import template_pattern
from services.executor.bundle.schema.zod4_types import is_transforming, may_be_absent, values_of
from services.executor.bundle.schema.zod_arguments import enum_values
from services.executor.domain import Json, JsonObject

MAX_DEPTH = 120
MAX_SEEN = 8_000
PREFAULT = "_prefault"
# Types that JSON cannot express, with zod's description of each.
_REFUSED = {
    "function": "a function",
    "instanceof": "an instance of a class",
    "map": "a Map",
    "nan": "NaN",
    "set": "a Set",
    "symbol": "a symbol",
    "undefined": "undefined",
    "void": "undefined",
}
_REF_TO_INNER = frozenset(
    {"nonoptional", "default", "prefault", "catch", "readonly", "promise", "optional"}
)


@dataclass(eq=False)
class Seen:
    """A visited schema: its keywords, and where its other keywords come from."""

    zod: Zod
    keywords: JsonObject = field(default_factory=dict)
    ref: Zod | None = None
    is_cycle: bool = False
    body: JsonObject | None = None
    name: str | None = None
    is_flat: bool = False


class Zod4Writer:
    """Writes one schema; ``notes`` are (reason, path, node) of what was left out."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, object]] = []
        self.seen: dict[int, Seen] = {}
        self.intersections: list[list[Json]] = []
        self.records: list[Zod] = []
        self._path: list[int] = []

    def __repr__(self) -> str:
        """Show how many schemas were visited."""
        return f"Zod4Writer(seen={len(self.seen)})"

    def write(self, schema: Zod) -> JsonObject:
        """Return the keywords of a schema; they are complete once everything is written.

        Raises:
            UnreadableSchemaError: JSON Schema cannot express it, or it is too large.
        """
        found = self.seen.get(id(schema))
        if found is not None:
            found.is_cycle = found.is_cycle or id(schema) in self._path
            return found.keywords
        if len(self._path) >= MAX_DEPTH or len(self.seen) >= MAX_SEEN:
            raise UnreadableSchemaError(
                "it is too large or nested too deeply", schema.node, schema.path
            )
        found = self.seen[id(schema)] = Seen(schema)
        self._path.append(id(schema))
        try:
            _WRITERS.get(schema.type, Zod4Writer._unknown)(self, schema, found)
            if schema.parent is not None:
                found.ref = found.ref or schema.parent
                self.write(schema.parent)
        finally:
            self._path.pop()
        self._annotate(schema, found)
        return found.keywords

    def _annotate(self, schema: Zod, found: Seen) -> None:
        found.keywords.update(metadata(schema))
        if is_transforming(schema):
            found.keywords.pop("examples", None)
            found.keywords.pop("default", None)
        if PREFAULT in found.keywords:
            value = found.keywords.pop(PREFAULT)
            if found.keywords.get("default") is None:
                found.keywords["default"] = value

    def _note(self, schema: Zod, reason: str) -> None:
        self.notes.append((reason, schema.path, schema.node))

    def _unknown(self, schema: Zod, _found: Seen) -> None:
        what = _REFUSED.get(schema.type, schema.type)
        reason = f"it takes {what}, which JSON cannot express"
        raise UnreadableSchemaError(reason, schema.node, schema.path)

    def _text(self, schema: Zod, found: Seen) -> None:
        found.keywords.update(text_keywords(bounds_of(schema)))

    def _number(self, schema: Zod, found: Seen) -> None:
        found.keywords.update(number_keywords(bounds_of(schema)))

    def _file(self, schema: Zod, found: Seen) -> None:
        found.keywords.update(file_keywords(bounds_of(schema)))

    def _date(self, schema: Zod, found: Seen) -> None:
        found.keywords.update({"type": "string", "format": "date-time"})
        self._note(schema, _of_no_json(schema, "a Date", "z.iso.datetime()"))

    def _bigint(self, schema: Zod, found: Seen) -> None:
        found.keywords["type"] = "integer"
        self._note(schema, _of_no_json(schema, "a BigInt", "z.int()"))

    def _enum(self, schema: Zod, found: Seen) -> None:
        values = enum_values(dict(schema.entries))
        if not values:
            found.keywords["not"] = {}
            return
        if all(_is_number(v) for v in values):
            found.keywords["type"] = "number"
        if all(isinstance(v, str) for v in values):
            found.keywords["type"] = "string"
        found.keywords["enum"] = values

    def _literal(self, schema: Zod, found: Seen) -> None:
        values: list[Json] = []
        for value in schema.values:
            if isinstance(value, Absent):
                self._note(schema, "JSON cannot express `undefined`; left out of its values")
            elif isinstance(value, BigLiteral):
                self._note(schema, "JSON has no BigInt: it is shown as a number")
                values.append(value.value)
            else:
                values.append(value)
        if not schema.values:
            found.keywords["not"] = {}
        elif len(values) == 1:
            found.keywords.update({"type": _type_of(values[0]), "const": values[0]})
        elif values:
            types = {_type_of(value) for value in values}
            if len(types) == 1:
                found.keywords["type"] = types.pop()
            found.keywords["enum"] = values

    def _template(self, schema: Zod, found: Seen) -> None:
        found.keywords.update({"type": "string", "pattern": template_pattern(schema)})

    def _array(self, schema: Zod, found: Seen) -> None:
        assert schema.inner is not None
        self._counted(schema, found)
        found.keywords["type"] = "array"
        found.keywords["items"] = self.write(schema.inner)

    def _counted(self, schema: Zod, found: Seen) -> None:
        bounds = bounds_of(schema)
        if bounds.minimum is not None:
            found.keywords["minItems"] = bounds.minimum
        if bounds.maximum is not None:
            found.keywords["maxItems"] = bounds.maximum

    def _object(self, schema: Zod, found: Seen) -> None:
        properties: JsonObject = {}
        found.keywords.update({"type": "object", "properties": properties})
        shape = schema.shape or {}
        for key, deferred in in_order(shape):
            properties[key] = self.write(deferred())
        required: list[Json] = [key for key, d in in_order(shape) if not may_be_absent(d())]
        if required:
            found.keywords["required"] = required
        if schema.rest is not None:
            never = schema.rest.type == "never"
            found.keywords["additionalProperties"] = False if never else self.write(schema.rest)

    def _union(self, schema: Zod, found: Seen) -> None:
        key = "oneOf" if "exclusive" in schema.flags else "anyOf"
        found.keywords[key] = [self.write(option) for option in schema.options]

    def _intersection(self, schema: Zod, found: Seen) -> None:
        sides: list[Json] = []
        for option in schema.options:
            written = self.write(option)
            inner = written.get("allOf")
            is_plain = len(written) == 1 and isinstance(inner, list)
            sides += inner if is_plain and isinstance(inner, list) else [written]
        found.keywords["allOf"] = sides
        self.intersections.append(sides)

    def _tuple(self, schema: Zod, found: Seen) -> None:
        items = schema.options
        found.keywords["type"] = "array"
        if items:
            found.keywords["prefixItems"] = [self.write(item) for item in items]
        found.keywords["items"] = False if schema.rest is None else self.write(schema.rest)
        needed = len(items)
        while needed and may_be_absent(items[needed - 1]):
            needed -= 1
        if needed:
            found.keywords["minItems"] = needed
        if schema.rest is None:
            found.keywords["maxItems"] = len(items)
        self._counted(schema, found)

    def _record(self, schema: Zod, found: Seen) -> None:
        assert schema.key is not None
        assert schema.inner is not None
        found.keywords["type"] = "object"
        patterns = bounds_of(schema.key).patterns
        if "loose" in schema.flags and patterns:
            values = self.write(schema.inner)
            found.keywords["patternProperties"] = {p.source: values for p in patterns}
        else:
            found.keywords["propertyNames"] = self.write(schema.key)
            self.records.append(schema)
            found.keywords["additionalProperties"] = self.write(schema.inner)
        names = values_of(schema.key)
        if names is not None and "partial" not in schema.flags and not may_be_absent(schema.inner):
            texts = [v for v in names if isinstance(v, str) or _is_number(v)]
            required: list[Json] = [javascript_text(v) for v in dict.fromkeys(texts)]
            if required:
                found.keywords["required"] = required

    def _nullable(self, schema: Zod, found: Seen) -> None:
        assert schema.inner is not None
        found.keywords["anyOf"] = [self.write(schema.inner), {"type": "null"}]

    def _inner(self, schema: Zod, found: Seen) -> None:
        inner = schema.lazy() if schema.lazy is not None else schema.inner
        assert inner is not None
        self.write(inner)
        found.ref = inner
        valued = "valued" in schema.flags
        if schema.type == "readonly":
            found.keywords["readOnly"] = True
        elif schema.type in ("default", "catch") and valued:
            found.keywords["default"] = schema.value
        elif schema.type == "prefault" and valued:
            found.keywords[PREFAULT] = schema.value

    def _pipe(self, schema: Zod, found: Seen) -> None:
        assert schema.inner is not None
        assert schema.out is not None
        found.ref = schema.out if schema.inner.type == "transform" else schema.inner
        self.write(found.ref)


def _of_no_json(schema: Zod, what: str, instead: str) -> str:
    if "coerce" in schema.flags:
        return f"JSON cannot express {what}: the type it is made from is shown"
    return (
        f"it takes {what}, which JSON cannot express, so the tool's own check will refuse what a "
        f"model sends: use `{instead}`"
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _type_of(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _fixed(**keywords: Json) -> Callable[[Zod4Writer, Zod, Seen], None]:
    def write(_writer: Zod4Writer, _schema: Zod, found: Seen) -> None:
        found.keywords.update(keywords)

    return write


_WRITERS: dict[str, Callable[[Zod4Writer, Zod, Seen], None]] = {
    **dict.fromkeys(("lazy", *_REF_TO_INNER), Zod4Writer._inner),
    "any": _fixed(),
    "array": Zod4Writer._array,
    "bigint": Zod4Writer._bigint,
    "boolean": _fixed(type="boolean"),
    "custom": _fixed(),
    "date": Zod4Writer._date,
    "enum": Zod4Writer._enum,
    "file": Zod4Writer._file,
    "intersection": Zod4Writer._intersection,
    "literal": Zod4Writer._literal,
    "never": _fixed(**{"not": {}}),
    "null": _fixed(type="null"),
    "nullable": Zod4Writer._nullable,
    "number": Zod4Writer._number,
    "object": Zod4Writer._object,
    "pipe": Zod4Writer._pipe,
    "record": Zod4Writer._record,
    "string": Zod4Writer._text,
    "success": _fixed(type="boolean"),
    "template_literal": Zod4Writer._template,
    "transform": _fixed(),
    "tuple": Zod4Writer._tuple,
    "union": Zod4Writer._union,
    "unknown": _fixed(),
}
