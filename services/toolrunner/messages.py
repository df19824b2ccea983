"""Messages of a RunTools stream, and events of its work, as frozen dataclasses.

``ClientMessage``s come from the peer, ``WorkEvent``s from the pool and the program store, and
``Reply``s go to the peer. ``wire.py`` translates the first and the last to and from protobuf.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.telemetry.traces.w3c import Remote
from services.toolrunner.domain import (
    ConsoleLevel,
    IncompleteLoad,
    Limits,
    LoadReads,
    Outcome,
    Program,
    ToolCall,
    ToolFailure,
    Usage,
)

LOAD = ""
"""The id of the call under which a load makes host calls."""


@dataclass(frozen=True, slots=True)
class LimitRequest:
    """Limits that the peer wants lowered; None keeps the default. Units as in ``Limits``."""

    timeout_s: float | None = None
    fuel: int | None = None
    memory_bytes: int | None = None
    output_bytes: int | None = None
    console_bytes: int | None = None
    heap_bytes: int | None = None
    stack_bytes: int | None = None
    host_wait_s: float | None = None
    host_calls: int | None = None
    host_calls_in_flight: int | None = None
    timers: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Opens the stream; ``is_module`` is None when the peer did not set it."""

    run_id: str
    digest: str
    is_module: bool | None
    limits: LimitRequest | None
    capabilities: tuple[str, ...]
    tenant: str = ""
    required_features: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    host_calls_at_load: bool = False
    max_load_age_s: float | None = None
    replay: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ProgramChunk:
    """A piece of the program text, in order."""

    data: bytes = field(repr=False)
    last: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Starts one call; input and context are JSON text."""

    call_id: str
    agent: str
    tool: str
    input_json: str = field(repr=False)
    context_json: str = field(repr=False)
    tool_call_id: str
    limits: LimitRequest | None = None
    approved: bool = False
    messages_json: str = field(default="", repr=False)
    record: bool = False
    replay: bytes = field(default=b"", repr=False)
    trace: Remote | None = None

    def granted(self, capabilities: tuple[str, ...], limits: Limits) -> ToolCall:
        """Return the call to make, with what the stream grants."""
        return ToolCall(
            self.agent,
            self.tool,
            self.input_json,
            self.context_json,
            self.tool_call_id,
            capabilities,
            limits,
            approved=self.approved,
            messages_json=self.messages_json,
            record=self.record,
            replay=self.replay,
        )


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Asks for the value of a member of a tool, or of an agent where ``tool`` is empty."""

    call_id: str
    agent: str
    tool: str
    member: str
    arguments_json: str = field(default="", repr=False)
    context_json: str = field(default="{}", repr=False)
    limits: LimitRequest | None = None
    trace: Remote | None = None


@dataclass(frozen=True, slots=True)
class HostResult:
    """The outcome of one host call of one call: ``output_json`` when ``failure`` is None."""

    call_id: str
    host_call_id: int
    output_json: str = field(repr=False)
    failure: ToolFailure | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ends one call early."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """A ping or its answer; the number is 0 in a ping that answers none."""

    id: int = 0


@dataclass(frozen=True, slots=True)
class Unreceived:
    """A request in parts that was refused, and how the call it belongs to fails.

    With ``host_call_id`` it answers that host call; otherwise the call does not start.
    """

    call_id: str
    host_call_id: int | None
    failure: ToolFailure


@dataclass(frozen=True, slots=True)
class HalfClose:
    """The peer closed its side; its calls in flight continue."""


ClientMessage: TypeAlias = (
    Open | ProgramChunk | Call | Evaluate | HostResult | Cancel | Ping | Unreceived | HalfClose
)


@dataclass(frozen=True, slots=True)
class ConsoleText:
    """One line of console output; ``time_ns`` counts from the epoch."""

    level: ConsoleLevel
    text: str = field(repr=False)
    time_ns: int


@dataclass(frozen=True, slots=True)
class ProgramHeld:
    """The store holds the program that the stream named."""

    program: Program


@dataclass(frozen=True, slots=True)
class ProgramMissing:
    """The store lacks the program that the stream named."""


@dataclass(frozen=True, slots=True)
class ProgramLoaded:
    """A worker holds the program's image; ``warm`` when one already did.

    ``incomplete`` is set when its top level failed halfway. ``private`` is what of the stream's
    grant the image depends on; None for an image that streams share.
    """

    warm: bool
    usage: Usage
    console: tuple[ConsoleText, ...] = ()
    incomplete: IncompleteLoad | None = None
    private: LoadReads | None = None


@dataclass(frozen=True, slots=True)
class ProgramFailed:
    """The program's top level could not be evaluated."""

    failure: ToolFailure
    console: tuple[ConsoleText, ...] = ()
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A tool has started."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallConsole:
    """A call wrote a line."""

    call_id: str
    line: ConsoleText


@dataclass(frozen=True, slots=True)
class HostCall:
    """A call makes a host call; ``host_call_id`` counts within the call."""

    call_id: str
    host_call_id: int
    capability: str
    input_json: str = field(repr=False)
    span_id: str = ""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call ended; ``started`` is whether its tool started."""

    call_id: str
    outcome: Outcome = field(repr=False)
    started: bool = True


@dataclass(frozen=True, slots=True)
class Draining:
    """The runner is being stopped; calls in flight are ended ``deadline_s`` after the epoch."""

    deadline_s: float


WorkEvent: TypeAlias = (
    ProgramHeld
    | ProgramMissing
    | ProgramLoaded
    | ProgramFailed
    | CallStarted
    | CallConsole
    | HostCall
    | CallEnded
    | Draining
)


@dataclass(frozen=True, slots=True)
class ProgramWanted:
    """Asks the peer for the bytes of the program."""

    digest: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Calls may be sent; the limits apply to every call, ``request_bytes`` to any request."""

    loaded: ProgramLoaded
    limits: Limits
    calls_in_flight: int
    request_bytes: int


Reply: TypeAlias = (
    ProgramWanted
    | Opened
    | ProgramFailed
    | CallStarted
    | CallConsole
    | HostCall
    | CallEnded
    | Draining
    | Ping
)


def kind_of(message: ClientMessage) -> str:
    """Return the protocol's name of a message."""
    return "`" + re.sub(r"(?<=.)([A-Z])", r"_\1", type(message).__name__).lower() + "`"
