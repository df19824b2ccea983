"""What each method of a zod schema changes, such as ``.min(1)`` and ``.optional()``."""

from __future__ import annotations

import re
from dataclasses import replace

from services.executor.bundle.schema.formats import FORMATS
from services.executor.bundle.schema.model import (
    Schema,
    UnreadableSchemaError,
    nullable,
)
from services.executor.bundle.schema.zod_makers import (
    MAKERS,
    intersection_of,
    union_of,
    with_default,
)
from services.executor.bundle.schema.zod_names import zod_function
from services.executor.bundle.schema.zod_object_methods import (
    catchall,
    exclude,
    extend,
    extra,
    extract,
    keyof,
    merge,
    omit,
    partial,
    pick,
    required,
)
from services.executor.bundle.schema.zod_reader import Arguments, Method, Tables, ZodReader
from services.executor.bundle.values import CallValue, RegExp
from services.executor.domain import Json, JsonObject

_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "tuple": ("minItems", "maxItems"),
}
_NUMBERS = ("minimum", "maximum")
# Anchors and classes that JSON Schema's regular expressions share with JavaScript's.
_SPECIAL = re.compile(r"[\\^$.*+?()[\]{}|/-]")


def same(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Keep what takes the same input: refine, transform, brand, pipe, ..."""
    return schema


def bound(side: int, *, exclusive: bool = False) -> Method:
    """Return ``.min(n)`` (side 0) or ``.max(n)`` (side 1) for texts, lists and numbers."""

    def apply(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
        if schema.kind in ("date", "bigint"):
            return schema
        limit = arguments.json(0)
        name = _BOUNDS.get(schema.kind, _NUMBERS)[side]
        if exclusive:
            name = f"exclusive{name.capitalize()}"
        return schema.having(**{name: limit})

    return apply


def number(**keywords: Json) -> Method:
    """Return a method that sets fixed keywords."""

    def apply(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
        return schema.having(**keywords)

    return apply


def length(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.length(n)``."""
    low, high = _BOUNDS.get(schema.kind, _BOUNDS["string"])
    exact = arguments.json(0)
    return schema.having(**{low: exact, high: exact})


def nonempty(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.nonempty()``."""
    return schema.having(**{_BOUNDS.get(schema.kind, _BOUNDS["array"])[0]: 1})


def multiple_of(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.multipleOf(n)`` and ``.step(n)``."""
    return schema.having(multipleOf=arguments.json(0))


def text_format(name: str) -> Method:
    """Return a method that sets a format."""
    return number(format=name)


def regex(reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.regex(/.../)``; one with flags that JSON Schema lacks is left to the tool."""
    value = reader.machine.forced(arguments.value(0))
    if not isinstance(value, RegExp):
        reader.note("its regular expression is not constant", arguments.path, arguments.node)
        return schema
    if set(value.flags) - set("gyuds"):
        reader.note(
            f"/{value.pattern}/{value.flags}: JSON Schema has no such flags, so only the tool's "
            "own code checks it",
            arguments.path,
            arguments.node,
        )
        return schema
    return with_pattern(schema, value.pattern)


def with_pattern(schema: Schema, pattern: str) -> Schema:
    """Return ``schema`` with one more pattern that must match."""
    if "pattern" not in schema.keywords:
        return schema.having(pattern=pattern)
    more = schema.keywords.get("allOf", [])
    patterns: list[Json] = [*(more if isinstance(more, list) else []), {"pattern": pattern}]
    return schema.having(allOf=patterns)


def affix(before: str, after: str) -> Method:
    """Return ``.startsWith(text)`` and the like, as a pattern."""

    def apply(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
        given = arguments.json(0)
        if not isinstance(given, str):
            raise UnreadableSchemaError("its text is not known", arguments.node, arguments.path)
        return with_pattern(schema, before + _SPECIAL.sub(r"\\\g<0>", given) + after)

    return apply


def optional(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.optional()``."""
    return replace(schema, optional=True, inner=schema)


def nullable_method(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.nullable()``."""
    return nullable(schema)


def nullish(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.nullish()``."""
    return replace(nullable(schema), optional=True)


def default(reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.default(value)``."""
    return with_default(reader, schema, arguments, 0)


def catch(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.catch(value)``: the value stands in for bad input, and is shown as the default."""
    constant, value = arguments.json_or_none(0)
    return schema.having(default=value) if constant else schema


def describe(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.describe(text)``."""
    constant, value = arguments.json_or_none(0)
    return schema.having(description=value) if constant and isinstance(value, str) else schema


def meta(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.meta({title, description, examples, deprecated})``."""
    constant, value = arguments.json_or_none(0)
    if not constant or not isinstance(value, dict):
        return schema
    known = ("title", "description", "examples", "deprecated", "default")
    return schema.having(**{key: value[key] for key in known if key in value})


def readonly(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.readonly()``."""
    return schema.having(readOnly=True)


def array(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.array()``."""
    return Schema("array", {"type": "array", "items": schema.json()}, inner=schema)


def either(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.or(other)``."""
    return union_of([schema, arguments.schema(0)])


def both(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.and(other)``."""
    return intersection_of(schema, arguments.schema(0))


def rest(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.rest(schema)`` of a tuple."""
    keywords: JsonObject = {**schema.keywords, "items": arguments.schema(0).json()}
    keywords.pop("maxItems", None)
    return Schema("tuple", keywords)


def unwrap(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
    """Apply ``.unwrap()``."""
    return schema.inner if schema.inner is not None else replace(schema, optional=False)


def checks(reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply zod mini's ``.check(z.minLength(1), ...)``; what is no bound is the tool's own."""
    for index in range(len(arguments)):
        value = arguments.value(index)
        name = zod_function(reader.machine, value) if isinstance(value, CallValue) else None
        method = METHODS.get(_MINI.get(name or "", name or ""))
        if method is not None and isinstance(value, CallValue):
            schema = method(reader, schema, Arguments(reader, value, arguments.path))
    return schema


_SAME = (
    "brand lowercase normalize overwrite pipe refine register superRefine toLowerCase toUpperCase "
    "transform trim uppercase finite slugify safeExtend"
)
_MINI = {"maximum": "max", "minimum": "min"}

METHODS: dict[str, Method] = {
    **dict.fromkeys(_SAME.split(), same),
    **{name: text_format(format_name) for name, format_name in FORMATS.items()},
    "and": both,
    "array": array,
    "catch": catch,
    "catchall": catchall,
    "check": checks,
    "cidr": same,
    "clone": same,
    "date": text_format("date"),
    "datetime": text_format("date-time"),
    "deepPartial": partial,
    "default": default,
    "describe": describe,
    "duration": text_format("duration"),
    "endsWith": affix(".*", "$"),
    "exclude": exclude,
    "extend": extend,
    "extract": extract,
    "gt": bound(0, exclusive=True),
    "gte": bound(0),
    "includes": affix("", ""),
    "int": number(type="integer"),
    "ip": same,
    "keyof": keyof,
    "length": length,
    "loose": extra({}),
    "lt": bound(1, exclusive=True),
    "lte": bound(1),
    "max": bound(1),
    "maxLength": bound(1),
    "merge": merge,
    "meta": meta,
    "min": bound(0),
    "minLength": bound(0),
    "multipleOf": multiple_of,
    "negative": number(exclusiveMaximum=0),
    "nonempty": nonempty,
    "nonnegative": number(minimum=0),
    "nonoptional": required,
    "nonpositive": number(maximum=0),
    "nonstrict": extra(None),
    "nullable": nullable_method,
    "nullish": nullish,
    "omit": omit,
    "optional": optional,
    "or": either,
    "partial": partial,
    "passthrough": extra({}),
    "pick": pick,
    "positive": number(exclusiveMinimum=0),
    "prefault": default,
    "readonly": readonly,
    "regex": regex,
    "required": required,
    "rest": rest,
    "safe": number(type="integer"),
    "startsWith": affix("^", ".*"),
    "step": multiple_of,
    "strict": extra(value=False),
    "strip": extra(None),
    "time": text_format("time"),
    "unwrap": unwrap,
    "with": checks,
}
TABLES = Tables(MAKERS, METHODS)
