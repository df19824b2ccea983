"""The executor's domain: manifests, bundles, tool results, requests, as frozen dataclasses.

``Json`` values are what ``json.loads`` returns. Only ``wire/`` knows their protobuf form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from services.executor.agent_memory import AgentMemory
from services.executor.agent_parts import (
    AgentHook,
    AgentLink,
    AskedPart,
    Factory,
    Insertion,
    SchemaSource,
    StopCondition,
)
from services.executor.mcp_servers import McpServer
from services.executor.tool_reach import Reach

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"


class JsonText(str):
    """The JSON text of a value that is too large or nests too deep to be read, in its place."""

    __slots__ = ()


class BundleFormat(Enum):
    """The format of a bundle, by what its top level does."""

    ESM = "esm"
    CJS = "cjs"
    IIFE = "iife"
    WRAPPED = "wrapped"


class Severity(Enum):
    """How serious a diagnostic is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Diagnostic:
    """Something that could not be read. Line and column count from 1; 0 means unknown."""

    severity: Severity
    path: str
    reason: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class UnreadSchema:
    """Why the schema of a tool could not be read; line and column as in ``Diagnostic``."""

    path: str
    reason: str
    line: int = 0
    column: int = 0

    def diagnostic(self, more: str = "the sandbox was not asked") -> Diagnostic:
        """Return the diagnostic of the disabled tool; ``more`` says what asking gave."""
        reason = f"{self.reason}; {more}; the tool is disabled"
        return Diagnostic(Severity.ERROR, self.path, reason, self.line, self.column)


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the bundle declares it; the schemas are JSON Schema 2020-12.

    An unusable tool is ``disabled``, and a diagnostic of the manifest says why; if only its schema
    is at fault, ``unread_schema`` is set, too. ``reach`` is None if there is no code to analyse.
    ``needs_approval``: a person must approve calls; with ``approval_asked`` the sandbox says which.
    ``gates`` are settings that the sandbox asks in each call. ``parses_input``: the tool's own
    schema parses inputs. ``sees_messages``: it may look at the conversation. ``client_side``: it
    has no code here, and the client runs it. ``idempotent``: a call may be made again where it is
    not known what became of it.
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
    approval_asked: bool = False
    gates: tuple[str, ...] = ()
    parses_input: bool = False
    sees_messages: bool = False
    strict: bool = False
    client_side: bool = False
    idempotent: bool = False


@dataclass(frozen=True)
class Refusal:
    """Something that an agent says and Caisson cannot honour, so that the agent is disabled.

    ``path``, ``line`` and ``column`` are as in ``Diagnostic``; ``diagnostic`` is how the manifest
    reports it.
    """

    path: str
    reason: str
    line: int = 0
    column: int = 0

    def diagnostic(self) -> Diagnostic:
        """Return the diagnostic of the disabled agent."""
        reason = f"{self.reason}; the agent is disabled"
        return Diagnostic(Severity.ERROR, self.path, reason, self.line, self.column)


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
class AgentSpec:
    """An agent as the bundle declares it.

    ``model`` is ``provider/id`` (``anthropic/claude-x``, ``gateway/openai/gpt-x``) or the plain
    string of the bundle; None if it is missing or unreadable. ``fallback_models`` are tried in
    order if it cannot answer. ``settings`` are under the AI SDK's names. ``max_steps`` limits its
    queries; any of the ``stop_conditions`` stops the run. ``active_tools`` are those to offer, None
    for all. With ``refusals`` it is listed, but never run. The sandbox is asked for the ``asked``
    parts, and runs the ``hooks``. ``factory`` makes the agent, if any; ``inner`` ones are not
    exported. Without ``memory``, models are shown whole conversations.
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
    refusals: tuple[Refusal, ...] = ()
    asked: tuple[AskedPart, ...] = ()
    factory: Factory | None = None
    hooks: tuple[AgentHook, ...] = ()
    inner: bool = False
    memory: AgentMemory | None = None
    mcp_servers: tuple[McpServer, ...] = ()

    @property
    def unknown(self) -> tuple[AskedPart, ...]:
        """The parts that are not known yet; an agent that has some cannot run."""
        return tuple(each for each in self.asked if not each.is_known)

    @property
    def names_others(self) -> bool:
        """Whether it hands over to other agents, or has them as tools."""
        return bool(self.handoffs or self.agent_tools)

    @property
    def disabled(self) -> bool:
        """Whether the agent must not run."""
        return bool(self.refusals)


@dataclass(frozen=True)
class Manifest:
    """The content of one bundle. ``digest`` is ``sha256:`` and 64 hexadecimal digits.

    ``module`` is the range of the module inside a wrapper, in bytes. ``insertions`` are by place.
    """

    digest: str
    format: BundleFormat
    agents: Mapping[str, AgentSpec]
    metadata: Mapping[str, Json]
    diagnostics: tuple[Diagnostic, ...]
    module: tuple[int, int] | None = None
    insertions: tuple[Insertion, ...] = ()


@dataclass(frozen=True)
class Program:
    """The text that the toolrunner evaluates: the bundle, unwrapped if it was wrapped.

    What is inserted makes agents reachable that are not exported. Both keep every line and column,
    so that stacks point into the bundle as sent. ``digest`` is ``sha256:`` and that of ``source``.
    """

    digest: str
    is_module: bool
    source: bytes = field(repr=False)


@dataclass(frozen=True)
class ProgramSlice:
    """What agents need of a program: ``omitted`` of its ``statements`` and parts are blank."""

    program: Program
    statements: int
    omitted: int


@dataclass(frozen=True)
class Bundle:
    """A fetched and parsed bundle; ``sent`` are its bytes as they were sent."""

    manifest: Manifest
    program: Program
    sent: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class InlineBundle:
    """A bundle sent with the request, as UTF-8 JavaScript."""

    source: bytes = field(repr=False)


@dataclass(frozen=True)
class UrlBundle:
    """A bundle to fetch from an http or https URL."""

    url: str


@dataclass(frozen=True)
class DigestBundle:
    """A bundle that was seen: ``sha256:`` and 64 hexadecimal digits."""

    digest: str


BundleSource: TypeAlias = InlineBundle | UrlBundle | DigestBundle


class FailureKind(Enum):
    """Why a tool failed; the names are those of the toolrunner's protocol."""

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
    NOT_APPROVED = "NOT_APPROVED"


@dataclass(frozen=True)
class ToolFailure:
    """A failed tool call, as data; ``stack`` refers to lines and columns of the bundle.

    ``may_approve``: a person's approval is all that the call lacks.
    """

    kind: FailureKind
    message: str
    name: str = ""
    stack: str = ""
    may_approve: bool = False

    @property
    def text(self) -> str:
        """Return the message, after the error's name."""
        return with_name(self.name, self.message)


def with_name(name: str, message: str) -> str:
    """Return an error's message after its name, once."""
    return f"{name}: {message}" if name and not message.startswith(name) else message


@dataclass(frozen=True)
class ToolUsage:
    """What one tool call used: wasmtime fuel, wall seconds, bytes, outside requests."""

    fuel: int = 0
    wall_s: float = 0.0
    peak_memory_bytes: int = 0
    host_calls: int = 0


@dataclass(frozen=True)
class ConsoleLine:
    """One console line of a tool; ``level`` is the console method's name."""

    level: str
    text: str


@dataclass(frozen=True)
class ToolResult:
    """The outcome of one tool call: ``output`` if ``failure`` is None.

    ``output_json`` is the output as the JSON text that it came as; empty when it came otherwise.
    ``begun`` is False when it is known that the tool was never begun, so that it had no effect.
    ``model_output_json`` is what the model is shown instead, empty if that is the output.
    """

    output: Json
    failure: ToolFailure | None
    usage: ToolUsage
    output_json: str = ""
    begun: bool = True
    model_output_json: str = ""
