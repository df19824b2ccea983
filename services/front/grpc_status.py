"""A ``google.rpc.Status`` as gRPC sends it: details, and pushback for clients that retry."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import grpc
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

# gRPC's own retries read this, and not RetryInfo; a negative number forbids them.
PUSHBACK: Final = "grpc-retry-pushback-ms"
NEVER: Final = "-1"
# With any other code, a retry fails the same way, or could start something twice.
RETRYABLE: Final = {code_pb2.UNAVAILABLE, code_pb2.RESOURCE_EXHAUSTED}

CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


class _Status(NamedTuple):
    """The status that ``abort_with_status`` takes."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: Any


def code_of(context: Any) -> grpc.StatusCode:
    """Return the status with which an RPC ends by its server's context, OK unless one was set."""
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return code
    return CODES.get(code, grpc.StatusCode.UNKNOWN) if code else grpc.StatusCode.OK


def grpc_status(status: status_pb2.Status) -> Any:
    """Return the status with its trailers."""
    made: Any = rpc_status.to_status(status)
    pushback = pushback_of(status)
    if pushback is None:
        return made
    return _Status(made.code, made.details, (*made.trailing_metadata, (PUSHBACK, pushback)))


def pushback_of(status: status_pb2.Status) -> str | None:
    """Return the milliseconds before the client may retry; None leaves it to the client."""
    if status.code not in RETRYABLE:
        return NEVER
    info = error_details_pb2.RetryInfo()
    if not any(detail.Unpack(info) for detail in status.details):
        return None
    return str(info.retry_delay.ToMilliseconds())
