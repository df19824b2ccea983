"""What a schedule is made of, as data: what is said, done, spent, broken and read, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from services.executor.agent.deltas import ModelDelta
from services.executor.conversation import Price, ReasoningBlock, SessionPolicy
from services.executor.domain import FailureKind, Json
from services.executor.events import AbortCause
from services.executor.limits import RunLimits


class BrokenError(Exception):
    """What breaks where nobody expects it, such as a full disk."""


@dataclass(frozen=True)
class Spent:
    """A report of tokens: shares of the prompt's estimate and of what the answer may have."""

    prompt: float
    answer: float


Said: TypeAlias = ModelDelta | Spent


@dataclass(frozen=True)
class Piece:
    """Something that a model says.

    ``wait_s`` before it is None when it comes with the piece before, and 0 for a turn of the loop.
    """

    said: ModelDelta | Spent
    wait_s: float | None = None


@dataclass(frozen=True)
class WantedCall:
    """A tool call as the model means it; ``id`` is what it gives with the first piece of it."""

    id: str
    tool: str
    input_text: str
    is_valid: bool
    signature: str = ""


@dataclass(frozen=True)
class Fault:
    """How a stream breaks: by an error, or by silence when there is none."""

    error: type[Exception] | None
    retry_after_s: float | None = None


@dataclass(frozen=True)
class AnswerScript:
    """One answer of a model; what it means, unless ``fault`` or a missing end cuts it short.

    ``close_s`` is how long its connection takes to close.
    """

    pieces: tuple[Piece, ...]
    calls: tuple[WantedCall, ...] = ()
    reasoning: tuple[ReasoningBlock, ...] = ()
    fits: bool = False
    fault: Fault | None = None
    close_s: float = 0.0


@dataclass(frozen=True)
class Returns:
    """The tool returns."""

    output: Json


@dataclass(frozen=True)
class Fails:
    """The tool fails."""

    kind: FailureKind


@dataclass(frozen=True)
class Raises:
    """The tool cannot be run at all."""

    error: type[Exception]


ToolEnd: TypeAlias = Returns | Fails | Raises


@dataclass(frozen=True)
class ToolScript:
    """One call of a tool.

    Attributes:
        line_waits_s: the waits before each console line.
        seconds: how long it takes then; None for ever.
        ends: how it ends.
        end_s: how long it takes to end when it is cancelled.
        ends_anyway: it then ends as it would have, instead of as cancelled.
    """

    line_waits_s: tuple[float, ...]
    seconds: float | None
    ends: ToolEnd
    end_s: float = 0.0
    ends_anyway: bool = False


@dataclass(frozen=True)
class RunnerScript:
    """The toolrunner in one run: opening takes ``open_s``, None for ever, and may then fail."""

    open_s: float | None
    open_error: type[Exception] | None = None
    lines: int = 0
    close_s: float = 0.0


@dataclass(frozen=True)
class StoreScript:
    """One operation of the store of sessions."""

    seconds: float
    error: type[Exception] | None = None


class Reading(Enum):
    """How a client reads."""

    PATIENT = "patient"
    SLOW = "slow"
    STOPS = "stops for a while"
    LEAVES = "leaves"
    CANCELLED = "is cancelled"
    ABORTS = "aborts"


@dataclass(frozen=True)
class ReaderScript:
    """One client.

    Attributes:
        way: how it reads.
        at_s: when it is cancelled or aborts; how long it stops, or takes over each event.
        events: after how many of them it stops, or leaves.
        cause: why it aborts.
        again_s: how long after that its reader is cancelled, too; None for not at all.
    """

    way: Reading
    at_s: float = 0.0
    events: int = 0
    cause: AbortCause = AbortCause.CLIENT_CANCELLED
    again_s: float | None = None


@dataclass(frozen=True)
class RunScript:
    """One run: what it may spend, and who reads it; see ``AgentSpec`` for the bundle's part."""

    start_s: float
    session: str
    policy: SessionPolicy
    limits: RunLimits
    reader: ReaderScript
    runner: RunnerScript
    has_tools: bool = True
    fallbacks: tuple[str, ...] = ()
    wants_schema: bool = False
    bundle_steps: int | None = None
    bundle_output_tokens: int | None = None
    stops_after: str = ""
    hands_over: bool = False


@dataclass(frozen=True)
class WorldScript:
    """All of a schedule that is settled before it begins.

    What models, tools and the store do is made as it is asked for, each by its number.

    Attributes:
        calm: the chance that something goes well, for all that can go wrong.
        callback_s: what each callback of the loop takes.
        prices: of models by name, None where not known; ``price_s`` to find one out.
    """

    seed: int
    calm: float
    runs: tuple[RunScript, ...]
    callback_s: float = 0.0
    history_messages: int = 400
    history_bytes: int = 2 * 1024 * 1024
    prices: Mapping[str, Price | None] = field(default_factory=dict)
    price_s: float = 0.0
