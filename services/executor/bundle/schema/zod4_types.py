"""What zod 4 knows of a schema without JSON Schema: optionality, values, changes."""

from __future__ import annotations

from services.executor.bundle.schema.model import Absent, Literal, Zod
from services.executor.bundle.schema.zod_arguments import enum_values

_SHOWS_INNER = frozenset(
    {"optional", "nonoptional", "nullable", "readonly", "default", "prefault", "catch", "promise"}
)


def may_be_absent(schema: Zod) -> bool:
    """Return whether an input object may lack the key of this schema."""
    if schema.type == "pipe" and schema.inner is not None and schema.out is not None:
        return may_be_absent(schema.out if schema.inner.type == "transform" else schema.inner)
    if schema.type == "catch" and schema.inner is not None:
        return may_be_absent(schema.inner)
    return _optional_in(schema, frozenset())


def _optional_in(schema: Zod, seen: frozenset[int]) -> bool:
    if id(schema) in seen:
        return False
    seen |= {id(schema)}
    match schema.type:
        case "optional" | "default" | "prefault" | "transform" | "catch":
            return True
        case "union":
            return any(_optional_in(option, seen) for option in schema.options)
        case "nullable" | "readonly" | "pipe" if schema.inner is not None:
            return _optional_in(schema.inner, seen)
        case "lazy" if schema.lazy is not None:
            return _optional_in(schema.lazy(), seen)
        case _:
            return False


def values_of(schema: Zod) -> list[Literal] | None:
    """Return the only values a schema accepts; None for a schema of another kind."""
    match schema.type:
        case "enum":
            values: list[Literal] = [*enum_values(dict(schema.entries))]
            return values
        case "literal":
            return list(schema.values)
        case "null":
            return [None]
        case "undefined":
            return [Absent.UNDEFINED]
        case "union":
            parts = [values_of(option) for option in schema.options]
            known = [part for part in parts if part is not None]
            return [v for part in known for v in part] if len(known) == len(parts) else None
        case "optional" | "nullable" if schema.inner is not None:
            inner = values_of(schema.inner)
            more: list[Literal] = [None if schema.type == "nullable" else Absent.UNDEFINED]
            return None if inner is None else [*inner, *more]
        case "default" | "prefault" | "nonoptional" | "catch" | "readonly" | "pipe":
            return values_of(schema.inner) if schema.inner is not None else None
        case _:
            return None


def is_transforming(schema: Zod, seen: set[int] | None = None) -> bool:
    """Return whether the output differs from the input, so that examples are not shown."""
    seen = set() if seen is None else seen
    if id(schema) in seen:
        return False
    seen.add(id(schema))
    if schema.type == "transform" or (schema.type == "pipe" and "codec" in schema.flags):
        return True
    return any(is_transforming(part, seen) for part in _parts(schema))


def _parts(schema: Zod) -> list[Zod]:
    match schema.type:
        case "lazy" if schema.lazy is not None:
            return [schema.lazy()]
        case "object":
            return [deferred() for deferred in (schema.shape or {}).values()]
        case "record" | "map":
            found = [schema.key, schema.inner]
        case "pipe":
            found = [schema.inner, schema.out]
        case "union" | "intersection":
            return list(schema.options)
        case "tuple":
            found = [*schema.options, schema.rest]
        case "array" | "set":
            found = [schema.inner]
        case _:
            found = [schema.inner] if schema.type in _SHOWS_INNER else []
    return [part for part in found if part is not None]
