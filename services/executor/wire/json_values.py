"""JSON values as ``google.protobuf.Value`` and ``Struct``, and back.

A ``Value`` holds numbers as doubles. It nests three messages for each level of JSON, and parsers of
protobuf stop at a hundred, so what is nested deeper than ``MAX_DEPTH`` is carried as JSON text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from google.protobuf.struct_pb2 import NullValue, Struct, Value

from services.executor.domain import Json, JsonObject

MAX_DEPTH = 24
MAX_VALUE_BYTES = 3 * 1024 * 1024


def to_value(json_value: Json) -> Value:
    """Return ``json_value``; one over ``MAX_VALUE_BYTES`` as a string that holds its JSON text."""
    value = Value()
    _fill(value, json_value, MAX_DEPTH)
    if value.ByteSize() > MAX_VALUE_BYTES:
        text = json.dumps(json_value, separators=(",", ":"))
        value = Value(string_value=text[:MAX_VALUE_BYTES])
    return value


def to_struct(mapping: Mapping[str, Json]) -> Struct:
    """Return ``mapping``."""
    struct = Struct()
    for key, item in mapping.items():
        _fill(struct.fields[clean(key)], item, MAX_DEPTH)
    return struct


def from_struct(struct: Struct) -> JsonObject:
    """Return ``struct`` as JSON.

    Numbers without a fraction become whole ones,
    and what is no JSON number becomes null.
    """
    return {key: _from_value(value) for key, value in struct.fields.items()}


def clean(text: str) -> str:
    """Return ``text`` without the lone surrogates that UTF-8 cannot carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _fill(value: Value, item: Json, depth: int) -> None:
    if isinstance(item, str):
        value.string_value = clean(item)
    elif item is None:
        value.null_value = NullValue.NULL_VALUE
    elif isinstance(item, bool):
        value.bool_value = item
    elif isinstance(item, int | float):
        _fill_number(value, item)
    elif depth == 0:
        value.string_value = json.dumps(item, separators=(",", ":"))
    elif isinstance(item, list):
        value.list_value.SetInParent()
        for element in item:
            _fill(value.list_value.values.add(), element, depth - 1)
    else:
        value.struct_value.SetInParent()
        for key, element in item.items():
            _fill(value.struct_value.fields[clean(key)], element, depth - 1)


def _fill_number(value: Value, number: float) -> None:
    try:
        value.number_value = number
    except OverflowError:
        value.string_value = str(number)


def _from_value(value: Value) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return value.string_value
    return value.bool_value if kind == "bool_value" else None
