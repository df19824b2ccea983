"""Where JSON Schema cannot say what zod does; the whole list, each with its reason.

MORE: the schema takes what zod refuses; the tool's own check refuses it then. LESS: the schema
refuses what zod would take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MORE, LESS = "more", "less"
ALL = ("classic", "mini", "three")


@dataclass(frozen=True)
class Departure:
    """Of schemas whose source matches, in some dialects and one direction."""

    direction: str
    source: str
    reason: str
    dialects: tuple[str, ...] = ALL

    def holds(self, dialect: str, direction: str, expression: str) -> bool:
        """Tell whether it explains a difference."""
        is_here = dialect in self.dialects and direction == self.direction
        return is_here and re.search(self.source, expression) is not None


DEPARTURES = (
    Departure(MORE, r"refine\(", "only the tool's code knows"),
    Departure(MORE, r"\.pipe\(", "the output is checked, too"),
    Departure(MORE, r"z\.date\(|coerce\.date\(|bigint\(|int64\(", "JSON has no such value"),
    Departure(
        MORE, r"z\.(file|map|set|promise|instanceof|void|symbol)\(", "JSON has no such value"
    ),
    Departure(MORE, r"\b(url)\(", "checked by code; `format` asserts nothing"),
    Departure(
        MORE,
        r"\.(email|uuid|base64|datetime|date|time|duration|ip)\(",
        "`zod-to-json-schema` says `format` alone, which asserts nothing",
        ("three",),
    ),
    Departure(MORE, r"multipleOf\(\d\)\.multipleOf", "its converter says the last", ("three",)),
    Departure(MORE, r"multipleOf\(", "zod 3's arithmetic on 1e300", ("three",)),
    Departure(
        MORE,
        r"strict\(\).*strict\(\)",
        "the converter opens both sides, or each would refuse the other's keys",
        ("three",),
    ),
    Departure(
        LESS,
        r"intersection\(z\.strictObject\(.*record\(",
        "zod makes no one object of an object and a record, and a strict one refuses other keys",
        ("classic",),
    ),
    Departure(LESS, r"coerce\.", "coercion takes more than the type that it makes"),
    Departure(LESS, r"\bcatch\(", "bad input is replaced, not refused"),
    Departure(LESS, r"multipleOf\(|step\(", "zod's arithmetic on numbers above 2^53"),
    Departure(LESS, r"min\((2|1 \+ 1)\)", "zod 3 counts UTF-16 units, not characters", ("three",)),
)
