"""JSON values as the bytes of ``google.protobuf.Value`` and ``Struct``, and back.

Encoded by hand, since protobuf's own messages cost ten times as much for each value and hold the
interpreter's lock for a whole message: this is pure Python, which the side thread can run beside
the event loop.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from google.protobuf.message import DecodeError

from services.executor.domain import Json, JsonObject

MAX_DEPTH: Final = 24
MAX_VALUE_BYTES: Final = 3 * 1024 * 1024
_DOUBLE = struct.Struct("<d")
_NULL, _TRUE, _FALSE = b"\x08\x00", b"\x20\x01", b"\x20\x00"
# Fields of Value by number: null, number, string, bool, struct, list. Field 1 of Struct and
# ListValue holds their items, and a map entry is a key and a value.
_NUMBER, _TEXT, _BOOL, _STRUCT, _LIST = 2, 3, 4, 5, 6
# The bytes of fixed-size wire types: 64 and 32 bits.
_FIXED: Final = {1: 8, 5: 4}
_SIZED: Final = 2


class ValueTooLargeError(ValueError):
    """A value takes more than ``MAX_VALUE_BYTES``."""


def clean(text: str) -> str:
    """Return ``text`` without lone surrogates, which UTF-8 cannot encode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def value_bytes(value: Json) -> bytes:
    """Return a ``Value``; one over ``MAX_VALUE_BYTES`` as a string that holds its JSON text.

    Values nested deeper than ``MAX_DEPTH`` are sent as JSON text.
    """
    try:
        found = _value(value, MAX_DEPTH)
        if len(found) <= MAX_VALUE_BYTES:
            return found
    except ValueTooLargeError:
        pass
    return _text(json_text(value)[:MAX_VALUE_BYTES])


def struct_bytes(mapping: Mapping[str, Json]) -> bytes:
    """Return a ``Struct``, whatever its size."""
    return b"".join(_entry(key, _value(item, MAX_DEPTH, math.inf)) for key, item in mapping.items())


def json_text(value: Json) -> str:
    """Return a value as compact JSON text, in pure Python."""
    return "".join(json.JSONEncoder(separators=(",", ":")).iterencode(value))


def delimited(number: int, data: bytes) -> bytes:
    """Return a field that holds a message or bytes."""
    return _varint(number << 3 | _SIZED) + _varint(len(data)) + data


def struct_of(data: bytes) -> JsonObject:
    """Return the JSON of a ``Struct``.

    Numbers without a fraction become integers, and non-finite ones become null.

    Raises:
        DecodeError: the bytes are malformed, or nested more than 100 messages deep.
    """
    try:
        return _read_struct(memoryview(data), 100)
    except (IndexError, UnicodeDecodeError, struct.error):
        raise DecodeError("the bytes of a Struct are malformed") from None


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


def _value(item: Json, depth: int, most: float = MAX_VALUE_BYTES) -> bytes:
    if isinstance(item, str):
        return _text(item)
    if item is None:
        return _NULL
    if isinstance(item, bool):
        return _TRUE if item else _FALSE
    if isinstance(item, int | float):
        try:
            return b"\x11" + _DOUBLE.pack(float(item))
        except OverflowError:
            return _text(str(item))
    if depth == 0:
        return _text(json_text(item))
    body = _bounded(_items(item, depth - 1, most), most)
    return delimited(_LIST if isinstance(item, list) else _STRUCT, body)


def _items(item: Any, depth: int, most: float) -> Iterator[bytes]:
    if isinstance(item, list):
        return (delimited(1, _value(element, depth, most)) for element in item)
    return (_entry(key, _value(element, depth, most)) for key, element in item.items())


def _bounded(parts: Iterator[bytes], most: float) -> bytes:
    found, size = [], 0
    for part in parts:
        size += len(part)
        if size > most:
            raise ValueTooLargeError
        found.append(part)
    return b"".join(found)


def _entry(key: str, value: bytes) -> bytes:
    return delimited(1, delimited(1, key.encode("utf-8", "replace")) + delimited(2, value))


def _text(text: str) -> bytes:
    return delimited(_TEXT, text.encode("utf-8", "replace"))


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


def _read_struct(view: memoryview, depth: int) -> JsonObject:
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
            found[key] = _read_value(value, depth - 2)
    return found


def _read_list(view: memoryview, depth: int) -> Json:
    if depth < 0:
        raise DecodeError("a value is nested too deeply")
    return [
        _read_value(view[start:end], depth - 1)
        for number, kind, start, end in fields_of(view)
        if number == 1 and kind == _SIZED
    ]


def _read_value(view: memoryview, depth: int) -> Json:
    found: Json = None
    for number, kind, start, end in fields_of(view):
        read = _READERS.get((number, kind))
        if read is not None:
            found = read(view[start:end], depth - 1)
        elif (number, kind) == (1, 0):
            found = None
    return found


def _read_number(view: memoryview, _depth: int) -> Json:
    number: float = _DOUBLE.unpack(view)[0]
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


_READERS: dict[tuple[int, int], Callable[[memoryview, int], Json]] = {
    (_NUMBER, 1): _read_number,
    (_TEXT, _SIZED): lambda view, _: str(view, "utf-8"),
    (_BOOL, 0): lambda view, _: any(byte & 127 for byte in view),
    (_STRUCT, _SIZED): _read_struct,
    (_LIST, _SIZED): _read_list,
}
