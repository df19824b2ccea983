"""Messages and values as JSON that browser code reads easily and the AI SDK accepts.

Unlike proto3 JSON, whole numbers are numbers, durations are milliseconds and enums are words.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from caisson.executor.v1.errors_pb2 import ErrorReason
from caisson.executor.v1.message_pb2 import JsonValue

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"
MAX_DEPTH = 64

# A field's descriptor, whose class depends on the protobuf implementation.
Field: TypeAlias = Any


def plain(message: Message) -> JsonObject:
    """Return the fields of ``message`` under their names in camelCase.

    A duration's name ends in ``Ms``. An enum is its value's name in small letters with hyphens,
    without the enum's own name. Absent fields and unspecified enums are left out.
    """
    found: JsonObject = {}
    for field in message.DESCRIPTOR.fields:
        if field.has_presence and not message.HasField(field.name):
            continue
        value = getattr(message, field.name)
        if field.is_repeated:
            found[_name(field)] = _repeated(field, value)
        elif not _is_unspecified(field, value):
            found[_name(field)] = _single(field, value)
    return found


def json_of(value: Value) -> Json:
    """Return ``value`` as JSON that the AI SDK accepts; see ``acceptable``."""
    return acceptable(_json(value))


def json_value_of(value: JsonValue) -> Json:
    """Return ``value`` as JSON that the AI SDK takes.

    What it would not take, or was cut on its way, is an object that says so, with its JSON text.
    """
    if value.truncated:
        return {"truncated": True, "jsonText": value.json_text, "sizeBytes": value.size_bytes}
    if not value.HasField("json_text"):
        return json_of(value.value)
    try:
        return parsed(value.json_text)
    except (ValueError, RecursionError):
        return {"jsonText": value.json_text}


def _json(value: Value) -> Json:
    """Return ``value``; whole numbers become integers, non-finite ones null."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: _json(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_json(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() else number
    return None if kind in (None, "null_value") else getattr(value, kind)


def acceptable(value: Json, depth: int = MAX_DEPTH) -> Json:
    """Return ``value`` with those keys in brackets that make the AI SDK refuse a whole stream.

    These are ``__proto__``, and ``constructor`` of an object that has ``prototype``: what a tool
    returns may have them.

    Raises:
        ValueError: it is nested deeper than ``depth``.
    """
    if not isinstance(value, dict | list):
        return value
    if not depth:
        raise ValueError("nested too deeply")
    if isinstance(value, list):
        return [acceptable(item, depth - 1) for item in value]
    return {_key(key, item): acceptable(item, depth - 1) for key, item in value.items()}


def parsed_or_text(text: str) -> Json:
    """Return the value of JSON ``text``, or the text itself if it cannot be passed on."""
    try:
        return parsed(text)
    except (ValueError, RecursionError):
        return text


def parsed(text: str) -> Json:
    """Return what JSON ``text`` says; raises ValueError or RecursionError when it cannot pass."""
    return acceptable(json.loads(text, parse_constant=_refuse, parse_float=_finite))


def _key(key: str, item: Json) -> str:
    if key == "__proto__":
        return "[__proto__]"
    if key == "constructor" and isinstance(item, dict) and "prototype" in item:
        return "[constructor]"
    return key


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _name(field: Field) -> str:
    is_duration = field.message_type is not None and field.message_type is Duration.DESCRIPTOR
    return f"{field.camelcase_name}Ms" if is_duration else field.camelcase_name


def _repeated(field: Field, values: Any) -> Json:
    entry = field.message_type
    if entry is None or not entry.GetOptions().map_entry:
        return [_single(field, value) for value in values]
    of_value = entry.fields_by_name["value"]
    return {str(key): _single(of_value, value) for key, value in values.items()}


def _single(field: Field, value: Any) -> Json:
    if field.message_type is not None:
        return MESSAGES.get(field.message_type.full_name, plain)(value)
    if field.enum_type is not None:
        return _word(field, value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    found: Json = value
    return found


def _is_unspecified(field: Field, value: Any) -> bool:
    return field.enum_type is not None and value == 0


def _word(field: Field, number: int) -> str:
    known = field.enum_type.values_by_number.get(number)
    if known is None:
        return str(number)
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", field.enum_type.name).upper() + "_"
    name = str(known.name).removeprefix(prefix)
    if field.enum_type.full_name == ErrorReason.DESCRIPTOR.full_name:
        return name  # as it is in a status
    return name.lower().replace("_", "-")


def _milliseconds(duration: Duration) -> Json:
    return duration.seconds * 1000 + round(duration.nanos / 1e6, 3)


# By the name of a message: what it is as JSON, where that is not an object of its fields.
MESSAGES: dict[str, Callable[[Any], Json]] = {
    Duration.DESCRIPTOR.full_name: _milliseconds,
    Struct.DESCRIPTOR.full_name: lambda struct: json_of(Value(struct_value=struct)),
    Value.DESCRIPTOR.full_name: json_of,
    ListValue.DESCRIPTOR.full_name: lambda items: json_of(Value(list_value=items)),
    "google.protobuf.Timestamp": json_format.MessageToDict,
    JsonValue.DESCRIPTOR.full_name: json_value_of,
}
