"""The toolrunner's errors.

::

    ToolRunnerError
    ├── ProtocolError        the peer sent what it may not send now, or what is malformed
    │   ├── OutOfOrderError  the message is well formed, but this is not the time for it
    │   ├── UnsupportedError the peer needs what this version cannot do
    │   └── OverLimitError   the message is over a limit of size or count
    ├── StrangerError        the peer is none of the executors that are served
    ├── OverloadedError      the queue is full, or the peer has its share of what is shared
    ├── IdleError            the peer left its stream unused
    ├── StalledError         the peer does not read what it is sent
    ├── WorkerLostError      a worker process died or was killed
    ├── GuestError           the guest broke the ABI; its sandbox is discarded
    └── SetupError           this machine or installation cannot run the sandbox

A failing tool is not an error here: it is data, a ``ToolFailure``. Messages are shown to users and
contain no host path and no secret. Nothing here depends on gRPC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class ToolRunnerError(Exception):
    """Base of all errors that a peer may see: one or two sentences, whose fault, what to do."""

    reason: ClassVar[str] = "INTERNAL"

    message: str
    retry_after_s: float | None = None

    def __str__(self) -> str:
        """Return the message."""
        return self.message


class ProtocolError(ToolRunnerError):
    """The peer sent a message that is malformed or not allowed now."""

    reason = "PROTOCOL_VIOLATION"


class OutOfOrderError(ProtocolError):
    """The message is well formed, but not allowed now."""

    reason = "OUT_OF_ORDER"


class UnsupportedError(ProtocolError):
    """The peer needs what this version of the toolrunner cannot do."""

    reason = "UNSUPPORTED"


class OverLimitError(ProtocolError):
    """The message exceeds a limit of size or count; a retry does not help."""

    reason = "OVER_LIMIT"


class StrangerError(ToolRunnerError):
    """The peer's certificate has no name that the settings allow."""

    reason = "EXECUTOR_NOT_ALLOWED"


class OverloadedError(ToolRunnerError):
    """The queue is full; ``retry_after_s`` says when to retry."""

    reason = "OVERLOADED"


class IdleError(ToolRunnerError):
    """The stream was idle for too long and was ended; the peer may open another."""

    reason = "STREAM_IDLE"


class StalledError(ToolRunnerError):
    """The peer does not read replies."""

    reason = "CLIENT_STALLED"


class WorkerLostError(ToolRunnerError):
    """A worker process died or was killed."""

    reason = "RUNNER_LOST"


class GuestError(ToolRunnerError):
    """The guest broke the ABI; its sandbox is discarded."""

    reason = "GUEST_FAULT"


class SetupError(ToolRunnerError):
    """This machine or installation cannot run the sandbox."""

    reason = "SETUP_FAILED"
