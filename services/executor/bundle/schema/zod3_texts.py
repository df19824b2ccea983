"""The checks of a zod 3 string as JSON Schema."""

from __future__ import annotations

from services.executor.bundle.schema.model import Check
from services.executor.domain import Json, JsonObject


def text_keywords(checks: tuple[Check, ...]) -> JsonObject:
    """Return the keywords of a string: all of its patterns must match, and one of its formats."""
    found: JsonObject = {"type": "string"}
    formats: list[str] = []
    patterns: list[str] = []
    for check in checks:
        match check.name:
            case "min_length":
                _narrow(found, "minLength", check.value, larger=True)
            case "max_length":
                _narrow(found, "maxLength", check.value, larger=False)
            case "length_equals":
                _narrow(found, "minLength", check.value, larger=True)
                _narrow(found, "maxLength", check.value, larger=False)
            case "content_encoding":
                found["contentEncoding"] = check.value
            case "string_format":
                formats += _formats(check)
                patterns += [check.pattern.source] if check.pattern is not None else []
    if len(formats) == 1:
        found["format"] = formats[0]
    elif formats:
        found["anyOf"] = [{"format": name} for name in formats]
    if len(patterns) == 1:
        found["pattern"] = patterns[0]
    elif patterns:
        found["allOf"] = [{"pattern": pattern} for pattern in patterns]
    return found


def _formats(check: Check) -> list[str]:
    if check.format == "ip?":
        return ["ipv4", "ipv6"]
    return [check.format] if check.format and check.pattern is None else []


def _narrow(found: JsonObject, key: str, value: Json, *, larger: bool) -> None:
    before = found.get(key)
    if isinstance(before, (int, float)) and isinstance(value, (int, float)):
        value = max(before, value) if larger else min(before, value)
    found[key] = value
