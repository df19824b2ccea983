"""Scans requests too long to parse in one go, and then parses them in parts.

Parsing 28 MiB of tiny fields takes 1.5 s and gigabytes, before any check could refuse them. So the
bytes of a long request are scanned: its fields are counted, and JSON (a ``Struct``) is cut out, to
be parsed beside the event loop. The rest is a few long strings.
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
"""The most bytes of a request to parse at once: at most 3 ms, whatever it holds."""
MOST_FIELDS: Final = 1000
MOST_STRUCT_BYTES: Final = 256 * 1024
_STRUCT: Final = "google.protobuf.Struct"


@dataclass(frozen=True)
class LongRequest:
    """The unparsed bytes of a request."""

    data: bytes

    def ByteSize(self) -> int:  # noqa: N802 - the name is protobuf's
        """Return the size of the request in bytes."""
        return len(self.data)


@dataclass(frozen=True)
class RequestParts:
    """A request in parts: ``rest`` is the message without JSON, ``structs`` the JSON by field."""

    rest: bytes
    structs: dict[str, bytes]


def parsed(kind: Any, data: bytes) -> Any:
    """Parse a message; raises RequestError if it is malformed."""
    try:
        return kind.FromString(data)
    except DecodeError:
        raise _broken() from None


def parts_of(data: bytes, kind: Descriptor) -> RequestParts:
    """Return the parts of a request.

    Raises:
        RequestError: it has too many fields or too much JSON, or is not a message.
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
                # The concatenated bytes of a repeated field are both, merged.
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
    """Count the fields of a message, nested ones included; return how many more are allowed."""
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
        "The request's bytes are not a valid message of this method. Generate the client from "
        "the same .proto files."
    )
