"""Requests that are too long to be parsed in one go are looked through first.

Parsing 28 MiB of tiny fields takes 1.5 s and gigabytes, before any check of a field could refuse
them. So the fields of a long request are counted in its bytes, by Python code that the side thread
can run; what then is parsed are not many, and long texts.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError

from services.executor.errors import FieldViolation, RequestError
from services.executor.wire.value_bytes import fields_of

SHORT_REQUEST: Final = 32 * 1024
"""Bytes of a request that is parsed without being looked through: at most 3 ms."""
AT_ONCE: Final = 4 * 1024
"""Bytes of a request that the event loop itself parses and checks."""
MOST_FIELDS: Final = 50_000
# Parsing a string looks at each of its bytes with the interpreter's lock held, so these are bounds
# of what is parsed; what a field may really have is checked later, and told in its own words.
LONG_TEXTS: Final = frozenset({"message", "text", "error_text", "json_text", "redacted"})
MOST_LONG_BYTES: Final = 4 * 1024 * 1024
MOST_SHORT_BYTES: Final = 512 * 1024


def check_fields(data: bytes, kind: Any) -> None:
    """Count the fields of a long request, those of messages in it included; look at texts' sizes.

    Raises:
        RequestError: it has too many, one is far too long, or it is no message.
    """
    if len(data) <= SHORT_REQUEST:
        return
    try:
        _looked_through(memoryview(data), kind, MOST_FIELDS)
    except (DecodeError, RecursionError):
        raise broken() from None


def broken() -> RequestError:
    """Return what is wrong with bytes that cannot be parsed."""
    return RequestError(
        "The request's bytes are not a valid message of this method. Generate the client from "
        "the same .proto files."
    )


def _looked_through(view: memoryview, kind: Any, left: int, path: str = "") -> int:
    """Count the fields of a message, and of those in it; return how many more there may be."""
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
