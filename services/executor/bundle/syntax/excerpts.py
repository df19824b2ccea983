"""One line of a bundle, cut around a column to fit, with invisible characters named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
_CUT = "…"
# How far from the column to look at characters: an invisible one takes up to eight columns.
_NEAR = 512
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class Excerpt:
    """A part of a line, and how many terminal columns come before the place in question."""

    text: str
    mark: int


def line_of(text: str, line: int) -> str | None:
    """Return a line of ``text``, counted from 1 as JavaScript does; None when there is none."""
    start = 0
    for _ in range(line - 1):
        end = _LINE_END.search(text, start)
        if end is None:
            return None
        start = end.end()
    last = _LINE_END.search(text, start)
    return text[start:] if last is None else text[start : last.start()]


def excerpt_of(line: str, column: int, width: int) -> Excerpt:
    """Return the part of ``line`` around ``column`` (from 1) that fits into ``width`` columns.

    A short line is shown from its start, with leading spaces. An ellipsis marks each cut. Control
    characters and those that change text direction are shown by name, so that the excerpt can
    neither control a terminal nor mislead the reader.
    """
    at = min(max(column - 1, 0), len(line))
    first, last = max(0, at - _NEAR), min(len(line), at + _NEAR)
    pieces = [visible(character) for character in line[first:last]]
    widths = [columns_of(piece) for piece in pieces]
    begin, end = _window(widths, at - first, width, is_cut=first > 0, goes_on=last < len(line))
    before = _CUT if first + begin > 0 else ""
    after = _CUT if first + end < len(line) else ""
    mark = len(before) + sum(widths[begin : at - first])
    return Excerpt(f"{before}{''.join(pieces[begin:end])}{after}", mark)


def _window(
    widths: list[int], at: int, width: int, *, is_cut: bool, goes_on: bool
) -> tuple[int, int]:
    """Return the range of pieces that fit, with a third of the room before the place."""
    if not is_cut and not goes_on and sum(widths) <= width:
        return 0, len(widths)
    room = max(1, width - 2 * len(_CUT))
    if not is_cut and sum(widths[: at + 1]) <= room:
        begin = 0
    else:
        begin, used = at, 0
        while begin > 0 and used + widths[begin - 1] <= room // 3:
            begin -= 1
            used += widths[begin]
    end, used = begin, 0
    while end < len(widths) and used + widths[end] <= room:
        used += widths[end]
        end += 1
    while begin > 0 and used + widths[begin - 1] <= room:
        begin -= 1
        used += widths[begin]
    return begin, end


def visible(character: str) -> str:
    """Return ``character``, or its name in brackets when invisible; a tab becomes a space."""
    if " " <= character <= "~":
        return character
    if character == "\t":
        return " "
    if unicodedata.category(character) in _INVISIBLE:
        return f"<U+{ord(character):04X}>"
    return character


def columns_of(text: str) -> int:
    """Return how many terminal columns ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
