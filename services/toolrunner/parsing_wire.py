"""Parses requests of RunTools in bounded time, and finds whom one is for that is not complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb

REQUEST: Any = pb.RunToolsRequest.DESCRIPTOR
SHORT_REQUEST = 16 * 1024
"""Bytes of a request that is parsed at once: at most 2 ms, whatever it holds."""
MOST_FIELDS = 500
_SIZED = 2
_FIXED = {1: 8, 5: 4}


@dataclass(frozen=True)
class Refused:
    """A request that was not parsed, and why."""

    why: str


def parsed_request(data: bytes) -> pb.RunToolsRequest | Refused:
    """Return the request, or why it is none; gRPC has no words for an error that is raised here.

    Parsing 4 MiB of tiny fields takes 0.3 s, in which the event loop stands still, before any check
    of a field could refuse them. So the fields of a long request are counted first.
    """
    try:
        if len(data) > SHORT_REQUEST and fields_left(memoryview(data), REQUEST) < 0:
            return Refused(f"A request has more than {MOST_FIELDS} fields, the most.")
        return pb.RunToolsRequest.FromString(data)
    except (DecodeError, ValueError, IndexError, KeyError):
        return Refused("A request is not a RunTools message: its bytes are corrupt.")


def fields_left(view: memoryview, kind: Any, left: int = MOST_FIELDS) -> int:
    """Return how many more fields there may be, negative when there are too many already."""
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
    """Return the number that begins at a byte, and where it ends."""
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
    """Whom a request is for: a call or, where ``host_call_id`` is set, one of its host calls."""

    call_id: str
    host_call_id: int | None


def address_of(head: bytes) -> Address | None:
    """Return whom a request of many bytes is for, of which ``head`` is the beginning.

    None when that is not found: when it is no call or answer, or ids do not come first in it.
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
