"""Methods that add checks, such as ``.min(1)`` and ``.email()``; zod mini has them as functions."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import BigInt, CallValue, RegExp
from services.executor.bundle.schema.model import Check, Pattern, UnreadableSchemaError, Zod
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_makers import NUMBER_RANGES, SAFE
from services.executor.bundle.schema.zod_reader import Method, ZodReader
from services.executor.bundle.schema.zod_texts import (
    ISO_FORMATS,
    OLD_FORMATS,
    TEXT_FORMATS,
    affix_check,
    format_check,
)
from services.executor.domain import Json

_SIZED = frozenset({"string", "array", "tuple", "set", "map", "file"})
_UNBOUNDED = frozenset({"date", "bigint"})
# Flags that change what an expression matches; JSON Schema has none of them.
_FLAGS = frozenset("imsyv")


def bound(side: str, *, inclusive: bool = True, sized: bool = False) -> Method:
    """Return ``.min(n)`` (side "minimum") or ``.max(n)`` for strings, lists, numbers and files."""

    def apply(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
        if schema.type in _UNBOUNDED:
            return schema.checked(Check("other"))
        limit = _limit(arguments)
        if sized or schema.type in _SIZED:
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


def number_format(name: str) -> Method:
    """Return ``.int()`` and ``.safe()``, and zod mini's ``z.int32()`` as a check."""

    def apply(_reader: ZodReader, schema: Zod, _arguments: Arguments) -> Zod:
        return schema.checked(Check("number_format", format=name))

    return apply


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


def mime(_reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.mime(["image/png"])`` of a file."""
    given = arguments.json(0)
    return schema.checked(Check("mime_type", given if isinstance(given, list) else [given]))


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


def checks(reader: ZodReader, schema: Zod, arguments: Arguments) -> Zod:
    """Apply ``.check(z.minLength(1), ...)`` and ``.with(...)``; one copy has all of them."""
    found = schema
    meta: dict[str, Json] = {}
    for index in range(len(arguments)):
        value = arguments.value(index)
        if isinstance(value, CallValue):
            found, said = _checked(reader, found, value, arguments.path)
            meta |= said
    added = found.checks[len(schema.checks) :]
    whole = (
        schema.checked(*added) if added or not len(arguments) else schema.checked(Check("other"))
    )
    return whole.having(meta=meta, parent=whole.parent) if meta else whole


def _checked(
    reader: ZodReader, schema: Zod, call: CallValue, path: str
) -> tuple[Zod, dict[str, Json]]:
    """Return the schema with the check that a call makes, and the call's metadata."""
    name, call = reader.check_name(call)
    arguments = Arguments(reader, call, path, is_v3=schema.is_v3)
    if name in ("describe", "meta"):
        constant, said = arguments.json_or_none(0)
        if name == "describe":
            said = {"description": said} if constant else None
        return schema.checked(Check("other")), said if isinstance(said, dict) else {}
    method = CHECKS.get(_MINI.get(name, name))
    if method is None:
        return schema.checked(Check("other")), {}
    return method(reader, schema, arguments), {}


_OTHER = "mimeType normalize overwrite property properties slugify toLowerCase toUpperCase trim"
_MINI = {"maximum": "lte", "minimum": "gte"}
_NUMBER_FORMATS = {name: number_format(name) for name in NUMBER_RANGES}

CHECKS: dict[str, Method] = {
    **dict.fromkeys(_OTHER.split(), other),
    **{name: text_format(name) for name in TEXT_FORMATS},
    **{name: text_format(f"iso.{name}") for name in ISO_FORMATS},
    **{f"iso.{name}": text_format(f"iso.{name}") for name in ISO_FORMATS},
    **{name: text_format(name) for name in OLD_FORMATS},
    **_NUMBER_FORMATS,
    "endsWith": affix("endsWith"),
    "finite": other,
    "gt": bound("minimum", inclusive=False),
    "gte": bound("minimum"),
    "includes": affix("includes"),
    "length": length,
    "lt": bound("maximum", inclusive=False),
    "lte": bound("maximum"),
    "max": bound("maximum"),
    "maxLength": bound("maximum", sized=True),
    "maxSize": bound("maximum", sized=True),
    "mime": mime,
    "min": bound("minimum"),
    "minLength": bound("minimum", sized=True),
    "minSize": bound("minimum", sized=True),
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
    "size": length,
    "startsWith": affix("startsWith"),
    "step": multiple_of,
    "superRefine": refined,
}
