"""JSON values as ``google.protobuf.Value`` and ``Struct``, and back.

A ``Value`` holds numbers as doubles. It nests three messages for each level of JSON, and protobuf
parsers stop at a hundred, so values nested deeper than ``MAX_DEPTH`` are sent as JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.struct_pb2 import Struct, Value

from services.executor.domain import Json, JsonObject
from services.executor.wire.value_bytes import (
    MAX_DEPTH,
    MAX_VALUE_BYTES,
    clean,
    struct_bytes,
    struct_of,
    value_bytes,
)

__all__ = ["MAX_DEPTH", "MAX_VALUE_BYTES", "clean", "from_struct", "to_struct", "to_value"]


def to_value(json_value: Json) -> Value:
    """Return ``json_value``; one over ``MAX_VALUE_BYTES`` as a string that holds its JSON text."""
    return Value.FromString(value_bytes(json_value))


def to_struct(mapping: Mapping[str, Json]) -> Struct:
    """Return ``mapping``."""
    return Struct.FromString(struct_bytes(mapping))


def from_struct(struct: Struct) -> JsonObject:
    """Return ``struct`` as JSON.

    Numbers without a fraction become integers, and non-finite ones become null.
    """
    return struct_of(struct.SerializeToString())
