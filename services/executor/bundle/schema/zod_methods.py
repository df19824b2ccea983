"""What each method of a zod schema returns, such as ``.optional()`` and ``.describe()``."""

from __future__ import annotations

from services.executor.bundle.schema.model import Zod
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_checks import CHECKS
from services.executor.bundle.schema.zod_makers import MAKERS, with_value
from services.executor.bundle.schema.zod_object_methods import OBJECT_METHODS, required
from services.executor.bundle.schema.zod_reader import Method, Tables, ZodReader


def around(schema: Zod, arguments: Arguments, kind: str, *flags: str, say: bool = True) -> Zod:
    """Return a schema that holds ``schema``; zod 3 also copies the description to it."""
    made = Zod(kind, schema.is_v3, arguments.node, schema.path, inner=schema)
    made.flags = frozenset(flags)
    if schema.is_v3 and say:
        made.meta = dict(schema.meta)
    return made


def wrapped(kind: str, *flags: str, say: bool = True) -> Method:
    """Return a method that wraps the schema in another."""

    def apply(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
        return around(schema, arguments, kind, *flags, say=say)

    return apply


def brand(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.brand()``; zod 3 makes it another schema."""
    return around(schema, arguments, "branded") if schema.is_v3 else schema


def nullish(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.nullish()``."""
    return around(around(schema, arguments, "nullable"), arguments, "optional")


def valued(kind: str) -> Method:
    """Return ``.default(value)``, ``.prefault(value)`` or ``.catch(value)``."""
    add = with_value(kind)

    def apply(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
        made = add(reader, schema, arguments, 0)
        return made.having(meta=dict(schema.meta)) if schema.is_v3 else made

    return apply


def describe(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.describe(text)``."""
    constant, value = arguments.json_or_none(0)
    if constant and isinstance(value, str):
        return schema.described({"description": value})
    reader.note("its description is computed and not shown", arguments.path, arguments.node)
    return schema.described({})


def meta(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.meta({title, description, examples, deprecated, id, ...})``."""
    constant, value = arguments.json_or_none(0)
    if constant and isinstance(value, dict):
        return schema.described(value)
    reader.note("its metadata is computed and not shown", arguments.path, arguments.node)
    return schema.described({})


def transform(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.transform(change)``."""
    if schema.is_v3:
        return around(schema, arguments, "effects")
    out = Zod("transform", False, arguments.node, schema.path)
    return Zod("pipe", False, arguments.node, schema.path, inner=schema, out=out)


def pipe(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.pipe(schema)``."""
    made = around(schema, arguments, "pipe", say=False)
    return made.having(out=arguments.schema(0))


def either(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.or(other)``."""
    made = around(schema, arguments, "union")
    return made.having(inner=None, options=(schema, arguments.schema(0)))


def both(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.and(other)``."""
    made = around(schema, arguments, "intersection")
    return made.having(inner=None, options=(schema, arguments.schema(0)))


METHODS: dict[str, Method] = {
    **CHECKS,
    **OBJECT_METHODS,
    "and": both,
    "array": wrapped("array", say=False),
    "brand": brand,
    "catch": valued("catch"),
    "default": valued("default"),
    "describe": describe,
    "meta": meta,
    "nonoptional": wrapped("nonoptional"),
    "nullable": wrapped("nullable"),
    "nullish": nullish,
    "optional": wrapped("optional"),
    "or": either,
    "pipe": pipe,
    "prefault": valued("prefault"),
    "readonly": wrapped("readonly", say=False),
    "required": required,
    "transform": transform,
}
TABLES = Tables(MAKERS, METHODS)
