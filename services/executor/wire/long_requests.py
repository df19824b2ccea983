"""Requests that are too long to be parsed in one go: looked through first, and then in parts.

Parsing 28 MiB of tiny fields takes 1.5 s and gigabytes, before any check of a field could refuse
them. So the bytes of a long request are looked through: its fields are counted, and what is JSON
(a ``Struct``) is cut out, to be read beside the event loop. What is left are a few long texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.errors import FieldViolation, RequestError
from services.executor.wire.value_bytes import fields_of

SERVICE: Final = pb.DESCRIPTOR.services_by_name["ExecutorService"]
SHORT_REQUEST: Final = 32 * 1024
"""Bytes of a request that is parsed at once: at most 3 ms, whatever it holds."""
MOST_FIELDS: Final = 1000
MOST_STRUCT_BYTES: Final = 256 * 1024
_STRUCT: Final = "google.protobuf.Struct"


@dataclass(frozen=True)
class LongRequest:
    """The bytes of a request that nobody has looked at."""

    data: bytes

    def ByteSize(self) -> int:  # noqa: N802 - as every message has it
        """Return how many bytes the request has."""
        return len(self.data)


@dataclass(frozen=True)
class RequestParts:
    """A request apart: ``rest`` is the message without its JSON, ``structs`` those by field."""

    rest: bytes
    structs: dict[str, bytes]


def parsed(kind: Any, data: bytes) -> Any:
    """Return the message; raises RequestError when the bytes are none."""
    try:
        return kind.FromString(data)
    except DecodeError:
        raise _broken() from None


def parts_of(data: bytes, kind: Descriptor) -> RequestParts:
    """Return the parts of a request.

    Raises:
        RequestError: it has too many fields, or too much JSON, or is no message.
    """
    view = memoryview(data)
    rest: list[memoryview] = []
    structs: dict[str, bytes] = {}
    left, field_start, kept_to = MOST_FIELDS, 0, 0
    try:
        for number, wire_type, start, end in fields_of(view):
            left = _counted(left)
            field = kind.fields_by_number.get(number) if wire_type == 2 else None
            inner = None if field is None else field.message_type
            if field is not None and inner is not None and inner.full_name == _STRUCT:
                # Of one that comes twice, the bytes behind each other are both, merged.
                found = structs[field.name] = structs.get(field.name, b"") + view[start:end]
                _check_size(field.name, len(found))
                rest.append(view[kept_to:field_start])
                kept_to = end
            elif inner is not None:
                left = _looked_through(view[start:end], inner, left)
            field_start = end
    except DecodeError:
        raise _broken() from None
    if not rest:
        return RequestParts(data, structs)
    return RequestParts(b"".join((*rest, view[kept_to:])), structs)


def _looked_through(view: memoryview, kind: Descriptor, left: int) -> int:
    """Count the fields of a message, and of those in it; return how many more there may be."""
    for number, wire_type, start, end in fields_of(view):
        left = _counted(left)
        field = kind.fields_by_number.get(number) if wire_type == 2 else None
        if field is not None and field.message_type is not None:
            left = _looked_through(view[start:end], field.message_type, left)
    return left


def _counted(left: int) -> int:
    if not left:
        raise RequestError(
            f"The request has more than {MOST_FIELDS} fields, which is the limit: leave out "
            "content parts, fetch rules or fields that this service does not know."
        )
    return left - 1


def _check_size(field: str, size: int) -> None:
    if size > MOST_STRUCT_BYTES:
        what = f"It has {size} bytes; at most {MOST_STRUCT_BYTES} are allowed."
        message = f"The request is not valid. `{field}`: {what}"
        raise RequestError(message, violations=(FieldViolation(field, what),))


def _broken() -> RequestError:
    return RequestError(
        "The request is not a message of this method: its bytes are broken. Make the client from "
        "the same .proto files."
    )
