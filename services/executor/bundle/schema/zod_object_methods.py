"""What methods of zod's object schemas change, such as ``.extend()`` and ``.pick()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from services.executor.bundle.schema.model import Deferred, UnreadableSchemaError, Zod
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_reader import Method, ZodReader

_Change: TypeAlias = Callable[[Zod], Zod]


def partial(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.partial()``, for all keys or those in its argument."""
    return _mapped(schema, arguments, _optional)


def _optional(inner: Zod) -> Zod:
    made = Zod("optional", inner.is_v3, inner.node, inner.path, inner=inner)
    if inner.is_v3:
        made.meta = dict(inner.meta)
    return made


def required(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.required()``, for all keys or those in its argument."""
    made = _mapped(schema, arguments, _required)
    return made if made.is_v3 else made.having(checks=schema.checks)


def _required(inner: Zod) -> Zod:
    if not inner.is_v3:
        return Zod("nonoptional", False, inner.node, inner.path, inner=inner)
    while inner.type == "optional" and inner.inner is not None:
        inner = inner.inner
    return inner


def deep_partial(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
    """Apply zod 3's ``.deepPartial()``, also in arrays, tuples, optionals and nullables."""
    return _deep(schema)


def _deep(schema: Zod) -> Zod:
    if schema.type == "object" and schema.shape is not None:
        shape = {
            key: _later(deferred, lambda inner: _optional(_deep(inner)))
            for key, deferred in schema.shape.items()
        }
        return schema.having(shape=shape)
    if schema.type in ("array", "optional", "nullable") and schema.inner is not None:
        return schema.having(inner=_deep(schema.inner))
    if schema.type == "tuple":
        raise UnreadableSchemaError("`deepPartial` of a tuple", schema.node, schema.path)
    return schema


def _later(deferred: Deferred, change: _Change) -> Deferred:
    return Deferred(lambda: change(deferred()))


def _mapped(schema: Zod, arguments: Arguments, change: _Change) -> Zod:
    keys = _mask(arguments) if len(arguments) else None
    shape = {
        key: _later(deferred, change) if keys is None or key in keys else deferred
        for key, deferred in _shape(schema, arguments).items()
    }
    return schema.having(shape=shape, checks=())


def extend(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.extend({...})`` and ``.safeExtend({...})``."""
    more = reader.shape(arguments.value(0), arguments.path)
    return schema.having(shape={**_shape(schema, arguments), **more})


def merge(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.merge(other)``; the other's treatment of unknown keys wins."""
    other = arguments.schema(0)
    shape = {**_shape(schema, arguments), **_shape(other, arguments)}
    return schema.having(shape=shape, rest=other.rest, flags=other.flags, meta={})


def pick(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.pick({key: true})``."""
    keys = _mask(arguments)
    shape = _shape(schema, arguments)
    return schema.having(shape={key: shape[key] for key in keys if key in shape}, checks=())


def omit(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.omit({key: true})``."""
    keys = _mask(arguments)
    shape = _shape(schema, arguments)
    return schema.having(shape={key: s for key, s in shape.items() if key not in keys}, checks=())


def extra(kind: str, flag: str) -> Method:
    """Return ``.strict()`` (kind never), ``.passthrough()`` (unknown) or ``.strip()`` ("")."""

    def apply(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
        if schema.is_v3:
            return schema.having(flags=frozenset({flag} if flag else ()))
        return schema.having(rest=Zod(kind, False) if kind else None)

    return apply


def catchall(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.catchall(schema)``."""
    return schema.having(rest=arguments.schema(0, "[*]"))


def _mask(arguments: Arguments) -> list[str]:
    given = arguments.json(0)
    if not isinstance(given, dict):
        raise UnreadableSchemaError("its keys are not known", arguments.node, arguments.path)
    return [key for key, wanted in given.items() if wanted]


def _shape(schema: Zod, arguments: Arguments) -> dict[str, Deferred]:
    if schema.shape is None:
        raise UnreadableSchemaError("it is not an object schema", arguments.node, arguments.path)
    return dict(schema.shape)


OBJECT_METHODS: dict[str, Method] = {
    "augment": extend,
    "catchall": catchall,
    "deepPartial": deep_partial,
    "extend": extend,
    "loose": extra("unknown", "passthrough"),
    "merge": merge,
    "nonstrict": extra("unknown", "passthrough"),
    "omit": omit,
    "partial": partial,
    "passthrough": extra("unknown", "passthrough"),
    "pick": pick,
    "safeExtend": extend,
    "strict": extra("never", "strict"),
    "strip": extra("", ""),
}
