"""Unescapes text, so that a value is found however it is escaped.

The result is for searching only. Percent-encoding, escapes of JSON and JavaScript and entities of
HTML become the byte that they stand for, and backslashes are dropped: how many precede a character
depends on how often a text was quoted. The result depends on the text alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from html.entities import html5
from typing import Final

MAX_NAME: Final = 8
_CODES: Final = (
    rb"(?<=%)(?:u00)?([0-9A-Fa-f]{2})"
    rb"|(?<=\\)\\{0,7}(?:(?:u00|x)([0-9A-Fa-f]{2})|u\{0{0,8}([0-9A-Fa-f]{2})\})"
    rb"|(?<=&)(?:#0{0,9}(\d{2,3});?|#[xX]0{0,9}([0-9A-Fa-f]{2});?|([A-Za-z]{2,8});)"
)
# They start with a character class, which is many times faster to search for than alternatives.
_CODE: Final = re.compile(rb"[%\\&](?:" + _CODES + rb")")
_ESCAPE: Final = re.compile(rb"[%\\&](?:" + _CODES + rb"|(?<=\\)\\{0,7})")
_DECIMAL: Final = 4
_NAMED: Final = 6
_NAMES: Final = {
    name.removesuffix(";").encode(): text.encode()
    for name, text in html5.items()
    if len(text) == 1 and text.isascii() and len(name) <= MAX_NAME
}
_SIGNS: Final = (b"%", b"&", b"\\u", b"\\x")


def unescaped(data: bytes) -> bytes:
    """Return the bytes with escapes replaced, and without backslashes."""
    if any(sign in data for sign in _SIGNS):
        data = _CODE.sub(_meaning, data)
    return data.replace(b"\\", b"")


class Origins:
    """Maps each byte of an unescaped text to its place in the original."""

    def __init__(self, data: bytes) -> None:
        self._places: list[int] = [0]
        self._sources: list[int] = [0]
        shift = 0
        for found in _ESCAPE.finditer(data):
            size = len(_meaning(found).replace(b"\\", b""))
            shift += len(found[0]) - size
            self._add(found.end() - shift - size, found.start())
            self._add(found.end() - shift, found.end())

    def __repr__(self) -> str:
        """Show the number of places."""
        return f"Origins({len(self._places)})"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original range of a range of the unescaped text."""
        return self._source(start), self._source(end - 1, end=True)

    def _add(self, place: int, source: int) -> None:
        self._places.append(place)
        self._sources.append(source)

    def _source(self, place: int, *, end: bool = False) -> int:
        at = bisect_right(self._places, place) - 1
        if not end:
            return self._sources[at] + place - self._places[at]
        # An escape ends where the next place starts.
        following = at + 1
        if following < len(self._places) and self._places[following] == place + 1:
            return self._sources[following]
        return self._sources[at] + place - self._places[at] + 1


def _meaning(found: re.Match[bytes]) -> bytes:
    return _meaning_of(found[0])


@lru_cache(maxsize=4096)
def _meaning_of(escape: bytes) -> bytes:
    found = _ESCAPE.fullmatch(escape)
    kind = None if found is None else found.lastindex
    if found is None or kind is None:
        return b""
    text = found[kind]
    if kind == _NAMED:
        return _NAMES.get(text, escape)
    number = int(text, 10 if kind == _DECIMAL else 16)
    return bytes((number,)) if number < 256 else escape
