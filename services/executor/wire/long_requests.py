"""Scans requests that are too long to be parsed in one go.

Parsing 28 MiB of tiny fields takes 1.5 s and gigabytes, before any check of a field could refuse
them. So the fields of a long request are counted in its bytes, by Python code that the side thread
can run; only a few fields, with long texts, are left to parse.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError

from services.executor.errors import FieldViolation, RequestError
from services.executor.wire.value_bytes import fields_of

SHORT_REQUEST: Final = 32 * 1024
"""Requests up to this many bytes are parsed without a scan: at most 3 ms."""
AT_ONCE: Final = 4 * 1024
"""Requests up to this many bytes are parsed and checked on the event loop itself."""
MOST_FIELDS: Final = 50_000
# Parsing a string looks at each of its bytes with the interpreter's lock held, so these bound
# what is parsed; a field's real limit is checked later, with an error of its own.
LONG_TEXTS: Final = frozenset({"message", "text", "error_text", "json_text", "redacted"})
MOST_LONG_BYTES: Final = 4 * 1024 * 1024
MOST_SHORT_BYTES: Final = 512 * 1024


def check_fields(data: bytes, kind: Any) -> None:
    """Count the fields of a long request, nested ones included, and check the sizes of texts.

    Raises:
        RequestError: it has too many, one is far too long, or it is malformed.
    """
    if len(data) <= SHORT_REQUEST:
        return
    try:
        _looked_through(memoryview(data), kind, MOST_FIELDS)
    except (DecodeError, RecursionError):
        raise broken() from None


def parsed(data: bytes, kind: Any, described: Any = None) -> Any:
    """Return a message of any length; ``described`` describes it if ``kind`` leaves fields out.

    Raises:
        RequestError: it is malformed, or as ``check_fields``.
    """
    check_fields(data, described or kind.DESCRIPTOR)
    try:
        return kind.FromString(data)
    except DecodeError:
        raise broken() from None


def broken() -> RequestError:
    """Return the error for bytes that cannot be parsed."""
    return RequestError(
        "The request's bytes are not a valid message of this method. Generate the client from "
        "the same .proto files."
    )


def _looked_through(view: memoryview, kind: Any, left: int, path: str = "") -> int:
    """Count the fields of a message, nested ones included; return how many more are allowed."""
    for number, wire_type, start, end in fields_of(view):
        if not left:
            raise RequestError(
                f"The request has more than {MOST_FIELDS} fields, which is the limit: send fewer "
                "messages, parts or fetch rules, and no fields that this service does not know."
            )
        left -= 1
        field = kind.fields_by_number.get(number) if wire_type == 2 else None
        if field is None:
            continue
        if field.message_type is not None:
            inner = f"{path}{field.name}."
            left = _looked_through(view[start:end], field.message_type, left, inner)
        elif field.type == field.TYPE_STRING and end - start > MOST_SHORT_BYTES:
            _check_text(f"{path}{field.name}", field.name, end - start)
    return left


def _check_text(path: str, name: str, size: int) -> None:
    most = MOST_LONG_BYTES if name in LONG_TEXTS else MOST_SHORT_BYTES
    if size > most:
        why = f"It has {size} bytes; at most {most} are looked at, and fewer may be allowed."
        violation = FieldViolation(path, why)
        raise RequestError(f"The request is not valid. `{path}`: {why}", violations=(violation,))
