"""Methods that add checks, such as ``.min(1)`` and ``.email()``."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import BigInt, RegExp
from services.executor.bundle.schema.model import Check, Pattern, UnreadableSchemaError, Zod
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_makers import SAFE
from services.executor.bundle.schema.zod_reader import Method, ZodReader
from services.executor.bundle.schema.zod_texts import (
    ISO_FORMATS,
    TEXT_FORMATS,
    affix_check,
    format_check,
)
from services.executor.domain import Json

_SIZED = frozenset({"string", "array", "tuple", "set", "map", "file"})
_UNBOUNDED = frozenset({"date", "bigint"})
# Flags that change what an expression matches; JSON Schema has none of them.
_FLAGS = frozenset("imsyv")


def bound(side: str, *, inclusive: bool = True) -> Method:
    """Return ``.min(n)`` (side "minimum") or ``.max(n)`` for strings, lists and numbers."""

    def apply(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
        if schema.type in _UNBOUNDED:
            return schema.checked(Check("other"))
        limit = _limit(arguments)
        if schema.type in _SIZED:
            name = "min_length" if side == "minimum" else "max_length"
            return schema.checked(Check(name, limit))
        name = "greater_than" if side == "minimum" else "less_than"
        return schema.checked(Check(name, limit, inclusive))

    return apply


def _limit(arguments: Arguments) -> Json:
    if isinstance(arguments.value(0), BigInt):
        return None
    limit = arguments.json(0)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)):
        raise UnreadableSchemaError("its bound is not a number", arguments.node, arguments.path)
    return limit


def fixed_bound(name: str, value: int, *, inclusive: bool) -> Method:
    """Return ``.positive()`` and the like."""

    def apply(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
        if schema.type in _UNBOUNDED:
            return schema.checked(Check("other"))
        return schema.checked(Check(name, value, inclusive))

    return apply


def length(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.length(n)`` and ``.size(n)``."""
    return schema.checked(Check("length_equals", _limit(arguments)))


def nonempty(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
    """Apply ``.nonempty()``."""
    return schema.checked(Check("min_length", 1))


def multiple_of(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.multipleOf(n)`` and ``.step(n)``."""
    if schema.type in _UNBOUNDED:
        return schema.checked(Check("other"))
    return schema.checked(Check("multiple_of", _limit(arguments)))


def integer(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
    """Apply ``.int()``."""
    return schema.checked(Check("number_format", format="int"))


def safe(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
    """Apply ``.safe()``: zod 4 means integers, zod 3 bounds alone."""
    if schema.is_v3:
        return schema.checked(Check("greater_than", -SAFE), Check("less_than", SAFE))
    return schema.checked(Check("number_format", format="int"))


def text_format(name: str) -> Method:
    """Return a method that adds a format."""

    def apply(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
        return schema.checked(format_check(name, arguments))

    return apply


def affix(name: str) -> Method:
    """Return ``.startsWith(text)`` and the like."""

    def apply(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
        return schema.checked(affix_check(name, arguments))

    return apply


def regex(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.regex(/.../)``; one with flags that JSON Schema lacks is left to the tool."""
    value = reader.machine.forced(arguments.value(0))
    if not isinstance(value, RegExp):
        reader.note("its regular expression is not constant", arguments.path, arguments.node)
        return schema.checked(Check("string_format", format="regex"))
    pattern = None if set(value.flags) & _FLAGS else Pattern(value.pattern, value.flags)
    if pattern is None:
        reader.note(
            f"/{value.pattern[:80]}/{value.flags}: JSON Schema has no such flags, so only the "
            "tool's own code checks it",
            arguments.path,
            arguments.node,
        )
    return schema.checked(Check("string_format", format="regex", pattern=pattern))


def other(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
    """Apply a check that only the tool's own code can run: trim, refine, ..."""
    return schema.checked(Check("other"))


def refined(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.refine(check)`` and ``.superRefine(check)``: zod 3 wraps the schema in effects."""
    if not schema.is_v3:
        return schema.checked(Check("other"))
    made = Zod("effects", True, arguments.node, schema.path, inner=schema)
    made.flags = frozenset({"checked"})
    return made


_OTHER = "normalize overwrite toLowerCase toUpperCase trim"

CHECKS: dict[str, Method] = {
    **dict.fromkeys(_OTHER.split(), other),
    **{name: text_format(name) for name in TEXT_FORMATS},
    **{name: text_format(f"iso.{name}") for name in ISO_FORMATS},
    "ip": text_format("ip"),
    "endsWith": affix("endsWith"),
    "finite": other,
    "gt": bound("minimum", inclusive=False),
    "gte": bound("minimum"),
    "includes": affix("includes"),
    "int": integer,
    "length": length,
    "lt": bound("maximum", inclusive=False),
    "lte": bound("maximum"),
    "max": bound("maximum"),
    "min": bound("minimum"),
    "multipleOf": multiple_of,
    "negative": fixed_bound("less_than", 0, inclusive=False),
    "nonempty": nonempty,
    "nonnegative": fixed_bound("greater_than", 0, inclusive=True),
    "nonpositive": fixed_bound("less_than", 0, inclusive=True),
    "positive": fixed_bound("greater_than", 0, inclusive=False),
    "refine": refined,
    "refinement": refined,
    "regex": regex,
    "safe": safe,
    "startsWith": affix("startsWith"),
    "step": multiple_of,
    "superRefine": refined,
}
