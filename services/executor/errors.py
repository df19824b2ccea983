"""The executor's errors.

::

    ExecutorError
    ├── RequestError              the caller's request is wrong
    │   ├── UnknownAgentError     the bundle has no such agent
    │   ├── UnknownBundleError    this executor has not seen that digest
    │   ├── DigestsOffError       the deployment does not take digests of bundles
    │   ├── UnknownSessionError   this executor has no such conversation
    │   ├── SessionBusyError      another run of the session is going on
    │   ├── IncompleteRequestError it did not arrive in time
    │   ├── RequestIdInUseError   another run with its request_id is going on
    │   └── LimitError            the request is over a limit
    ├── BundleError               the bundle cannot be used
    │   ├── BundleFetchError      it could not be fetched
    │   ├── BundleTooLargeError   it is over the size limit
    │   ├── BundleSyntaxError     it is not JavaScript that can be parsed
    │   ├── BundleLoadError       its top level failed in the sandbox
    │   └── NoAgentsError         it declares no agent
    ├── ModelError                the language model cannot be used
    │   ├── UnknownModelError     no provider knows the model
    │   ├── ModelAuthError        the provider refused the key
    │   ├── ModelRefusedError     the provider refused the request
    │   ├── ModelRateLimitError   the provider asks to come back later
    │   ├── ModelUnavailableError the provider is away, or its stream broke
    │   ├── InvalidCallsError     the model makes only calls that cannot be made
    │   └── InvalidOutputError    its answer does not fit the schema that was asked for
    ├── EgressError               a request of a tool, or for a bundle, was not made
    │   ├── FetchDeniedError      it may not be made
    │   └── FetchFailedError      it failed on the way, or met a limit
    ├── RunnerUnavailableError    the toolrunner is away
    ├── RunTimeoutError           the run met its time limit
    ├── RunInterruptedError       another run of the session took its place
    ├── ClientStalledError        the client stopped reading
    ├── ClientGoneError           the client cancelled the run, or its deadline passed
    ├── OverloadedError           this executor has no room for another run
    ├── ShuttingDownError         this executor is being stopped
    ├── SetupError                this machine or its settings cannot run the executor
    └── InternalError             our own fault

Nothing here knows gRPC: the table from class to status code is in ``wire/status.py``. The reasons
are those of ``ErrorReason`` in ``errors.proto``, which says when each is given. Messages are
shown to users: they say whose fault it is, what was wrong and what to do, and hold no host path
and no secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class FieldViolation:
    """One field of a request and what is wrong with it, as in ``google.rpc.BadRequest``."""

    field: str
    description: str


@dataclass(eq=False)
class ExecutorError(Exception):
    """Base of all errors that a user may see.

    Args:
        message: one or two sentences, whose fault, what was wrong, what to do.
        metadata: short strings for ``google.rpc.ErrorInfo.metadata``; no secrets.
        violations: the fields at fault, when the request is wrong.
        retry_after_s: seconds after which a retry may succeed, when that is known.
    """

    reason: ClassVar[str] = "INTERNAL"

    message: str
    metadata: dict[str, str] = field(default_factory=dict)
    violations: tuple[FieldViolation, ...] = ()
    retry_after_s: float | None = None

    def __str__(self) -> str:
        """Return the message."""
        return self.message


class RequestError(ExecutorError):
    """The caller's request is wrong."""

    reason = "INVALID_REQUEST"


class UnknownAgentError(RequestError):
    """The bundle has no agent of that key; the message lists those there are."""

    reason = "AGENT_NOT_FOUND"


class UnknownBundleError(RequestError):
    """This executor holds no bundle of that digest."""

    reason = "BUNDLE_NOT_FOUND"


class DigestsOffError(RequestError):
    """The deployment does not take digests of bundles."""

    reason = "BUNDLE_DIGESTS_OFF"


class UnknownSessionError(RequestError):
    """This executor has no such conversation of that resource."""

    reason = "SESSION_NOT_FOUND"


class SessionBusyError(RequestError):
    """Another run of the session is going on."""

    reason = "SESSION_BUSY"


class IncompleteRequestError(RequestError):
    """The request was not complete in time."""

    reason = "REQUEST_INCOMPLETE"


class RequestIdInUseError(RequestError):
    """Another run with this request_id is going on."""

    reason = "REQUEST_ID_IN_USE"


class LimitError(RequestError):
    """The request is over a limit of the deployment."""

    reason = "LIMIT_EXCEEDED"


class BundleError(ExecutorError):
    """The bundle cannot be used."""

    reason = "BAD_BUNDLE"


class BundleFetchError(BundleError):
    """The bundle could not be fetched."""

    reason = "BUNDLE_FETCH_FAILED"


class BundleTooLargeError(BundleError):
    """The bundle is over the size limit."""

    reason = "BUNDLE_TOO_LARGE"


@dataclass(eq=False)
class BundleSyntaxError(BundleError):
    """The bundle cannot be parsed; line and column count from 1, 0 is unknown."""

    reason = "BUNDLE_SYNTAX_ERROR"

    line: int = 0
    column: int = 0


class BundleLoadError(BundleError):
    """The bundle's top level failed in the sandbox."""

    reason = "BUNDLE_LOAD_FAILED"


class NoAgentsError(BundleError):
    """The bundle declares no agent."""

    reason = "NO_AGENTS"


class ModelError(ExecutorError):
    """The language model cannot be used."""

    reason = "MODEL_FAILED"


class UnknownModelError(ModelError):
    """No provider knows the model."""

    reason = "MODEL_NOT_FOUND"


class ModelAuthError(ModelError):
    """The provider refused the key, or there is none."""

    reason = "MODEL_AUTHENTICATION_FAILED"


class ModelRefusedError(ModelError):
    """The provider refused the request itself."""

    reason = "MODEL_REFUSED"


class ModelRateLimitError(ModelError):
    """The provider asks to come back later."""

    reason = "MODEL_RATE_LIMITED"


class ModelUnavailableError(ModelError):
    """The provider is away, or its stream ended before the answer did."""

    reason = "MODEL_UNAVAILABLE"


class InvalidCallsError(ModelError):
    """The model goes on to make only calls that cannot be made."""

    reason = "MODEL_CALLS_INVALID"


class InvalidOutputError(ModelError):
    """The model's answer does not fit the schema that was asked for."""

    reason = "MODEL_OUTPUT_INVALID"


class EgressError(ExecutorError):
    """A request to the outside world was not made, or not to its end."""

    reason = "FETCH_FAILED"


class FetchDeniedError(EgressError):
    """The request may not be made: no rule allows it, or an address or a secret forbids it."""

    reason = "FETCH_DENIED"


class FetchFailedError(EgressError):
    """The request failed on the way, or met a limit of size or time."""

    reason = "FETCH_FAILED"


class RunnerUnavailableError(ExecutorError):
    """The toolrunner is away."""

    reason = "RUNNER_UNAVAILABLE"


class RunTimeoutError(ExecutorError):
    """The run met its time limit."""

    reason = "RUN_DEADLINE_EXCEEDED"


class RunInterruptedError(ExecutorError):
    """Another run of the session took the place of this one."""

    reason = "RUN_INTERRUPTED"


class ClientStalledError(ExecutorError):
    """The client stopped reading, and the run was stopped."""

    reason = "CLIENT_STALLED"


class ClientGoneError(ExecutorError):
    """The client cancelled the run, or its deadline passed."""

    reason = "CLIENT_GONE"


class OverloadedError(ExecutorError):
    """This executor has no room for another run; ``retry_after_s`` says when to try again."""

    reason = "OVERLOADED"


class ShuttingDownError(ExecutorError):
    """This executor is being stopped; another one, or the next one, can run the request."""

    reason = "SHUTTING_DOWN"


class SetupError(ExecutorError):
    """This machine, installation or configuration cannot run the executor."""

    reason = "SETUP_FAILED"


class InternalError(ExecutorError):
    """Our own fault; the message carries an id under which the log has the details."""

    reason = "INTERNAL"
