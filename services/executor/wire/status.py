"""Errors as ``google.rpc.Status``: the table from class to code, and the details."""

from __future__ import annotations

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from services.executor.errors import (
    BundleError,
    BundleFetchError,
    BundleTooLargeError,
    ClientGoneError,
    ClientStalledError,
    EgressError,
    ExecutorError,
    FetchDeniedError,
    IncompleteRequestError,
    InternalError,
    LimitError,
    ModelAuthError,
    ModelError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelUnavailableError,
    OverloadedError,
    RequestError,
    RunInterruptedError,
    RunnerUnavailableError,
    RunTimeoutError,
    SessionBusyError,
    ShuttingDownError,
    UnknownAgentError,
    UnknownBundleError,
    UnknownModelError,
    UnknownSessionError,
)
from services.executor.wire.json_values import clean

DOMAIN = "caisson"
MAX_MESSAGE_CHARACTERS = 900
MAX_DETAIL_CHARACTERS = 300
MAX_VIOLATIONS = 5

# The first of an error's base classes listed here gives the code. Codes for the caller's mistakes
# are never retried by clients; UNAVAILABLE and RESOURCE_EXHAUSTED may be.
CODES: dict[type[ExecutorError], int] = {
    UnknownAgentError: code_pb2.NOT_FOUND,
    UnknownBundleError: code_pb2.NOT_FOUND,
    UnknownSessionError: code_pb2.NOT_FOUND,
    SessionBusyError: code_pb2.FAILED_PRECONDITION,
    IncompleteRequestError: code_pb2.DEADLINE_EXCEEDED,
    LimitError: code_pb2.RESOURCE_EXHAUSTED,
    RequestError: code_pb2.INVALID_ARGUMENT,
    BundleTooLargeError: code_pb2.RESOURCE_EXHAUSTED,
    BundleFetchError: code_pb2.INVALID_ARGUMENT,
    BundleError: code_pb2.INVALID_ARGUMENT,
    UnknownModelError: code_pb2.INVALID_ARGUMENT,
    ModelAuthError: code_pb2.FAILED_PRECONDITION,
    ModelRefusedError: code_pb2.FAILED_PRECONDITION,
    ModelRateLimitError: code_pb2.RESOURCE_EXHAUSTED,
    ModelUnavailableError: code_pb2.UNAVAILABLE,
    ModelError: code_pb2.UNAVAILABLE,
    FetchDeniedError: code_pb2.PERMISSION_DENIED,
    EgressError: code_pb2.UNAVAILABLE,
    RunnerUnavailableError: code_pb2.UNAVAILABLE,
    RunTimeoutError: code_pb2.DEADLINE_EXCEEDED,
    RunInterruptedError: code_pb2.ABORTED,
    ClientStalledError: code_pb2.RESOURCE_EXHAUSTED,
    ClientGoneError: code_pb2.CANCELLED,
    OverloadedError: code_pb2.RESOURCE_EXHAUSTED,
    ShuttingDownError: code_pb2.UNAVAILABLE,
    InternalError: code_pb2.INTERNAL,
}


def code_of(error: ExecutorError) -> int:
    """Return the number of the gRPC status code of ``error``."""
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), code_pb2.INTERNAL)


def to_status(error: ExecutorError) -> status_pb2.Status:
    """Return ``error`` with its details, well below the 4 KB that fit safely in trailers."""
    status = status_pb2.Status(
        code=code_of(error), message=_short(str(error), MAX_MESSAGE_CHARACTERS)
    )
    metadata = dict(list(error.metadata.items())[:MAX_VIOLATIONS])
    _pack(status, _error_info(error.reason, metadata))
    if error.violations:
        _pack(status, _bad_request(error))
    if error.retry_after_s is not None:
        delay = Duration()
        delay.FromMilliseconds(int(error.retry_after_s * 1000))
        _pack(status, error_details_pb2.RetryInfo(retry_delay=delay))
    if isinstance(error, OverloadedError):
        _pack(status, _quota_failure(error))
    return status


def _error_info(reason: str, metadata: dict[str, str]) -> error_details_pb2.ErrorInfo:
    short = {key: _short(value, MAX_DETAIL_CHARACTERS) for key, value in metadata.items()}
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=short)


def _bad_request(error: ExecutorError) -> error_details_pb2.BadRequest:
    violation = error_details_pb2.BadRequest.FieldViolation
    return error_details_pb2.BadRequest(
        field_violations=[
            violation(field=item.field, description=_short(item.description, MAX_DETAIL_CHARACTERS))
            for item in error.violations[:MAX_VIOLATIONS]
        ]
    )


def _quota_failure(error: ExecutorError) -> error_details_pb2.QuotaFailure:
    violation = error_details_pb2.QuotaFailure.Violation
    text = _short(str(error), MAX_DETAIL_CHARACTERS)
    return error_details_pb2.QuotaFailure(
        violations=[violation(subject="executor", description=text)]
    )


def _pack(status: status_pb2.Status, detail: Message) -> None:
    packed = Any()
    packed.Pack(detail)
    status.details.append(packed)


def _short(text: str, limit: int) -> str:
    """Return a text, partly from providers and hosts, without terminal control characters."""
    text = clean(text)
    if not text.isprintable():
        text = "".join(each if each.isprintable() or each == "\n" else "?" for each in text)
    return text if len(text) <= limit else text[: limit - 3] + "..."
