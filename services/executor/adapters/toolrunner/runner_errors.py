"""What ends a stream to the toolrunner, as the executor's own errors."""

from __future__ import annotations

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from services.executor.agent.shown_results import where
from services.executor.domain import ToolFailure
from services.executor.errors import BundleLoadError, LimitError, RunnerUnavailableError

STATUS_KEY = "grpc-status-details-bin"
OVER_LIMIT = "OVER_LIMIT"
"""The toolrunner's reason for a request over a limit of its own."""


def load_error(failure: ToolFailure) -> BundleLoadError:
    """Return why a bundle could not be loaded."""
    return BundleLoadError(
        f"The bundle could not be loaded in the sandbox ({failure.kind.value}): "
        f"{failure.text[:600]}{where(failure)}",
        {"kind": failure.kind.value},
    )


def unavailable(error: grpc.aio.AioRpcError) -> RunnerUnavailableError | LimitError:
    """Return why a stream ended; the toolrunner's message is safe to show."""
    details = (error.details() or "")[:400]
    if _reason_of(error) == OVER_LIMIT:
        return LimitError(f"The run is over a limit of the toolrunner. {details}")
    if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return RunnerUnavailableError(f"The toolrunner is overloaded: {details}", retry_after_s=1.0)
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        return RunnerUnavailableError("The connection to the toolrunner broke; try again.")
    return RunnerUnavailableError(
        f"The toolrunner refused the run ({error.code().name}): {details}"
    )


def silent(ping_s: float) -> RunnerUnavailableError:
    """Return that the toolrunner says nothing on a stream."""
    return RunnerUnavailableError(
        f"The toolrunner did not answer a ping for {ping_s:g} s; try again."
    )


def told(error: grpc.aio.AioRpcError | RunnerUnavailableError) -> str:
    """Return what a log says of why a stream ended."""
    return error.message if isinstance(error, RunnerUnavailableError) else error.details() or ""


def is_full(error: grpc.aio.AioRpcError) -> bool:
    """Return whether a toolrunner has no room now, or stops, so that another one may serve."""
    if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        return False
    return _reason_of(error) != OVER_LIMIT


def _reason_of(error: grpc.aio.AioRpcError) -> str:
    """Return the toolrunner's name for a status; empty if there is none."""
    trailers = dict(error.trailing_metadata() or ())
    try:
        status = status_pb2.Status.FromString(trailers.get(STATUS_KEY, b""))
    except DecodeError:
        return ""
    info = error_details_pb2.ErrorInfo()
    return info.reason if any(detail.Unpack(info) for detail in status.details) else ""


def too_old(what: str) -> RunnerUnavailableError:
    """Return that the toolrunner cannot do ``what``."""
    return RunnerUnavailableError(
        f"The toolrunner cannot {what}: it is of an older release than this executor. Upgrade it."
    )
