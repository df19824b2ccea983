"""Regular expressions of zod 4 schemas as parts of template literals and record keys."""

from __future__ import annotations

import re

from services.executor.bundle.schema.model import (
    Absent,
    BigLiteral,
    Literal,
    UnreadableSchemaError,
    Zod,
    javascript_text,
)
from services.executor.bundle.schema.zod4_checks import bounds_of
from services.executor.bundle.schema.zod_arguments import enum_values
from services.executor.bundle.schema.zod_texts import escaped

MAX_PATTERN = 20_000
INTEGER = r"^-?\d+$"
NUMBER = r"^-?\d+(?:\.\d+)?$"
_OF_TYPE = {
    "string": r"^[\s\S]{0,}$",
    "bigint": r"^-?\d+n?$",
    "boolean": "^(?:true|false)$",
    "null": "^null$",
    "undefined": "^undefined$",
}
_LAX = {"base64": r"^[0-9a-zA-Z+/]*={0,2}$", "base64url": r"^[A-Za-z0-9_-]*$"}


def template_pattern(schema: Zod) -> str:
    """Return the expression of a template literal.

    Raises:
        UnreadableSchemaError: one of its parts has no expression, or it is too long.
    """
    parts: list[str] = []
    for part in schema.parts:
        if isinstance(part, str):
            parts.append(escaped(part))
            continue
        source = part_pattern(part)
        if source is None:
            reason = f"a schema of type {part.type} cannot be part of a template literal"
            raise UnreadableSchemaError(reason, part.node or schema.node, part.path)
        parts.append(bare(source))
    whole = "^" + "".join(parts) + "$"
    if len(whole) > MAX_PATTERN:
        raise UnreadableSchemaError("its expression is too long", schema.node, schema.path)
    return whole


def bare(source: str) -> str:
    """Return an expression without its anchors."""
    return re.sub(r"\$$", "", re.sub(r"^\^", "", source))


def part_pattern(schema: Zod) -> str | None:
    """Return the expression of a part, or None if it has none."""
    match schema.type:
        case "string":
            return _text(schema)
        case "number":
            return INTEGER if bounds_of(schema).is_integer else NUMBER
        case "literal":
            return f"^({'|'.join(_alternative(value) for value in schema.values)})$"
        case "enum":
            values = [
                v for v in enum_values(dict(schema.entries)) if isinstance(v, (str, int, float))
            ]
            texts = [escaped(v) if isinstance(v, str) else javascript_text(v) for v in values]
            return f"^({'|'.join(texts)})$"
        case "union":
            return _joined([part_pattern(option) for option in schema.options])
        case "template_literal":
            return template_pattern(schema)
        case "optional" | "nullable" if schema.inner is not None:
            return _absent_too(schema, part_pattern(schema.inner))
        case "lazy" if schema.lazy is not None:
            return part_pattern(schema.lazy())
        case _:
            return _OF_TYPE.get(schema.type)


def _absent_too(schema: Zod, inner: str | None) -> str | None:
    if inner is None or "exact" in schema.flags:
        return inner
    return f"^({bare(inner)})?$" if schema.type == "optional" else f"^({bare(inner)}|null)$"


def _joined(sources: list[str | None]) -> str | None:
    if not all(sources):
        return None
    return f"^({'|'.join(bare(source) for source in sources if source)})$"


def _alternative(value: Literal) -> str:
    if isinstance(value, Absent):
        return "undefined"
    if isinstance(value, BigLiteral):
        return str(value.value)
    return escaped(javascript_text(value))


def _text(schema: Zod) -> str:
    bounds = bounds_of(schema)
    for check in reversed(schema.checks):
        if check.pattern is not None:
            return _LAX.get(check.format, check.pattern.source)
    low, high = bounds.minimum, bounds.maximum
    if low is None and high is None:
        return _OF_TYPE["string"]
    if low is not None and high is not None and low > high:
        return "(?!)"
    return (
        f"^[\\s\\S]{{{javascript_text(low or 0)},{'' if high is None else javascript_text(high)}}}$"
    )
