"""Reads and writes JSON of any length without blocking the event loop.

Python's JSON parser and writer are C code that holds the interpreter's lock to the end: 3 MiB take
40 to 300 ms, on any thread. So long texts are handled in pure Python on the side thread; short
texts, nearly all of them, are handled at once.
"""

from __future__ import annotations

import json
import re
from json import decoder
from typing import Any

from services.executor.domain import Json

SHORT = 32 * 1024
"""The most characters handled at once: at most 2 ms, however they are nested."""
MOST_VALUES = 64 * 1024
"""Values in one long text, nested ones included; each takes 50 to 200 bytes once it is read."""
MOST_DEPTH = 200
"""Levels of a value that every reader and writer of JSON here can go down."""
# As in ``json.decoder``, but for the one that looks at each character anew.
_CHUNK = re.compile(r"([^\"\\\x00-\x1f]*)([\"\\\x00-\x1f])")
_AT_ONCE = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


class TooManyValuesError(ValueError):
    """A text has too many values."""

    def __init__(self, most: float) -> None:
        super().__init__(f"it holds more than {most:.0f} values")


def read_long(text: str, most: float = MOST_VALUES) -> Json:
    """Parse a JSON text of at most ``most`` values in pure Python.

    Raises:
        ValueError: it is malformed, or has more values.
        RecursionError: it is nested too deeply.
    """
    read_object, read_array = decoder.JSONObject, decoder.JSONArray  # type: ignore[attr-defined]
    names: dict[str, str] = {}
    found = 0

    def scan(text: str, at: int) -> tuple[Any, int]:
        nonlocal found
        found += 1
        if found > most:
            raise TooManyValuesError(most)
        first = text[at : at + 1]
        read: Any
        if first == '"':
            read = _text(text, at + 1)
        elif first == "{":
            read = read_object((text, at + 1), True, scan, None, None, names)
        elif first == "[":
            read = read_array((text, at + 1), scan)
        else:
            read = _AT_ONCE(text, at)
        value, end = read
        return value, end

    try:
        value, end = scan(text, _after_space(text, 0))
    except StopIteration as stop:
        raise json.JSONDecodeError("Expecting value", text, stop.value) from None
    if _after_space(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value  # type: ignore[no-any-return]


def write_long(value: Any, *, ensure_ascii: bool = True, compact: bool = False) -> str:
    """Return a value as JSON text, in pure Python; raises as ``json.dumps``."""
    separators = (",", ":") if compact else None
    encoder = json.JSONEncoder(ensure_ascii=ensure_ascii, separators=separators)
    return "".join(encoder.iterencode(value))


def is_small(value: Json, values: int = 500, characters: int = SHORT) -> bool:
    """Tell whether a value is small enough to be written at once."""
    waiting: list[Json] = [value]
    while waiting:
        item = waiting.pop()
        values -= 1
        if isinstance(item, str):
            characters -= len(item)
        elif isinstance(item, list):
            values -= len(item)
            if values >= 0:
                waiting += item
                values += len(item)
        elif isinstance(item, dict):
            if len(item) > values:
                return False
            characters -= sum(map(len, item))
            waiting += item.values()
        if values < 0 or characters < 0:
            return False
    return True


def nests_at_most(value: Json, depth: int) -> bool:
    """Tell whether a value has no more than ``depth`` levels; a list in a list has two."""
    level: list[Json] = [value]
    for _ in range(depth):
        inner: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        if not inner:
            return True
        level = inner
    return not any(isinstance(item, dict | list) for item in level)


def is_utf8(text: str) -> bool:
    """Tell whether UTF-8 can carry a text: it has no halves of surrogate pairs."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def escaped(text: str) -> str:
    """Return a JSON text with halves of surrogate pairs as JSON's escapes of them."""
    return text if is_utf8(text) else text.encode("utf-8", "backslashreplace").decode()


def _text(text: str, at: int) -> tuple[str, int]:
    """Parse a JSON string and return where it ends; one with escapes is read in pieces."""
    end = text.find('"', at)
    if text.find("\\", at, end) < 0 or end < 0:
        read = decoder.scanstring(text, at, True)  # type: ignore[attr-defined]
    else:
        read = decoder.py_scanstring(text, at, True, _m=_CHUNK.match)  # type: ignore[attr-defined]
    return read  # type: ignore[no-any-return]


def _after_space(text: str, at: int) -> int:
    match = decoder.WHITESPACE.match(text, at)  # type: ignore[attr-defined]
    return int(match.end())
