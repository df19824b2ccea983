"""Whether a zod 3 schema accepts ``undefined``, so that an object may lack its key."""

from __future__ import annotations

from services.executor.bundle.schema.model import Absent, Zod

_ALWAYS = frozenset({"any", "catch", "default", "optional", "undefined", "unknown", "void"})
_AS_INNER = frozenset({"branded", "effects", "nullable", "readonly"})
_TEXT = len("undefined")


def takes_undefined(schema: Zod, seen: frozenset[int] = frozenset()) -> bool:
    """Return ``schema.isOptional()``; true if it depends on the tool's own check."""
    if id(schema) in seen:
        return False
    seen |= {id(schema)}
    kind, inner = schema.type, schema.inner
    if kind in _ALWAYS:
        return True
    if kind == "effects" and "checked" in schema.flags and inner is not None:
        # `z.any().refine(...)` and `z.custom(...)` exist to require something.
        return inner.type not in ("any", "unknown") and takes_undefined(inner, seen)
    if kind in _AS_INNER and inner is not None:
        return takes_undefined(inner, seen)
    match kind:
        case "lazy" if schema.lazy is not None:
            return takes_undefined(schema.lazy(), seen)
        case "pipe" if inner is not None and schema.out is not None:
            return takes_undefined(inner, seen) and takes_undefined(schema.out, seen)
        case "union":
            return any(takes_undefined(option, seen) for option in schema.options)
        case "intersection":
            return all(takes_undefined(option, seen) for option in schema.options)
        case "literal":
            return schema.values[0] is Absent.UNDEFINED
        case "boolean":
            return "coerce" in schema.flags
        case "string":
            return "coerce" in schema.flags and _fits(schema)
        case _:
            return False


def _fits(schema: Zod) -> bool:
    """Return whether the string that coercion makes of undefined fits the length bounds."""
    for check in schema.checks:
        value = check.value if isinstance(check.value, (int, float)) else _TEXT
        if check.name in ("min_length", "length_equals") and value > _TEXT:
            return False
        if check.name in ("max_length", "length_equals") and value < _TEXT:
            return False
        if check.name == "string_format":
            return False
    return True
