"""Finds names in a text, without a tree: also in comments and strings, and where they are keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PART = re.compile(r"[\w$]")


def next_word(text: str, name: str, start: int, end: int) -> int:
    """Return where a name stands next that is no member: ``a`` and ``...a``, not ``x.a``.

    It is -1 where there is none. ``find`` is far faster than a pattern that begins with what may
    not come before.
    """
    at = text.find(name, start, end)
    while at >= 0:
        before = text[max(0, at - 3) : at]
        is_member = before.endswith(".") and before != "..."
        if not (is_member or _PART.match(before[-1:]) or _PART.match(text, at + len(name))):
            return at
        at = text.find(name, at + len(name), end)
    return -1


def words(text: str, name: str, start: int, end: int) -> Iterator[int]:
    """Yield all places of a name, as ``next_word`` finds them."""
    at = next_word(text, name, start, end)
    while at >= 0:
        yield at
        at = next_word(text, name, at + len(name), end)
