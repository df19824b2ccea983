"""Converts JSON values to ``JsonValue``, exact or marked as truncated, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.message import DecodeError

from caisson.executor.v1 import message_pb2 as pb
from services.executor.domain import Json, JsonText
from services.executor.long_json import (
    MOST_DEPTH,
    SHORT,
    TooManyValuesError,
    escaped,
    is_small,
    nests_at_most,
    read_long,
    write_long,
)
from services.executor.wire.value_bytes import NotExactError, delimited, value_bytes, value_of

MAX_JSON_BYTES: Final = 3 * 1024 * 1024
_FIELDS: Final = pb.JsonValue.DESCRIPTOR.fields_by_name
_VALUE: Final = _FIELDS["value"].number
_TEXT: Final = _FIELDS["json_text"].number


class BadJsonError(ValueError):
    """A ``JsonValue`` holds no usable JSON; the message says why."""


def to_json_value(value: Json, most: int = MAX_JSON_BYTES) -> pb.JsonValue:
    """Return a value, or the beginning of its JSON text if it is over ``most`` bytes."""
    return pb.JsonValue.FromString(json_value_bytes(value, most))


def json_value_bytes(value: Json, most: int = MAX_JSON_BYTES) -> bytes:
    """Return the serialized ``JsonValue``, in pure Python except for small values.

    So the side thread can prepare large ones, for which protobuf would block the event loop.
    """
    try:
        return delimited(_VALUE, value_bytes(value, most))
    except NotExactError:
        pass
    data = json_text(value).encode()
    if len(data) <= most:
        return delimited(_TEXT, data)
    return delimited(_TEXT, data[:most].decode(errors="ignore").encode()) + _cut_at(len(data))


def cut_json_value(beginning: str, size: int, most: int = MAX_JSON_BYTES) -> pb.JsonValue:
    """Return a truncated value: only the beginning of its JSON text is left."""
    shown = escaped(beginning).encode()[:most].decode(errors="ignore")
    return pb.JsonValue(json_text=shown, truncated=True, size_bytes=size)


def json_text(value: Json) -> str:
    """Return a value as compact JSON text that UTF-8 can encode."""
    if isinstance(value, JsonText):
        return escaped(value)
    if is_small(value):
        return escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return escaped(write_long(value, ensure_ascii=False, compact=True))


def from_json_value(message: Any, most: int) -> Json:
    """Return the value of a message whose ``value`` was left unparsed; see ``request_messages``.

    Raises:
        BadJsonError: it has no value, or is truncated or unusable.
    """
    form = message.WhichOneof("form")
    if form is None:
        raise BadJsonError("It is empty. Set `value` or `json_text`; null is `value.null_value`.")
    if message.truncated:
        raise BadJsonError("It is truncated. Send the whole value.")
    given = getattr(message, form)
    size = len(given) if form == "value" else len(given.encode())
    if size > most:
        raise BadJsonError(f"It has {size} bytes; at most {most} are allowed.")
    try:
        value = value_of(given) if form == "value" else read_json(given)
    except DecodeError:
        raise BadJsonError("Its `value` is broken, or nests too deep; use `json_text`.") from None
    except TooManyValuesError as error:
        raise BadJsonError(f"It cannot be used: {error}.") from None
    except ValueError as error:
        raise BadJsonError(f"Its `json_text` is not JSON that can be used: {error}.") from None
    return value


def read_json(text: str) -> Json:
    """Return the value of a JSON text; raises ValueError, with a reason."""
    deep = f"it nests more than {MOST_DEPTH} levels deep"
    try:
        value: Json = json.loads(text) if len(text) <= SHORT else read_long(text)
    except RecursionError:
        raise ValueError(deep) from None
    if not nests_at_most(value, MOST_DEPTH):
        raise ValueError(deep)
    if any(isinstance(item, float) and not math.isfinite(item) for item in _scalars(value)):
        raise ValueError("a number in it is beyond what a double can hold")
    return value


def _scalars(value: Json) -> Iterator[Json]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        else:
            yield item


def _cut_at(size: int) -> bytes:
    return pb.JsonValue(truncated=True, size_bytes=size).SerializeToString()
