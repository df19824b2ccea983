"""Splits a large request to the toolrunner into ``RequestPart`` messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb

PART_BYTES = 1024 * 1024
# A piece of a program is as large as a part may be, plus a few bytes of framing.
WHOLE_BYTES = PART_BYTES + 1024
ABANDONED: Final = pb.RunToolsRequest(part=pb.RequestPart(abandoned=True))


def in_parts(request: pb.RunToolsRequest, size: int) -> Iterator[pb.RunToolsRequest]:
    """Yield the messages to send for a request of ``size`` bytes: itself, or its parts."""
    if size <= WHOLE_BYTES:
        yield request
        return
    data = request.SerializeToString()
    for start in range(0, len(data), PART_BYTES):
        end = start + PART_BYTES
        part = pb.RequestPart(data=data[start:end], last=end >= len(data))
        yield pb.RunToolsRequest(part=part)
