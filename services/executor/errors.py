"""The executor's errors.

::

    ExecutorError
    ├── RequestError              the caller's request is wrong
    │   ├── UnknownAgentError     the bundle has no such agent
    │   ├── UnknownBundleError    this executor has not seen that digest
    │   ├── DigestsOffError       the deployment refuses bundle digests
    │   ├── UnknownSessionError   this executor has no such conversation
    │   ├── UnknownRunError       there is no such run
    │   ├── RunActiveError        the run has not ended
    │   ├── EventsGoneError       these events are no longer kept
    │   ├── UnknownInputError     the run waits for no such input
    │   ├── InputClosedError      the input has another answer, or nobody answered in time
    │   ├── UnauthenticatedError  no valid credential
    │   ├── ForbiddenError        the caller's roles do not allow it
    │   ├── BundleNotAllowedError only deployed agents run here
    │   ├── DeploymentNotFoundError no such agent, version or label
    │   ├── ReachNotApprovedError nobody approved what the version may reach
    │   ├── VersionChangedError   another request has changed it
    │   ├── KeyNotFoundError      no such API key
    │   ├── SessionBusyError      another run of the session is active
    │   ├── IncompleteRequestError it did not arrive in time
    │   ├── RequestIdInUseError   another request has its request_id
    │   └── LimitError            the request is over a limit
    ├── BundleError               the bundle cannot be used
    │   ├── BundleFetchError      it could not be fetched
    │   ├── BundleTooLargeError   it is over the size limit
    │   ├── BundleSyntaxError     it is not JavaScript that can be parsed
    │   ├── BundleLoadError       its top level failed in the sandbox
    │   ├── AgentDisabledError    its agent says what cannot be honoured
    │   ├── AgentUnresolvedError  its own code cannot tell what the agent is
    │   ├── HookFailedError       its own code around model queries failed
    │   ├── GuardrailTrippedError its own guardrail or processor refused to go on
    │   ├── ToolEndedRunError     a failed tool ends runs of its framework
    │   └── NoAgentsError         it declares no agent
    ├── ModelError                the language model cannot be used
    │   ├── UnknownModelError     no provider knows the model
    │   ├── ModelAuthError        the provider refused the key
    │   ├── ModelRefusedError     the provider refused the request
    │   │   ├── ModelContextError the conversation is too long for the model
    │   │   └── ModelSettingError the provider refused one setting of it
    │   ├── ModelQuotaError       the account at the provider is used up
    │   ├── ModelRateLimitError   the provider limits the rate of requests
    │   ├── ModelUnavailableError the provider is unreachable, or its stream broke
    │   ├── InvalidCallsError     the model makes only invalid tool calls
    │   └── InvalidOutputError    its answer does not fit the requested schema
    ├── EgressError               a request to the outside world failed
    │   ├── FetchDeniedError      it is not allowed
    │   ├── FetchFailedError      it failed, or hit a limit
    │   └── McpServerError        an MCP server of the agent cannot be used
    ├── RunnerUnavailableError    the toolrunner is unreachable
    ├── RunTimeoutError           the run timed out
    ├── QuotaError                a quota is used up
    ├── IssuerAwayError           the keys of a token's issuer cannot be fetched
    ├── QuotaStoreError           the store of quotas cannot be reached
    ├── DatabaseError             the database of runs cannot be reached
    │   └── SealedError           what is encrypted in it cannot be read
    ├── NotResumableError         the run cannot go on from what is recorded
    ├── RunInterruptedError       another run of the session replaced it
    ├── ClientStalledError        the client stopped reading
    ├── ClientGoneError           the client cancelled the run, or its deadline passed
    ├── OverloadedError           this executor is at its limit of runs
    ├── ShuttingDownError         this executor is shutting down
    ├── SetupError                this machine or its settings cannot run the executor
    └── InternalError             a bug in the executor

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
    """One invalid field of a request, as in ``google.rpc.BadRequest``."""

    field: str
    description: str


@dataclass(eq=False)
class ExecutorError(Exception):
    """The base class of all errors that a user may see.

    Args:
        message: one or two sentences: whose fault, what went wrong, what to do.
        metadata: short strings for ``google.rpc.ErrorInfo.metadata``, without secrets.
        violations: the invalid fields of the request.
        retry_after_s: seconds after which a retry may succeed, if known.
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
    """The bundle has no agent of that key; the message lists its agents."""

    reason = "AGENT_NOT_FOUND"


class UnknownBundleError(RequestError):
    """This executor has no bundle of that digest."""

    reason = "BUNDLE_NOT_FOUND"


class DigestsOffError(RequestError):
    """The deployment refuses bundle digests."""

    reason = "BUNDLE_DIGESTS_OFF"


class UnknownSessionError(RequestError):
    """This executor has no such conversation of that resource."""

    reason = "SESSION_NOT_FOUND"


class SessionBusyError(RequestError):
    """Another run of the session is active."""

    reason = "SESSION_BUSY"


class IncompleteRequestError(RequestError):
    """The request did not arrive in time."""

    reason = "REQUEST_INCOMPLETE"


class RequestIdInUseError(RequestError):
    """Another request has this request_id."""

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


class AgentDisabledError(BundleError):
    """The bundle's agent says what cannot be honoured, so that it must not run."""

    reason = "AGENT_DISABLED"


class AgentUnresolvedError(BundleError):
    """What the agent is in a run is made by the bundle's own code, and that failed."""

    reason = "AGENT_UNRESOLVED"


class HookFailedError(BundleError):
    """A hook of the agent failed, or said what cannot be honoured; the run ends."""

    reason = "HOOK_FAILED"


class GuardrailTrippedError(BundleError):
    """A guardrail or a processor of the bundle refused an input, an answer or a call."""

    reason = "GUARDRAIL_TRIPPED"


class ToolEndedRunError(BundleError):
    """A tool threw an error that, in the agent's framework, ends the run."""

    reason = "TOOL_ENDED_RUN"


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
    """The provider refused the key, or no key is set."""

    reason = "MODEL_AUTHENTICATION_FAILED"


class ModelRefusedError(ModelError):
    """The provider refused the request itself."""

    reason = "MODEL_REFUSED"


class ModelContextError(ModelRefusedError):
    """The conversation is longer than the model can read."""

    reason = "MODEL_CONTEXT_TOO_LONG"


@dataclass(eq=False)
class ModelSettingError(ModelRefusedError):
    """The provider refused one ``setting`` of the request, which may be left out."""

    setting: str = ""


class ModelQuotaError(ModelError):
    """The deployment's account at the provider has no credit or quota left."""

    reason = "MODEL_QUOTA_EXHAUSTED"


class ModelRateLimitError(ModelError):
    """The provider limits the rate of requests."""

    reason = "MODEL_RATE_LIMITED"


class ModelUnavailableError(ModelError):
    """The provider is unreachable, or its stream ended before the answer did."""

    reason = "MODEL_UNAVAILABLE"


class InvalidCallsError(ModelError):
    """The model makes only invalid tool calls."""

    reason = "MODEL_CALLS_INVALID"


class InvalidOutputError(ModelError):
    """The model's answer does not fit the requested schema."""

    reason = "MODEL_OUTPUT_INVALID"


class EgressError(ExecutorError):
    """A request to the outside world was not made or did not complete."""

    reason = "FETCH_FAILED"


class FetchDeniedError(EgressError):
    """The request is not allowed by the rules, its address, or a secret's bindings."""

    reason = "FETCH_DENIED"


@dataclass(eq=False)
class FetchFailedError(EgressError):
    """The request failed, or hit a limit of size or time.

    ``code`` is what Node calls the failure, such as ECONNREFUSED; empty if it has no name for it.
    """

    reason = "FETCH_FAILED"

    code: str = ""


class McpServerError(EgressError):
    """An MCP server of the agent cannot be reached, or offers what cannot be used."""

    reason = "MCP_SERVER_FAILED"


class RunnerUnavailableError(ExecutorError):
    """The toolrunner is unreachable."""

    reason = "RUNNER_UNAVAILABLE"


class RunTimeoutError(ExecutorError):
    """The run timed out."""

    reason = "RUN_DEADLINE_EXCEEDED"


class RunInterruptedError(ExecutorError):
    """Another run of the session replaced this one."""

    reason = "RUN_INTERRUPTED"


class ClientStalledError(ExecutorError):
    """The client stopped reading, and the run was stopped."""

    reason = "CLIENT_STALLED"


class ClientGoneError(ExecutorError):
    """The client cancelled the run, or its deadline passed."""

    reason = "CLIENT_GONE"


class OverloadedError(ExecutorError):
    """This executor is at its limit; ``retry_after_s`` says when to try again."""

    reason = "OVERLOADED"


class ShuttingDownError(ExecutorError):
    """This executor is shutting down; retry, or use another one."""

    reason = "SHUTTING_DOWN"


class SetupError(ExecutorError):
    """This machine, installation or configuration cannot run the executor."""

    reason = "SETUP_FAILED"


class InternalError(ExecutorError):
    """A bug in the executor; the message has an id to look up in the log."""

    reason = "INTERNAL"
