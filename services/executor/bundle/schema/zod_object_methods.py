"""What methods of zod's object and enum schemas change, such as ``.extend()`` and ``.pick()``."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.schema.model import Schema, UnreadableSchemaError
from services.executor.bundle.schema.zod_reader import Arguments, Method, ZodReader
from services.executor.domain import Json


def required(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.required()`` of an object, ``.nonoptional()`` and ``.unwrap()``."""
    if schema.shape is None:
        return replace(schema, optional=False)
    return _marked(schema, arguments, optional=False)


def partial(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.partial()``, of all keys or of those of its argument."""
    return _marked(schema, arguments, optional=True)


def _marked(schema: Schema, arguments: Arguments, *, optional: bool) -> Schema:
    keys = _mask(arguments) if len(arguments) else None
    shape = {
        key: replace(inner, optional=optional) if keys is None or key in keys else inner
        for key, inner in _shape(schema, arguments).items()
    }
    return replace(schema, shape=shape)


def extend(reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.extend({...})``."""
    more = reader.shape(arguments.value(0), arguments.path)
    return replace(schema, shape={**_shape(schema, arguments), **more})


def merge(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.merge(other)``; the other's treatment of unknown keys holds."""
    other = arguments.schema(0)
    shape = {**_shape(schema, arguments), **_shape(other, arguments)}
    return replace(schema, shape=shape, extra=other.extra)


def pick(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.pick({key: true})``."""
    keys = _mask(arguments)
    shape = _shape(schema, arguments)
    return replace(schema, shape={key: s for key, s in shape.items() if key in keys})


def omit(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.omit({key: true})``."""
    keys = _mask(arguments)
    shape = _shape(schema, arguments)
    return replace(schema, shape={key: s for key, s in shape.items() if key not in keys})


def extra(value: Json) -> Method:
    """Return ``.strict()`` and the like."""

    def apply(_reader: ZodReader, schema: Schema, _arguments: Arguments) -> Schema:
        return replace(schema, extra=value)

    return apply


def catchall(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.catchall(schema)``."""
    return replace(schema, extra=arguments.schema(0, "[*]").json())


def keyof(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.keyof()``."""
    keys: list[Json] = list(_shape(schema, arguments))
    return Schema("enum", {"type": "string", "enum": keys})


def extract(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.extract([...])`` of an enum."""
    return _narrowed(schema, arguments, keep=True)


def exclude(_reader: ZodReader, schema: Schema, arguments: Arguments) -> Schema:
    """Apply ``.exclude([...])`` of an enum."""
    return _narrowed(schema, arguments, keep=False)


def _narrowed(schema: Schema, arguments: Arguments, *, keep: bool) -> Schema:
    given, values = arguments.json(0), schema.keywords.get("enum")
    if not isinstance(given, list) or not isinstance(values, list):
        raise UnreadableSchemaError("its values are not known", arguments.node, arguments.path)
    return schema.having(enum=[value for value in values if (value in given) == keep])


def _mask(arguments: Arguments) -> set[str]:
    given = arguments.json(0)
    if not isinstance(given, dict):
        raise UnreadableSchemaError("its keys are not known", arguments.node, arguments.path)
    return {key for key, wanted in given.items() if wanted}


def _shape(schema: Schema, arguments: Arguments) -> dict[str, Schema]:
    if schema.shape is None:
        raise UnreadableSchemaError("it is no object schema", arguments.node, arguments.path)
    return dict(schema.shape)
