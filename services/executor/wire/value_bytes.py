"""JSON values as the bytes of ``google.protobuf.Value``, and back.

Encoded by hand, since protobuf's own messages cost ten times as much for each value and hold the
interpreter's lock for a whole message: this is pure Python, which the side thread can run beside
the event loop.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

from google.protobuf.message import DecodeError

from services.executor.domain import Json, JsonObject, JsonText
from services.executor.long_json import MOST_VALUES, TooManyValuesError

MAX_DEPTH: Final = 24
"""Levels of a value: each is three messages of protobuf, whose parsers stop at a hundred."""
MAX_VALUES: Final = MOST_VALUES
EXACT: Final = 2**53
"""Up to here a double holds every integer."""
_DOUBLE = struct.Struct("<d")
_NULL, _TRUE, _FALSE = b"\x08\x00", b"\x20\x01", b"\x20\x00"
# Fields of Value by number: null, number, string, bool, struct, list. Field 1 of Struct and
# ListValue holds their items, and a map entry is a key and a value.
_NUMBER, _TEXT, _BOOL, _STRUCT, _LIST = 2, 3, 4, 5, 6
# The bytes of fixed-size wire types: 64 and 32 bits.
_FIXED: Final = {1: 8, 5: 4}
_SIZED: Final = 2


class NotExactError(ValueError):
    """A value cannot be carried exactly, or has too many bytes."""


def clean(text: str) -> str:
    """Return ``text`` without lone surrogates, which UTF-8 cannot encode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def value_bytes(value: Json, most: int) -> bytes:
    """Return a ``Value`` of at most ``most`` bytes that carries the value exactly.

    Raises:
        NotExactError: the value is too large, nests deeper than ``MAX_DEPTH``, or holds a number
            that is not a double or text that is not UTF-8.
    """
    return _Writer(most).value(value, MAX_DEPTH)


def delimited(number: int, data: bytes) -> bytes:
    """Return a field that holds a message or bytes."""
    return _varint(number << 3 | _SIZED) + _varint(len(data)) + data


def value_of(data: bytes) -> Json:
    """Return the JSON of a ``Value``.

    Whole numbers that a double holds exactly become integers, and NaN and infinities become null.

    Raises:
        DecodeError: the bytes are malformed, or nested more than 100 messages deep.
        TooManyValuesError: there are more than ``MAX_VALUES`` in it.
    """
    try:
        return _Reader().value(memoryview(data), 100)
    except (IndexError, UnicodeDecodeError, struct.error):
        raise DecodeError("the bytes of a Value are broken") from None


def fields_of(view: memoryview) -> Iterator[tuple[int, int, int, int]]:
    """Yield each field of a message: its number, wire type, and value's range.

    Raises:
        DecodeError: the bytes are malformed, or have groups, which are obsolete.
    """
    at, end = 0, len(view)
    try:
        while at < end:
            tag, at = _read_varint(view, at)
            kind = tag & 7
            if kind == _SIZED:
                size, at = _read_varint(view, at)
            elif kind == 0:
                size = _read_varint(view, at)[1] - at
            else:
                size = _FIXED[kind]
            if at + size > end or not tag >> 3:
                raise DecodeError("a message is truncated")
            yield tag >> 3, kind, at, at + size
            at += size
    except (IndexError, KeyError):
        raise DecodeError("a message is malformed") from None


class _Writer:
    """Writes one value, and counts what is in it."""

    def __init__(self, most: int) -> None:
        self._bytes = most
        self._values = MAX_VALUES

    def value(self, item: Json, depth: int) -> bytes:
        self._values -= 1
        if self._values < 0:
            raise NotExactError
        if isinstance(item, str):
            if isinstance(item, JsonText):
                raise NotExactError
            return delimited(_TEXT, self._utf8(item))
        if item is None:
            return _NULL
        if isinstance(item, bool):
            return _TRUE if item else _FALSE
        if isinstance(item, int | float):
            return _number(item)
        if depth == 0:
            raise NotExactError
        parts = list(self._items(item, depth - 1))
        body = b"".join(parts)
        if len(body) > self._bytes:
            raise NotExactError
        return delimited(_LIST if isinstance(item, list) else _STRUCT, body)

    def _items(self, item: Any, depth: int) -> Iterator[bytes]:
        if isinstance(item, list):
            for element in item:
                yield delimited(1, self.value(element, depth))
        else:
            for key, element in item.items():
                name = delimited(1, self._utf8(key))
                yield delimited(1, name + delimited(2, self.value(element, depth)))

    def _utf8(self, text: str) -> bytes:
        try:
            data = text.encode()
        except UnicodeEncodeError:
            raise NotExactError from None
        if len(data) > self._bytes:
            raise NotExactError
        return data


def _number(item: float) -> bytes:
    try:
        number = float(item)
    except OverflowError:
        raise NotExactError from None
    if number != item or not math.isfinite(number):
        raise NotExactError
    return b"\x11" + _DOUBLE.pack(number)


def _varint(number: int) -> bytes:
    if number < 128:
        return bytes((number,))
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    byte = view[at]
    if byte < 128:
        return byte, at + 1
    number, shift = byte & 127, 7
    while True:
        at += 1
        byte = view[at]
        number |= (byte & 127) << shift
        if byte < 128:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at + 1
        shift += 7
        if shift > 63:
            raise DecodeError("a number is too long")


class _Reader:
    """Reads one value, and counts the values in it."""

    def __init__(self) -> None:
        self._left = MAX_VALUES
        self._readers: dict[tuple[int, int], Callable[[memoryview, int], Json]] = {
            (_NUMBER, 1): _read_number,
            (_TEXT, _SIZED): lambda view, _: str(view, "utf-8"),
            (_BOOL, 0): lambda view, _: any(byte & 127 for byte in view),
            (_STRUCT, _SIZED): self._struct,
            (_LIST, _SIZED): self._list,
        }

    def value(self, view: memoryview, depth: int) -> Json:
        self._count()
        found: Json = None
        for at, (number, kind, start, end) in enumerate(fields_of(view)):
            if at:  # a value that is written again
                self._count()
            read = self._readers.get((number, kind))
            if read is not None:
                found = read(view[start:end], depth - 1)
            elif (number, kind) == (1, 0):
                found = None
        return found

    def _struct(self, view: memoryview, depth: int) -> JsonObject:
        if depth < 0:
            raise DecodeError("a value is nested too deeply")
        found: JsonObject = {}
        for number, kind, start, end in fields_of(view):
            if number == 1 and kind == _SIZED:
                key, value = "", memoryview(b"")
                entry = view[start:end]
                for part, part_kind, begin, stop in fields_of(entry):
                    if part_kind == _SIZED and part == 1:
                        key = str(entry[begin:stop], "utf-8")
                    elif part_kind == _SIZED and part == 2:
                        value = entry[begin:stop]
                found[key] = self.value(value, depth - 2)
        return found

    def _list(self, view: memoryview, depth: int) -> Json:
        if depth < 0:
            raise DecodeError("a value is nested too deeply")
        return [
            self.value(view[start:end], depth - 1)
            for number, kind, start, end in fields_of(view)
            if number == 1 and kind == _SIZED
        ]

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooManyValuesError(MAX_VALUES)


def _read_number(view: memoryview, _depth: int) -> Json:
    number: float = _DOUBLE.unpack(view)[0]
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) <= EXACT else number
