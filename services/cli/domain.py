"""The types that the command shows and sends: events of a run, and requests for one.

Frozen dataclasses; only ``wire.py`` knows how they look as protobuf. JSON values are kept as the
compact JSON text that is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

MIB = 1024 * 1024


@dataclass(frozen=True)
class Notice:
    """A diagnostic of a bundle; line and column count from 1, 0 is unknown."""

    severity: str
    path: str
    reason: str
    line: int
    column: int


@dataclass(frozen=True)
class Refusal:
    """A ``google.rpc.Status`` and its details, decoded.

    ``reason`` and ``metadata`` are those of ErrorInfo, ``violations`` the (field, description)
    pairs of BadRequest and QuotaFailure, ``retry_after_s`` the delay of RetryInfo.
    """

    code: str
    message: str
    reason: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    violations: tuple[tuple[str, str], ...] = ()
    retry_after_s: float | None = None


@dataclass(frozen=True)
class RunStarted:
    """The run has a bundle, of a ``deployed`` version or not, an agent and a model."""

    run_id: str
    agent: str
    model: str
    session_id: str
    notices: tuple[Notice, ...]
    deployed: str = ""


@dataclass(frozen=True)
class TextPiece:
    """More of the answer."""

    text: str


@dataclass(frozen=True)
class ReasoningPiece:
    """More of the model's reasoning."""

    text: str


@dataclass(frozen=True)
class PartEnded:
    """A part of text or of reasoning is complete."""


@dataclass(frozen=True)
class ToolCalled:
    """A tool starts on an input that fits its schema."""

    call_id: str
    tool: str
    input_json: str


@dataclass(frozen=True)
class ToolInputRefused:
    """A tool call cannot be made; the model gets ``error``."""

    call_id: str
    tool: str
    input_text: str
    error: str


@dataclass(frozen=True)
class ToolReturned:
    """A tool returned."""

    call_id: str
    output_json: str


@dataclass(frozen=True)
class ToolFailed:
    """A tool failed; the model gets the error."""

    call_id: str
    kind: str
    message: str
    name: str
    stack: str


@dataclass(frozen=True)
class ToolDenied:
    """A tool call was not approved, and why."""

    call_id: str
    reason: str = ""


@dataclass(frozen=True)
class InputWanted:
    """A run waits for an approval, or for the result of a client's tool, until a time."""

    input_id: str
    is_approval: bool
    call_id: str
    tool: str
    input_json: str
    until: str
    reason: str


@dataclass(frozen=True)
class ListedInput:
    """Something that a run waits for; ``line`` is the same as one line of proto3 JSON."""

    run_id: str
    wanted: InputWanted
    line: str


@dataclass(frozen=True)
class ToolLogged:
    """A tool wrote a line to its console; ``call_id`` is empty for the bundle's top level."""

    call_id: str
    level: str
    text: str


@dataclass(frozen=True)
class ToolFetched:
    """A tool made a request, or was refused one; ``error`` says why."""

    call_id: str
    method: str
    host: str
    path: str
    status: int
    response_bytes: int
    wall_s: float
    error: str


@dataclass(frozen=True)
class ToolAskedModel:
    """A tool asked a model, or was refused that; ``error`` says why."""

    call_id: str
    model: str
    input_tokens: int
    output_tokens: int
    wall_s: float
    error: str


@dataclass(frozen=True)
class ToolCost:
    """The cost of a tool call: wasmtime fuel, wall seconds, bytes, host calls."""

    call_id: str
    fuel: int
    wall_s: float
    peak_memory_bytes: int
    host_calls: int


@dataclass(frozen=True)
class ModelRetried:
    """A query failed before any output and is retried after a wait."""

    model: str
    next_model: str
    wait_s: float
    message: str


@dataclass(frozen=True)
class ModelWarned:
    """What a person should know of a query that goes on."""

    message: str


@dataclass(frozen=True)
class SessionAwaited:
    """The run waits until ``ahead`` other runs of its session have ended."""

    ahead: int


@dataclass(frozen=True)
class StepAgain:
    """An answer was cut off and is asked for again; the calls in it are not made."""

    call_ids: tuple[str, ...]


@dataclass(frozen=True)
class RunWentOn:
    """The run goes on: after its executor was lost, or else after it was answered."""

    was_lost: bool


@dataclass(frozen=True)
class Effects:
    """What a run did: its tools by outcome, and whether the session was saved."""

    returned: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    not_started: tuple[str, ...] = ()
    session_saved: bool = False


@dataclass(frozen=True)
class RunFinished:
    """The run is complete; ``estimated`` token counts do not come from the provider.

    ``cost_usd`` is None if unknown, ``budget`` says which one ended the run and
    ``budget_kind`` names it (``steps``, ``tool-calls``), ``output_json`` is the answer when a
    schema was asked for.
    """

    reason: str
    steps: int
    input_tokens: int
    output_tokens: int
    estimated: bool
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None
    budget: str = ""
    budget_kind: str = ""
    output_json: str | None = None


@dataclass(frozen=True)
class AgentChanged:
    """Another agent goes on; ``by_session`` if the session has, and no call has handed over."""

    agent: str
    model: str
    by_session: bool = False


@dataclass(frozen=True)
class RunAborted:
    """The run was stopped."""

    reason: str
    effects: Effects = Effects()


@dataclass(frozen=True)
class RunFailed:
    """The run failed after it started."""

    message: str
    refusal: Refusal
    effects: Effects = Effects()


@dataclass(frozen=True)
class ScopeBegan:
    """A tool call runs another agent; the events of that run are ``Scoped``."""

    scope_id: str
    agent: str
    model: str


@dataclass(frozen=True)
class ScopeDone:
    """A nested run is over: what it used, and why it has no result, if it has none."""

    scope_id: str
    used: RunFinished
    failure: str = ""


@dataclass(frozen=True)
class Scoped:
    """An event of a nested run."""

    scope_id: str
    event: RunEvent


RunEvent: TypeAlias = (
    RunStarted
    | TextPiece
    | ReasoningPiece
    | PartEnded
    | ToolCalled
    | ToolInputRefused
    | ToolReturned
    | ToolFailed
    | ToolDenied
    | InputWanted
    | ToolLogged
    | ToolFetched
    | ToolAskedModel
    | ToolCost
    | ModelRetried
    | ModelWarned
    | SessionAwaited
    | StepAgain
    | RunWentOn
    | AgentChanged
    | RunFinished
    | RunAborted
    | RunFailed
    | ScopeBegan
    | ScopeDone
    | Scoped
)


@dataclass(frozen=True)
class Attachment:
    """An image or a file that goes with the message: bytes of a media type, or a URL."""

    media_type: str
    data: bytes | None = None
    url: str = ""
    filename: str = ""

    @property
    def is_image(self) -> bool:
        """Whether models get it as an image."""
        return self.media_type.startswith("image/")


@dataclass(frozen=True)
class RunLimits:
    """Limits of a run that the command lowers; None keeps the executor's."""

    max_steps: int | None = None
    timeout_s: float | None = None
    max_tool_calls: int | None = None
    max_output_tokens: int | None = None
    max_cost_usd: float | None = None


@dataclass(frozen=True)
class RunRequest:
    """A run to request: ``bundle`` is the text itself, or ``bundle_url`` says where it is.

    ``allow_fetch`` are rules that narrow those of the executor; None narrows nothing. ``on_busy``
    is what to do when another run of the session is active: reject, queue or interrupt.
    ``output_schema`` is a JSON Schema for the answer, ``context`` the request context for tools,
    ``env`` the plain values of their environment. ``agent_arguments`` are those of the function
    that makes the agent. ``allow_models`` lets tools ask models. ``deployed`` names a deployed
    agent instead of a bundle, such as "weather@production".
    """

    message: str
    bundle: bytes | None
    bundle_url: str
    agent: str = ""
    session_id: str = ""
    resource_id: str = ""
    model: str = ""
    allow_fetch: tuple[str, ...] | None = None
    fallbacks: tuple[str, ...] = ()
    on_busy: str = "reject"
    attachments: tuple[Attachment, ...] = ()
    output_schema: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    limits: RunLimits = RunLimits()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    agent_arguments: list[Any] | None = None
    allow_models: bool = False
    deployed: str = ""
