"""Errors as ``google.rpc.Status``: the table from class to code, and the details."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from urllib.parse import quote

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from services.executor.access_errors import (
    BundleNotAllowedError,
    DeploymentNotFoundError,
    ForbiddenError,
    IssuerAwayError,
    KeyNotFoundError,
    QuotaError,
    QuotaStoreError,
    ReachNotApprovedError,
    UnauthenticatedError,
    VersionChangedError,
)
from services.executor.errors import (
    AgentDisabledError,
    AgentUnresolvedError,
    BundleError,
    BundleFetchError,
    BundleTooLargeError,
    ClientGoneError,
    ClientStalledError,
    DigestsOffError,
    EgressError,
    ExecutorError,
    FetchDeniedError,
    GuardrailTrippedError,
    HookFailedError,
    IncompleteRequestError,
    InternalError,
    LimitError,
    McpServerError,
    ModelAuthError,
    ModelError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelUnavailableError,
    OverloadedError,
    RequestError,
    RequestIdInUseError,
    RunInterruptedError,
    RunnerUnavailableError,
    RunTimeoutError,
    SessionBusyError,
    SetupError,
    ShuttingDownError,
    ToolEndedRunError,
    UnknownAgentError,
    UnknownBundleError,
    UnknownModelError,
    UnknownSessionError,
)
from services.executor.run_errors import (
    DatabaseError,
    EventsGoneError,
    InputClosedError,
    NotResumableError,
    RunActiveError,
    UnknownInputError,
    UnknownRunError,
)
from services.executor.wire.value_bytes import clean

DOMAIN = "caisson"
MAX_TRAILER_BYTES = 6 * 1024
"""The most bytes of a status, of the 8 KiB of trailers that every client and proxy accepts."""
# Bytes of UTF-8: of a message and of each other text, the first that fit, whatever the alphabet.
MAX_BYTES = ((900, 300), (900, 150), (600, 100), (300, 50))
MAX_KEY_BYTES = 64
MAX_VIOLATIONS = 5

# The first listed class in an error's MRO gives the code, which says what the caller should do:
# UNAVAILABLE means to send the same request again, RESOURCE_EXHAUSTED that there is no room now.
# With any other code, except those that ended a run, the same request cannot succeed.
CODES: dict[type[ExecutorError], int] = {
    UnknownAgentError: code_pb2.NOT_FOUND,
    UnknownBundleError: code_pb2.NOT_FOUND,
    UnknownSessionError: code_pb2.NOT_FOUND,
    UnknownRunError: code_pb2.NOT_FOUND,
    UnknownInputError: code_pb2.NOT_FOUND,
    RunActiveError: code_pb2.FAILED_PRECONDITION,
    InputClosedError: code_pb2.FAILED_PRECONDITION,
    EventsGoneError: code_pb2.OUT_OF_RANGE,
    DatabaseError: code_pb2.UNAVAILABLE,
    NotResumableError: code_pb2.FAILED_PRECONDITION,
    UnauthenticatedError: code_pb2.UNAUTHENTICATED,
    ForbiddenError: code_pb2.PERMISSION_DENIED,
    BundleNotAllowedError: code_pb2.PERMISSION_DENIED,
    DeploymentNotFoundError: code_pb2.NOT_FOUND,
    KeyNotFoundError: code_pb2.NOT_FOUND,
    ReachNotApprovedError: code_pb2.FAILED_PRECONDITION,
    VersionChangedError: code_pb2.ABORTED,
    QuotaError: code_pb2.RESOURCE_EXHAUSTED,
    QuotaStoreError: code_pb2.UNAVAILABLE,
    IssuerAwayError: code_pb2.UNAVAILABLE,
    SessionBusyError: code_pb2.FAILED_PRECONDITION,
    DigestsOffError: code_pb2.FAILED_PRECONDITION,
    RequestIdInUseError: code_pb2.ALREADY_EXISTS,
    IncompleteRequestError: code_pb2.DEADLINE_EXCEEDED,
    LimitError: code_pb2.INVALID_ARGUMENT,
    RequestError: code_pb2.INVALID_ARGUMENT,
    AgentDisabledError: code_pb2.FAILED_PRECONDITION,
    AgentUnresolvedError: code_pb2.FAILED_PRECONDITION,
    GuardrailTrippedError: code_pb2.FAILED_PRECONDITION,
    HookFailedError: code_pb2.FAILED_PRECONDITION,
    ToolEndedRunError: code_pb2.FAILED_PRECONDITION,
    BundleTooLargeError: code_pb2.INVALID_ARGUMENT,
    BundleFetchError: code_pb2.FAILED_PRECONDITION,
    BundleError: code_pb2.INVALID_ARGUMENT,
    UnknownModelError: code_pb2.INVALID_ARGUMENT,
    ModelAuthError: code_pb2.FAILED_PRECONDITION,
    ModelQuotaError: code_pb2.FAILED_PRECONDITION,
    ModelRefusedError: code_pb2.FAILED_PRECONDITION,
    ModelRateLimitError: code_pb2.RESOURCE_EXHAUSTED,
    ModelUnavailableError: code_pb2.UNAVAILABLE,
    ModelError: code_pb2.INTERNAL,
    FetchDeniedError: code_pb2.PERMISSION_DENIED,
    McpServerError: code_pb2.FAILED_PRECONDITION,
    EgressError: code_pb2.UNAVAILABLE,
    RunnerUnavailableError: code_pb2.UNAVAILABLE,
    RunTimeoutError: code_pb2.DEADLINE_EXCEEDED,
    RunInterruptedError: code_pb2.ABORTED,
    ClientStalledError: code_pb2.ABORTED,
    ClientGoneError: code_pb2.CANCELLED,
    OverloadedError: code_pb2.RESOURCE_EXHAUSTED,
    ShuttingDownError: code_pb2.UNAVAILABLE,
    SetupError: code_pb2.INTERNAL,
    InternalError: code_pb2.INTERNAL,
}


def code_of(error: ExecutorError) -> int:
    """Return the number of the gRPC status code of ``error``."""
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), code_pb2.INTERNAL)


def to_status(error: ExecutorError) -> status_pb2.Status:
    """Return ``error`` with its details, cut so that its trailers reach every client."""
    status = status_pb2.Status()
    for message_bytes, detail_bytes in MAX_BYTES:
        status = _status(error, message_bytes, detail_bytes)
        if trailer_bytes(status) <= MAX_TRAILER_BYTES:
            break
    return status


def trailer_bytes(status: status_pb2.Status) -> int:
    """Return about how many bytes of trailers the message and details of a status take."""
    message = quote(status.message, safe=_PRINTABLE)
    return len(message) + len(base64.b64encode(status.SerializeToString()))


# The characters of a message that gRPC does not escape.
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


def _status(error: ExecutorError, message_bytes: int, detail_bytes: int) -> status_pb2.Status:
    status = status_pb2.Status(code=code_of(error), message=_short(str(error), message_bytes))
    for detail in _details(error, detail_bytes):
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _details(error: ExecutorError, most: int) -> Iterator[Message]:
    metadata = {
        _short(key, MAX_KEY_BYTES): _short(value, most)
        for key, value in list(error.metadata.items())[:MAX_VIOLATIONS]
    }
    yield error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    if error.violations:
        yield error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(
                    field=_short(item.field, MAX_KEY_BYTES),
                    description=_short(item.description, most),
                )
                for item in error.violations[:MAX_VIOLATIONS]
            ]
        )
    if error.retry_after_s is not None:
        delay = Duration()
        delay.FromMilliseconds(math.ceil(error.retry_after_s * 1000))
        yield error_details_pb2.RetryInfo(retry_delay=delay)
    if isinstance(error, QuotaError):
        yield error_details_pb2.QuotaFailure(
            violations=[
                error_details_pb2.QuotaFailure.Violation(
                    subject=_short(error.subject, most),
                    description=_short(str(error), most),
                    quota_metric=_short(error.metric, MAX_KEY_BYTES),
                    quota_value=error.limit,
                )
            ]
        )
    if isinstance(error, OverloadedError):
        text = _short(str(error), most)
        violation = error_details_pb2.QuotaFailure.Violation(subject="executor", description=text)
        yield error_details_pb2.QuotaFailure(violations=[violation])


def _short(text: str, most: int) -> str:
    """Return a text, partly from providers and hosts, without terminal control characters.

    A text over ``most`` bytes of UTF-8 is cut and ends with three dots.
    """
    text = clean(text[: most + 1])  # a character has at least one byte
    if not text.isprintable():
        text = "".join(each if each.isprintable() or each == "\n" else "?" for each in text)
    data = text.encode()
    return text if len(data) <= most else data[: most - 3].decode(errors="ignore") + "..."
