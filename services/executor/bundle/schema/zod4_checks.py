"""The combined checks of a zod 4 schema: its bounds, formats and patterns."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.executor.bundle.schema.model import Check, Pattern, Zod
from services.executor.bundle.schema.zod_makers import NUMBER_RANGES
from services.executor.domain import Json, JsonObject

_FORMAT_NAMES = {"guid": "uuid", "url": "uri", "datetime": "date-time", "regex": "", "time": ""}
_LARGEST = 1.7976931348623157e308


@dataclass
class Bounds:
    """All checks of one schema, the narrowest of each kind."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    divisors: list[float] = field(default_factory=list)
    is_integer: bool = False
    format: str = ""
    is_lax: bool = False
    encoding: str = ""
    patterns: list[Pattern] = field(default_factory=list)
    mime: list[Json] | None = None

    def at_least(self, value: Json) -> None:
        """Add a lower bound."""
        if isinstance(value, (int, float)):
            self.minimum = value if self.minimum is None else max(self.minimum, value)

    def at_most(self, value: Json) -> None:
        """Add an upper bound."""
        if isinstance(value, (int, float)):
            self.maximum = value if self.maximum is None else min(self.maximum, value)

    def _greater(self, check: Check) -> None:
        if check.inclusive:
            self.at_least(check.value)
        elif isinstance(check.value, (int, float)):
            self.above = check.value if self.above is None else max(self.above, check.value)

    def _less(self, check: Check) -> None:
        if check.inclusive:
            self.at_most(check.value)
        elif isinstance(check.value, (int, float)):
            self.below = check.value if self.below is None else min(self.below, check.value)

    def _number(self, check: Check) -> None:
        low, high = NUMBER_RANGES[check.format]
        self.at_least(low)
        self.at_most(high)
        self.is_integer = self.is_integer or "int" in check.format

    def _text(self, check: Check) -> None:
        self.format = check.format
        if check.pattern is not None and check.pattern not in self.patterns:
            self.patterns.append(check.pattern)
        if check.format in ("base64", "base64url"):
            self.encoding = check.format
        self.is_lax = self.is_lax or check.lax

    def take(self, check: Check) -> None:
        """Add a check."""
        match check.name:
            case "greater_than":
                self._greater(check)
            case "less_than":
                self._less(check)
            case "multiple_of" if isinstance(check.value, (int, float)):
                if check.value not in self.divisors:
                    self.divisors.append(check.value)
            case "number_format":
                self._number(check)
            case "string_format":
                self._text(check)
            case "min_length":
                self.at_least(check.value)
            case "max_length":
                self.at_most(check.value)
            case "length_equals":
                self.at_least(check.value)
                self.at_most(check.value)
            case "mime_type" if isinstance(check.value, list):
                given = check.value
                self.mime = given if self.mime is None else [m for m in self.mime if m in given]


def bounds_of(schema: Zod) -> Bounds:
    """Return the combined checks of a schema."""
    found = Bounds()
    for check in schema.checks:
        found.take(check)
    return found


def text_keywords(bounds: Bounds) -> JsonObject:
    """Return the keywords of a string."""
    found: JsonObject = {"type": "string"}
    if bounds.minimum is not None:
        found["minLength"] = bounds.minimum
    if bounds.maximum is not None:
        found["maxLength"] = bounds.maximum
    name = _FORMAT_NAMES.get(bounds.format, bounds.format)
    if name and not bounds.is_lax:
        found["format"] = name
    if bounds.encoding:
        found["contentEncoding"] = bounds.encoding
    patterns = [pattern.source for pattern in bounds.patterns]
    if len(patterns) == 1:
        found["pattern"] = patterns[0]
    elif patterns:
        found["allOf"] = [{"pattern": pattern} for pattern in patterns]
    return found


def number_keywords(bounds: Bounds) -> JsonObject:
    """Return the keywords of a number."""
    found: JsonObject = {"type": "integer" if bounds.is_integer else "number"}
    low, above, high, below = bounds.minimum, bounds.above, bounds.maximum, bounds.below
    if above is not None and (low is None or above >= low):
        found["exclusiveMinimum"] = above
    elif low is not None:
        found["minimum"] = low
    if below is not None and (high is None or below <= high):
        found["exclusiveMaximum"] = below
    elif high is not None:
        found["maximum"] = high
    divisors = list(dict.fromkeys(abs(d) for d in bounds.divisors if d and abs(d) <= _LARGEST))
    if divisors:
        found["multipleOf"] = divisors[0]
    if divisors[1:]:
        found["allOf"] = [{"multipleOf": divisor} for divisor in divisors[1:]]
    return found


def file_keywords(bounds: Bounds) -> JsonObject:
    """Return the keywords of a file, which JSON Schema describes as a binary string."""
    found: JsonObject = {"type": "string", "format": "binary", "contentEncoding": "binary"}
    if bounds.minimum is not None:
        found["minLength"] = bounds.minimum
    if bounds.maximum is not None:
        found["maxLength"] = bounds.maximum
    if bounds.mime is not None and not bounds.mime:
        found["not"] = {}
    elif bounds.mime is not None and len(bounds.mime) == 1:
        found["contentMediaType"] = bounds.mime[0]
    elif bounds.mime:
        found["anyOf"] = [{"contentMediaType": mime} for mime in bounds.mime]
    return found
