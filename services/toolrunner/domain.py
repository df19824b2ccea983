"""The toolrunner's domain: programs, limits, calls and their outcomes.

Frozen dataclasses; only ``wire.py`` translates them to and from protobuf.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from services.front import limits

MIB = limits.MIB
STACK_BYTES = limits.STACK_BYTES


class FailureKind(Enum):
    """Why a tool failed; names and numbers match the protocol."""

    INVALID_INPUT = 1
    THROWN = 2
    FUEL_EXHAUSTED = 3
    MEMORY_EXCEEDED = 4
    STACK_OVERFLOW = 5
    DEADLINE_EXCEEDED = 6
    OUTPUT_TOO_LARGE = 7
    CAPABILITY_DENIED = 8
    NEVER_SETTLED = 9
    TOOL_NOT_FOUND = 10
    LOAD_FAILED = 11
    RUNNER_LOST = 12
    CANCELLED = 13
    LIMIT_EXCEEDED = 14
    OVERLOADED = 15
    RUNNER_FAULT = 16
    NOT_APPROVED = 17
    NEEDS_APPROVAL = 18


class ConsoleLevel(Enum):
    """The console method that wrote a line; numbers match the protocol."""

    DEBUG = 1
    LOG = 2
    INFO = 3
    WARN = 4
    ERROR = 5


@dataclass(frozen=True)
class ToolFailure:
    """A failed call or load, as data; positions in ``stack`` refer to the bundle."""

    kind: FailureKind
    message: str
    name: str = ""
    stack: str = ""


@dataclass(frozen=True)
class Limits:
    """Limits of one call or load.

    The guest enforces heap, stack and timers; a guest that lies about them is still held to its
    linear memory and the engine's native stack. The host enforces all others.

    Attributes:
        timeout_s: seconds of wall time.
        fuel: wasmtime fuel, about one unit an instruction.
        memory_bytes: bytes of linear memory, the whole guest included.
        output_bytes: bytes of the JSON result.
        console_bytes: bytes of console text, each line counting as at least 32; the excess is
            dropped.
        heap_bytes: bytes of the JavaScript heap.
        stack_bytes: bytes of the JavaScript call stack, at most ``STACK_BYTES``.
        host_wait_s: seconds spent waiting for host results, all waits together.
        host_calls: total host calls.
        host_calls_in_flight: host calls waiting at once.
        timers: timers pending at once.
    """

    timeout_s: float = 30.0
    fuel: int = 60_000_000_000
    memory_bytes: int = 256 * MIB
    output_bytes: int = 1 * MIB
    console_bytes: int = 64 * 1024
    heap_bytes: int = 256 * MIB
    stack_bytes: int = STACK_BYTES
    host_wait_s: float = 30.0
    host_calls: int = 1000
    host_calls_in_flight: int = 64
    timers: int = 10_000


@dataclass(frozen=True)
class Usage:
    """Resources used by a call or load: fuel, wall seconds, bytes of linear memory, host calls."""

    fuel: int = 0
    wall_s: float = 0.0
    peak_memory_bytes: int = 0
    host_calls: int = 0


@dataclass(frozen=True)
class Program:
    """A program text, a module or a script, by its SHA-256: ``sha256:`` and 64 hex digits.

    Images of different epochs, spans of time, are different ones.
    """

    digest: str
    is_module: bool
    source: bytes = field(repr=False)
    epoch: str = ""

    @property
    def key(self) -> str:
        """The key of its text, which the store uses."""
        return program_key(self.digest, self.is_module)

    @property
    def image_key(self) -> str:
        """The key that pool and workers use for its image."""
        return self.key + self.epoch

    def loaded_within(self, seconds: float | None, now_s: float) -> Program:
        """Return the program whose image is at most so old at a time, in seconds since 1970."""
        if seconds is None:
            return self
        return replace(self, epoch=f"-{seconds:g}-{int(now_s // seconds)}")


def program_key(digest: str, is_module: bool) -> str:
    """Return the key of a program: the same text as a script is another program."""
    return f"{digest}-{'module' if is_module else 'script'}"


@dataclass(frozen=True)
class LoadReads:
    """What a program touched of a run's environment and network while it loaded.

    ``all_env`` is a look at the whole environment, ``fetches`` a request that was not granted.
    """

    env: frozenset[str] = frozenset()
    all_env: bool = False
    fetches: bool = False

    def __bool__(self) -> bool:
        """Whether anything was touched."""
        return bool(self.env) or self.all_env or self.fetches

    def joined(self, other: LoadReads) -> LoadReads:
        """Return the reads of both."""
        return LoadReads(
            self.env | other.env, self.all_env or other.all_env, self.fetches or other.fetches
        )


@dataclass(frozen=True)
class LoadGrant:
    """What a stream grants to the program's load: values by name, and capabilities.

    ``replay`` is the trace of the load that is done once more, as the protocol has it; empty: none.
    """

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    capabilities: tuple[str, ...] = ()
    max_age_s: float | None = None
    replay: bytes = field(default=b"", repr=False)

    def met(self, reads: LoadReads | None) -> LoadReads:
        """Return the reads that meet what is granted; ``None`` stands for a program not known."""
        if reads is None:
            return LoadReads()
        names = frozenset(self.env)
        return LoadReads(
            names if reads.all_env else names & reads.env,
            bool(names) and reads.all_env,
            bool(self.capabilities) and reads.fetches,
        )


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool: its input and context (JSON text) and its limits.

    With ``member`` it asks for that member of the tool, or of the agent, and runs no tool; the
    input then holds the arguments. ``approved``: a person has approved the call. ``messages_json``
    is the conversation, a JSON array, or empty. ``record`` asks for the call's trace; ``replay`` is
    the trace of the call that it does once more, as the protocol has it, or empty.
    """

    agent: str
    tool: str
    input_json: str
    context_json: str
    tool_call_id: str
    capabilities: tuple[str, ...]
    limits: Limits
    member: str = ""
    approved: bool = False
    messages_json: str = ""
    record: bool = False
    replay: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Load:
    """A runner's load: open streams, running calls, calls waiting for a worker, workers."""

    streams: int
    calls_running: int
    calls_waiting: int
    workers: int
    draining: bool


@dataclass(frozen=True)
class LoadFault:
    """A statement of a program's top level that failed.

    ``place`` is where the statement is, as ``bundle.js:line:column`` or the place in its source;
    empty when that is not known.
    """

    failure: ToolFailure
    place: str = ""


@dataclass(frozen=True)
class MadeAgent:
    """An agent that a load made, and its tools by key; None when only a call makes the tools."""

    key: str
    tools: tuple[str, ...] | None


class UnusableReason(Enum):
    """Why a tool of an incomplete load cannot be used; numbers match the protocol."""

    NOT_MADE = 1
    NOT_CHANGED = 2
    USES_UNMADE = 3


@dataclass(frozen=True)
class UnusableTool:
    """A tool that a call cannot use, or all tools of its agent if ``tool`` is empty.

    ``fault`` is the number of the failed statement, from 1; 0 if it is not listed.
    """

    agent: str
    tool: str
    reason: UnusableReason
    fault: int


@dataclass(frozen=True)
class IncompleteLoad:
    """A load whose top level failed, and what can be used all the same."""

    faults: tuple[LoadFault, ...]
    agents: tuple[MadeAgent, ...]
    unusable: tuple[UnusableTool, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The end of a call or load: ``output_json`` when ``failure`` is None.

    ``model_output_json`` is what the tool wants the model to be shown of it, empty for all of it.
    ``incomplete`` is set for a load that failed halfway and can be used all the same. ``trace`` is
    how a recorded call went, as the protocol has it.
    """

    output_json: str
    failure: ToolFailure | None
    usage: Usage
    incomplete: IncompleteLoad | None = None
    model_output_json: str = ""
    trace: bytes = field(default=b"", repr=False)
