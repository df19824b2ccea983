"""What each function of zod makes, such as ``z.string()`` and ``z.object({...})``."""

from __future__ import annotations

from services.executor.bundle.calls import apply_function
from services.executor.bundle.schema.formats import FORMATS
from services.executor.bundle.schema.model import Schema, UnreadableSchemaError, any_of, nullable
from services.executor.bundle.schema.zod_reader import Arguments, Maker, ZodReader
from services.executor.bundle.values import FunctionValue, ObjectValue
from services.executor.domain import Json, JsonObject

INT32 = 2**31


def fixed(kind: str, **keywords: Json) -> Maker:
    """Return a maker of a schema that depends on no argument."""

    def make(_reader: ZodReader, _arguments: Arguments) -> Schema:
        return Schema(kind, dict(keywords))

    return make


def text(format_name: str = "") -> Maker:
    """Return a maker of a string schema of a format."""
    return fixed("string", type="string", **({"format": format_name} if format_name else {}))


def make_object(extra: Json) -> Maker:
    """Return a maker of object schemas with ``additionalProperties`` as given."""

    def make(reader: ZodReader, arguments: Arguments) -> Schema:
        shape = reader.shape(arguments.value(0), arguments.path)
        return Schema("object", {}, shape=shape, extra=extra)

    return make


def make_array(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.array(item)``."""
    item = arguments.schema(0, "[]")
    return Schema("array", {"type": "array", "items": item.json()}, inner=item)


def make_set(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Refuse what JSON has no form of."""
    raise UnreadableSchemaError(
        "JSON has no form of what it takes, such as a Map, a Set or a function",
        arguments.node,
        arguments.path,
    )


def make_tuple(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.tuple([a, b], rest)``."""
    items = arguments.schemas(0)
    rest: Json = False
    if len(arguments) > 1 and not isinstance(arguments.value(1), ObjectValue):
        rest = arguments.schema(1, "[...]").json()
    return tuple_of(items, rest)


def tuple_of(items: list[Schema], rest: Json) -> Schema:
    """Return a tuple's schema; ``rest`` is the schema of further items, False for none."""
    required = len([item for item in items if not item.optional])
    keywords: JsonObject = {
        "type": "array",
        "prefixItems": [item.json() for item in items],
        "items": rest,
        "minItems": required,
    }
    if rest is False:
        keywords["maxItems"] = len(items)
    return Schema("tuple", keywords)


def make_record(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.record(key, value)``, and zod 3's ``z.record(value)``."""
    if len(arguments) == 1:
        values = arguments.schema(0, "[*]").json()
        return Schema("record", {"type": "object", "additionalProperties": values})
    keys = arguments.schema(0, "[key]").json()
    values = arguments.schema(1, "[*]").json()
    found: JsonObject = {"type": "object", "propertyNames": keys, "additionalProperties": values}
    if keys.get("type") in ("number", "integer"):
        del found["propertyNames"]  # keys of JSON are texts
    return Schema("record", found)


def make_enum(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.enum([...])``, ``z.enum({...})`` and ``z.nativeEnum({...})``."""
    given = arguments.json(0)
    if isinstance(given, dict):
        given = _enum_values(given)
    if not isinstance(given, list) or not given:
        raise UnreadableSchemaError("its values are not known", arguments.node, arguments.path)
    return Schema("enum", {**_type_of(given), "enum": given})


def _enum_values(given: JsonObject) -> list[Json]:
    """Return the values of an enum object, without the names that numbers lead back to."""
    numbers = {v for v in given.values() if isinstance(v, (int, float))}
    return [v for key, v in given.items() if not (key.isdecimal() and int(key) in numbers)]


def _type_of(values: list[Json]) -> JsonObject:
    if all(isinstance(value, str) for value in values):
        return {"type": "string"}
    if all(isinstance(value, bool) for value in values):
        return {"type": "boolean"}
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return {"type": "number"}
    return {}


def make_literal(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.literal(value)`` and ``z.literal([a, b])``."""
    given = arguments.json(0)
    if not isinstance(given, list):
        if given is None:
            return Schema("literal", {"type": "null"})
        return Schema("literal", {**_type_of([given]), "const": given})
    return Schema("literal", {**_type_of(given), "enum": given})


def make_union(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.union([a, b])``."""
    return union_of(arguments.schemas(0))


def union_of(options: list[Schema]) -> Schema:
    """Return the schema of a union; it may be absent when one of its options may."""
    keywords = any_of([option.json() for option in options])
    return Schema("union", keywords, any(option.optional for option in options))


def make_discriminated(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.discriminatedUnion("key", [a, b])``."""
    options: list[Json] = [option.json() for option in arguments.schemas(1)]
    return Schema("union", {"oneOf": options})


def make_intersection(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.intersection(a, b)``."""
    return intersection_of(arguments.schema(0), arguments.schema(1))


def intersection_of(left: Schema, right: Schema) -> Schema:
    """Return the schema of an intersection; two objects become one."""
    if left.shape is not None and right.shape is not None:
        shape = {**left.shape, **right.shape}
        return Schema("object", {}, shape=shape, extra=left.extra or right.extra)
    return Schema("intersection", {"allOf": [left.json(), right.json()]})


def make_optional(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.optional(schema)``."""
    inner = arguments.schema(0)
    return Schema(inner.kind, inner.json(), optional=True, inner=inner)


def make_nullable(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.nullable(schema)``."""
    return nullable(arguments.schema(0))


def make_nullish(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.nullish(schema)``."""
    return Schema("nullish", nullable(arguments.schema(0)).json(), optional=True)


def make_default(reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z._default(schema, value)``."""
    return with_default(reader, arguments.schema(0), arguments, 1)


def with_default(reader: ZodReader, schema: Schema, arguments: Arguments, index: int) -> Schema:
    """Return ``schema`` with the default that an argument is, when that is a constant."""
    constant, value = arguments.json_or_none(index)
    keywords = schema.json()
    if constant:
        keywords = {"default": value, **keywords}
    else:
        reader.note("its default is computed and not shown", arguments.path, arguments.node)
    return Schema(schema.kind, keywords, optional=True, inner=schema)


def make_first(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make what takes the same input as its first argument: a pipe, a read-only, a promise."""
    return arguments.schema(0)


def make_preprocess(reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.preprocess(change, schema)``; shown as the schema after the change."""
    reader.note(
        "what `preprocess` changes first is not known; shown is the schema after it",
        arguments.path,
        arguments.node,
    )
    return arguments.schema(1)


def make_pipe(_reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.pipe(in, out)``; a transform as input is shown as the output's schema."""
    first = arguments.schema(0)
    if first.kind == "transform" and len(arguments) > 1:
        return arguments.schema(1)
    return first


def make_lazy(reader: ZodReader, arguments: Arguments) -> Schema:
    """Make ``z.lazy(() => schema)``."""
    function = reader.machine.forced(arguments.value(0))
    if not isinstance(function, FunctionValue):
        raise UnreadableSchemaError("its function is not known", arguments.node, arguments.path)
    inner = apply_function(reader.machine, function, (), arguments.node)
    return reader.read(inner, arguments.path)


def make_number(kind: str, low: int | None = None, high: int | None = None) -> Maker:
    """Return a maker of numbers of a format."""
    bounds: JsonObject = {} if low is None else {"minimum": low, "maximum": high}
    return fixed("number", type=kind, **bounds)


MAKERS: dict[str, Maker] = {
    **{name: text(format_name) for name, format_name in FORMATS.items()},
    "any": fixed("any"),
    "array": make_array,
    "bigint": fixed("bigint", type="integer"),
    "boolean": fixed("boolean", type="boolean"),
    "coerce.bigint": fixed("bigint", type="integer"),
    "coerce.boolean": fixed("boolean", type="boolean"),
    "coerce.date": fixed("date", type="string", format="date-time"),
    "coerce.number": fixed("number", type="number"),
    "coerce.string": text(),
    "custom": fixed("any"),
    "date": fixed("date", type="string", format="date-time"),
    "default": make_default,
    "discriminatedUnion": make_discriminated,
    "enum": make_enum,
    "float32": make_number("number"),
    "float64": make_number("number"),
    "function": make_set,
    "instanceof": make_set,
    "int": make_number("integer"),
    "int32": make_number("integer", -INT32, INT32 - 1),
    "intersection": make_intersection,
    "json": fixed("any"),
    "lazy": make_lazy,
    "literal": make_literal,
    "looseObject": make_object({}),
    "map": make_set,
    "nativeEnum": make_enum,
    "never": fixed("never", **{"not": {}}),
    "nonoptional": make_first,
    "null": fixed("null", type="null"),
    "nullable": make_nullable,
    "nullish": make_nullish,
    "number": fixed("number", type="number"),
    "object": make_object(None),
    "optional": make_optional,
    "partialRecord": make_record,
    "pipe": make_pipe,
    "pipeline": make_pipe,
    "prefault": make_default,
    "preprocess": make_preprocess,
    "promise": make_set,
    "readonly": make_first,
    "record": make_record,
    "set": make_set,
    "strictObject": make_object(extra=False),
    "string": text(),
    "stringFormat": text(),
    "stringbool": text(),
    "symbol": make_set,
    "templateLiteral": text(),
    "transform": fixed("transform"),
    "tuple": make_tuple,
    "uint32": make_number("integer", 0, 2 * INT32 - 1),
    "undefined": make_set,
    "union": make_union,
    "unknown": fixed("unknown"),
    "void": make_set,
    "xor": make_union,
}
