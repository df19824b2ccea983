"""What the executor works with: manifests, bundles, results of tools, requests; frozen dataclasses.

``Json`` values are what ``json.loads`` returns. Only ``wire.py`` knows how these look as protobuf.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from services.executor.conversation import ContentPart, SessionPolicy
from services.executor.limits import RunLimits

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"


class BundleFormat(Enum):
    """The form of a bundle, by what its top level does."""

    ESM = "esm"
    CJS = "cjs"
    IIFE = "iife"
    WRAPPED = "wrapped"


class SchemaSource(Enum):
    """How a tool's input schema was found."""

    STATIC = "STATIC"
    SANDBOX = "SANDBOX"


class Severity(Enum):
    """What a diagnostic means for the use of the bundle."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Diagnostic:
    """Something that could not be read. Line and column count from 1; 0 when there is none."""

    severity: Severity
    path: str
    reason: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class ReachGap:
    """A place behind which a tool's code may reach more; line and column as in ``Diagnostic``."""

    reason: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class HeaderUse:
    """A name of the environment, and a header in which its value is sent, in lower case."""

    env: str
    header: str


@dataclass(frozen=True)
class Reach:
    """What a tool's code can reach, read from the code; every tuple of names is sorted.

    ``globals`` of the runtime, ``modules`` from outside the bundle, names in ``env``, ``hosts`` of
    literal URLs as fetch rules; ``missing`` are globals and modules that the sandbox lacks.
    ``headers`` has the names of ``env`` that are sent in headers and are not used otherwise.
    """

    globals: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    gaps: tuple[ReachGap, ...] = ()
    headers: tuple[HeaderUse, ...] = ()


@dataclass(frozen=True)
class UnreadSchema:
    """Why the schema of a tool could not be read, and where; line and column as in ``Diagnostic``.

    ``diagnostic`` is how the manifest tells it.
    """

    path: str
    reason: str
    line: int = 0
    column: int = 0

    def diagnostic(self, more: str = "") -> Diagnostic:
        """Return the diagnostic of the tool that this disables, with ``more`` to say, perhaps."""
        reason = "; ".join(filter(None, (self.reason, more, "the tool is disabled")))
        return Diagnostic(Severity.ERROR, self.path, reason, self.line, self.column)


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the bundle declares it; the schemas are JSON Schema 2020-12.

    A tool that cannot be used is ``disabled``, and a diagnostic of the manifest says why; where
    nothing but its schema disables it, ``unread_schema`` is set, too. ``reach`` is None when there
    is no code to look at.
    ``needs_approval`` is set when the bundle wants a person to approve calls, or some of them.
    """

    key: str
    description: str
    input_schema: JsonObject | None
    schema_source: SchemaSource | None
    disabled: bool = False
    reach: Reach | None = None
    output_schema: JsonObject | None = None
    needs_approval: bool = False
    unread_schema: UnreadSchema | None = None


@dataclass(frozen=True)
class AgentLink:
    """How one agent names another: to hand over to it, or to call it as a tool.

    ``agent`` is the other's key in the manifest, empty when it is not there; ``tool`` is the name
    by which the model would reach it: the bundle's, else the one that its framework makes.
    """

    agent: str
    name: str
    tool: str = ""
    description: str = ""


class ToolChoiceMode(Enum):
    """How free the model is to call tools."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"
    TOOL = "tool"


@dataclass(frozen=True)
class ToolChoice:
    """Which tools the model must or may call; ``tool`` is a key, set for ``TOOL`` only."""

    mode: ToolChoiceMode
    tool: str = ""


@dataclass(frozen=True)
class StepCount:
    """The bundle stops a run after this many model queries."""

    steps: int


@dataclass(frozen=True)
class ToolWasCalled:
    """The bundle stops a run once this tool, or any when ``tool`` is None, was called."""

    tool: str | None


StopCondition: TypeAlias = StepCount | ToolWasCalled


@dataclass(frozen=True)
class AgentSpec:
    """An agent as the bundle declares it.

    ``model`` is ``provider/id`` (``anthropic/claude-x``, ``gateway/openai/gpt-x``) or the plain
    string of the bundle; None when it has none or it could not be read. ``fallback_models`` are
    to be asked when it cannot answer, in order. ``settings`` holds temperature, maxOutputTokens,
    topP, seed and the like under the AI SDK's names. ``max_steps`` is the bundle's own limit of
    model queries, None when it says none; ``stop_conditions`` are all of its reasons to stop, each
    enough alone. ``active_tools`` are the keys of the tools to offer, None for all. ``framework``
    is the name of the library that the agent is written with, None when that is not known.
    """

    key: str
    name: str
    system: str
    model: str | None
    tools: Mapping[str, ToolSpec]
    description: str = ""
    settings: Mapping[str, Json] = field(default_factory=dict)
    max_steps: int | None = None
    framework: str | None = None
    fallback_models: tuple[str, ...] = ()
    handoffs: tuple[AgentLink, ...] = ()
    agent_tools: tuple[AgentLink, ...] = ()
    tool_choice: ToolChoice | None = None
    active_tools: tuple[str, ...] | None = None
    stop_conditions: tuple[StopCondition, ...] = ()
    output_schema: JsonObject | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What was read of one bundle. ``digest`` is ``sha256:`` and 64 hexadecimal digits.

    ``module`` says where in the bundle's bytes the module begins and ends that a wrapper is around.
    """

    digest: str
    format: BundleFormat
    agents: Mapping[str, AgentSpec]
    metadata: Mapping[str, Json]
    diagnostics: tuple[Diagnostic, ...]
    module: tuple[int, int] | None = None


@dataclass(frozen=True)
class Program:
    """The text that the toolrunner evaluates: the bundle, unwrapped where it was wrapped.

    Unwrapping keeps every line and column, so that stacks point into the bundle as it was sent.
    ``digest`` is the SHA-256 of ``source``: ``sha256:`` and 64 hexadecimal digits.
    """

    digest: str
    is_module: bool
    source: bytes = field(repr=False)


@dataclass(frozen=True)
class Bundle:
    """A bundle that was fetched and read."""

    manifest: Manifest
    program: Program


@dataclass(frozen=True)
class InlineBundle:
    """A bundle that came with the request, as UTF-8 JavaScript."""

    source: bytes = field(repr=False)


@dataclass(frozen=True)
class UrlBundle:
    """A bundle to fetch from an http or https URL."""

    url: str


@dataclass(frozen=True)
class DigestBundle:
    """A bundle that this executor has seen: ``sha256:`` and 64 hexadecimal digits of its bytes."""

    digest: str


BundleSource: TypeAlias = InlineBundle | UrlBundle | DigestBundle


class FailureKind(Enum):
    """What stopped a tool; the names are those of the toolrunner's protocol."""

    INVALID_INPUT = "INVALID_INPUT"
    THROWN = "THROWN"
    FUEL_EXHAUSTED = "FUEL_EXHAUSTED"
    MEMORY_EXCEEDED = "MEMORY_EXCEEDED"
    STACK_OVERFLOW = "STACK_OVERFLOW"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OUTPUT_TOO_LARGE = "OUTPUT_TOO_LARGE"
    CAPABILITY_DENIED = "CAPABILITY_DENIED"
    NEVER_SETTLED = "NEVER_SETTLED"
    TOOL_NOT_FOUND = "TOOL_NOT_FOUND"
    LOAD_FAILED = "LOAD_FAILED"
    RUNNER_LOST = "RUNNER_LOST"
    CANCELLED = "CANCELLED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    OVERLOADED = "OVERLOADED"
    RUNNER_FAULT = "RUNNER_FAULT"


@dataclass(frozen=True)
class ToolFailure:
    """A failed tool call, as data; ``stack`` counts lines and columns of the bundle."""

    kind: FailureKind
    message: str
    name: str = ""
    stack: str = ""


@dataclass(frozen=True)
class ToolUsage:
    """What one tool call cost: wasmtime fuel, wall seconds, bytes, requests to the outside."""

    fuel: int = 0
    wall_s: float = 0.0
    peak_memory_bytes: int = 0
    host_calls: int = 0


@dataclass(frozen=True)
class ConsoleLine:
    """One line that a tool wrote; ``level`` is the console method's name."""

    level: str
    text: str


@dataclass(frozen=True)
class ToolResult:
    """The outcome of one tool call: ``output`` when ``failure`` is None.

    ``output_json`` is the output as the JSON text that it came as; empty when it came otherwise.
    ``begun`` is False when it is known that the tool was never begun, so that it had no effect.
    """

    output: Json
    failure: ToolFailure | None
    usage: ToolUsage
    output_json: str = ""
    begun: bool = True


@dataclass(frozen=True)
class RunRequest:
    """A request for one run, checked; empty strings stand for what the request leaves out."""

    bundle: BundleSource
    message: str
    parts: tuple[ContentPart, ...] = ()
    agent: str = ""
    session_id: str = ""
    resource_id: str = ""
    request_context: Mapping[str, Json] = field(default_factory=dict)
    session_policy: SessionPolicy = SessionPolicy.REJECT
    model: str = ""
    fallback_models: tuple[str, ...] = ()
    output_schema: JsonObject | None = None
    limits: RunLimits = field(default_factory=RunLimits)
    allow_fetch: tuple[str, ...] | None = None  # narrows the deployment's rules; None does not
