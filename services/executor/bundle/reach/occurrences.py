"""Finds where a name occurs in a text, whatever it means there."""

from __future__ import annotations

import re
from collections.abc import Iterator


def occurrences(text: str, name: str, start: int, end: int) -> Iterator[tuple[int, bool]]:
    """Yield each place of a name between two places, and whether it is a word of its own there.

    ``find`` is fast enough for bundles.
    """
    word = re.compile(rf"[^\w$]?{re.escape(name)}[^\w$]?", re.DOTALL)
    at = text.find(name, start, end)
    while at >= 0:
        around = text[max(0, at - 1) : at + len(name) + 1]
        yield at, word.fullmatch(around) is not None
        at = text.find(name, at + len(name), end)
