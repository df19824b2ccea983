"""Finds where a name occurs in a text, whatever it means there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator


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


def matches_at(text: str, words: Iterable[str], pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """Return the matches of a pattern that begin with one of some words, in order.

    Of a text of megabytes this takes a fraction of what searching for the pattern does.
    """
    found: dict[int, re.Match[str]] = {}
    for word in words:
        at = text.find(word)
        while at >= 0:
            match = pattern.match(text, at)
            if match is not None:
                found.setdefault(at, match)
            at = text.find(word, at + len(word))
    return [found[at] for at in sorted(found)]
