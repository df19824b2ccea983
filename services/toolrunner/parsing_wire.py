"""Parses RunTools requests in bounded time, and finds the call of an incomplete one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb

REQUEST: Any = pb.RunToolsRequest.DESCRIPTOR
SHORT_REQUEST = 16 * 1024
"""Requests up to this many bytes are parsed directly: at most 2 ms, whatever they hold."""
MOST_FIELDS = 500
_SIZED = 2
_FIXED = {1: 8, 5: 4}


@dataclass(frozen=True)
class Refused:
    """A request that was not parsed, and why."""

    why: str


def parsed_request(data: bytes) -> pb.RunToolsRequest | Refused:
    """Return the request, or why it is invalid: gRPC would not report an error raised here.

    Parsing 4 MiB of tiny fields blocks the event loop for 0.3 s before any check of a field could
    refuse them. So the fields of a long request are counted first.
    """
    try:
        if len(data) > SHORT_REQUEST and fields_left(memoryview(data), REQUEST) < 0:
            return Refused(f"A request has more than {MOST_FIELDS} fields, the most.")
        return pb.RunToolsRequest.FromString(data)
    except (DecodeError, ValueError, IndexError, KeyError):
        return Refused("A request is not a RunTools message: its bytes are corrupt.")


def fields_left(view: memoryview, kind: Any, left: int = MOST_FIELDS) -> int:
    """Return how many more fields are allowed, negative if there are already too many."""
    at, end = 0, len(view)
    while at < end and left >= 0:
        left -= 1
        tag, at = varint(view, at)
        wire_type = tag & 7
        if wire_type == _SIZED:
            size, at = varint(view, at)
            field = kind.fields_by_number.get(tag >> 3)
            if field is not None and field.message_type is not None:
                left = fields_left(view[at : at + size], field.message_type, left)
            at += size
        else:
            at = at + _FIXED[wire_type] if wire_type else varint(view, at)[1]
    return left


def varint(view: memoryview, at: int) -> tuple[int, int]:
    """Return the number that starts at a byte, and where it ends."""
    number = shift = 0
    while True:
        byte = view[at]
        number |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return number, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


@dataclass(frozen=True)
class Address:
    """The target of a request: a call or, if ``host_call_id`` is set, one of its host calls."""

    call_id: str
    host_call_id: int | None


def address_of(head: bytes) -> Address | None:
    """Return the target of a large request that starts with ``head``.

    None if it is not found: it is neither call nor answer, or its ids do not come first.
    """
    kinds = {"call": None, "evaluate": None, "host_result": 0}
    view = memoryview(head)
    try:
        tag, at = varint(view, 0)
        field = REQUEST.fields_by_number.get(tag >> 3)
        if field is None or field.name not in kinds or tag & 7 != _SIZED:
            return None
        _, at = varint(view, at)
        tag, at = varint(view, at)
        size, at = varint(view, at)
        if tag != (1 << 3 | _SIZED) or at + size > len(view):
            return None
        call_id = bytes(view[at : at + size]).decode()
        if kinds[field.name] is None:
            return Address(call_id, None)
        tag, at = varint(view, at + size)
        return Address(call_id, varint(view, at)[0]) if tag == 2 << 3 else None
    except (IndexError, ValueError):
        return None
