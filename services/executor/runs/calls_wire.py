"""Converts recordings of tool calls, and requests for them; see ``executor_service.proto``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import recorded_call_pb2
from services.executor.runs.wire import check_id
from services.executor.wire.request_checker import RequestChecker

CALL_ID_BYTES: Final = 4096
PIECE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class CallsWanted:
    """Which recordings are asked for: those of a run, of one call id unless it is empty."""

    run_id: str
    call_id: str
    with_bundle: bool


def from_read_calls_request(request: pb.ReadCallsRequest) -> CallsWanted:
    """Return what is asked for; raises RequestError."""
    check = RequestChecker()
    check_id("run_id", request.run_id, check)
    check.size("call_id", len(request.call_id.encode()), CALL_ID_BYTES)
    check.finish()
    return CallsWanted(request.run_id, request.call_id, request.with_bundle)


def bundle_pieces(source: bytes) -> Iterator[bytes]:
    """Yield a bundle as responses, serialized."""
    for start in range(0, len(source), PIECE_BYTES):
        piece = source[start : start + PIECE_BYTES]
        yield pb.ReadCallsResponse(bundle=piece).SerializeToString()


def to_call_response(data: bytes, wanted: CallsWanted) -> bytes | None:
    """Return a recording as a response, serialized; None if it is of another call."""
    call = recorded_call_pb2.RecordedCall.FromString(data)
    if wanted.call_id not in {"", call.call_id}:
        return None
    return pb.ReadCallsResponse(call=call).SerializeToString()
