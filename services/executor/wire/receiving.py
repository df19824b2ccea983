"""Errors for requests that were not received."""

from __future__ import annotations

from google.rpc import status_pb2

from services.executor.errors import (
    ExecutorError,
    IncompleteRequestError,
    OverloadedError,
    RequestError,
    ShuttingDownError,
)
from services.executor.wire.status import to_status
from services.front.receive_queue import NotReceivedError, Reason

RETRY_AFTER_S = 1.0


def not_received_status(error: NotReceivedError) -> status_pb2.Status:
    """Return the status of an RPC whose request was not received."""
    return to_status(_error_of(error))


def _error_of(error: NotReceivedError) -> ExecutorError:
    limit = f"{error.limit:,.10g}"
    match error.why:
        case Reason.INCOMPLETE:
            return IncompleteRequestError(
                f"The request was incomplete {limit} s after its headers arrived. Send the whole "
                "message at once, name the bundle by its URL or digest, or raise "
                "CAISSON_EXECUTOR_REQUEST_TIMEOUT_S."
            )
        case Reason.WAITED:
            text = f"The request waited {limit} s for its turn to be received. Try again later."
        case Reason.TOO_MANY:
            text = (
                f"{limit} requests are still incomplete, the limit "
                "(CAISSON_EXECUTOR_UNFINISHED_REQUESTS), and most of them are from this client. "
                "Send each request whole, then try again."
            )
        case Reason.GAVE_WAY:
            text = (
                f"Other clients are waiting to send requests, and after {limit} s this one was "
                "still incomplete. Send it again."
            )
        case Reason.STOPPING:
            return ShuttingDownError(
                "The executor is shutting down. Send the request again, to another one or later."
            )
        case Reason.EMPTY:
            return RequestError("The request ended without a message. Send exactly one.")
        case Reason.MALFORMED:
            return RequestError(
                "The request is not the protobuf message of its method. Generate the client "
                "from the same .proto files."
            )
    return OverloadedError(text, retry_after_s=RETRY_AFTER_S)
