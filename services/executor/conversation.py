"""What user, model and tools say to each other, and what the model's part of it cost.

Only ``wire/`` knows how these look as protobuf, only ``adapters/`` how providers write them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class FinishReason(Enum):
    """Why the model, or the run, stopped."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content-filter"
    TOOL_CALLS = "tool-calls"
    MAX_STEPS = "max-steps"
    BUDGET = "budget"
    OTHER = "other"


class UsageSource(Enum):
    """Where token counts come from."""

    PROVIDER = "provider"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class TokenUsage:
    """Token counts of a query, or of all of a run.

    Cached, cache-written and reasoning tokens are parts of the totals. ``cost_usd`` is None where
    a price is not known.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    source: UsageSource | None = None
    cache_write_input_tokens: int = 0
    cost_usd: float | None = None


class MediaKind(Enum):
    """What a piece of media is to a model."""

    IMAGE = "image"
    FILE = "file"


@dataclass(frozen=True)
class TextPart:
    """A piece of text in what a person said."""

    text: str


@dataclass(frozen=True)
class MediaPart:
    """An image or a file in what a person said: its bytes, or an http(s) URL of it.

    ``media_type`` is an IANA media type; empty only for an image that is given by its URL.
    """

    kind: MediaKind
    media_type: str
    data: bytes | None = field(default=None, repr=False)
    url: str = ""
    filename: str = ""


ContentPart: TypeAlias = TextPart | MediaPart


@dataclass(frozen=True)
class ReasoningBlock:
    """One block of a model's reasoning, kept to be shown to the same provider again.

    ``signature`` proves to the provider that the text is its own; ``redacted`` is a block that only
    the provider can read, and then there is no text.
    """

    text: str
    signature: str = ""
    redacted: str = ""


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it; ``input_text`` should be JSON, and may be anything.

    ``signature`` is what the provider wants back with the call, where it has such a thing.
    """

    id: str
    tool: str
    input_text: str
    signature: str = ""


@dataclass(frozen=True)
class UserMessage:
    """What a person said: a text, then ``parts`` in their order."""

    text: str
    parts: tuple[ContentPart, ...] = ()


@dataclass(frozen=True)
class AssistantMessage:
    """What the model said in one query: text, calls, or both, after its reasoning."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    reasoning: tuple[ReasoningBlock, ...] = ()


CUT_HERE = "\n[cut here: the whole result is "
"""Begins the note at the end of a tool's result that is shown in part."""


class ResultForm(Enum):
    """What the text of a tool's result is."""

    TEXT = "text"
    JSON = "json"
    FAILURE = "failure"


@dataclass(frozen=True)
class ToolMessage:
    """The outcome of one call, as the model reads it.

    ``form`` says what ``text`` is: the text that the tool returned, the JSON of any other value, or
    a failure in words. ``whole_bytes`` is the size of a result of which ``text`` is only the
    beginning, and a note of that; 0 when it is all of it.
    """

    call_id: str
    tool: str
    text: str
    form: ResultForm = field(default=ResultForm.TEXT, compare=False)
    whole_bytes: int = field(default=0, compare=False)


Message: TypeAlias = UserMessage | AssistantMessage | ToolMessage


@dataclass(frozen=True)
class SessionKey:
    """A conversation: its id, and whom it belongs to."""

    resource_id: str
    session_id: str


@dataclass(frozen=True)
class SessionSummary:
    """A conversation that is kept, without what was said in it; times in nanoseconds since 1970.

    ``title`` is the beginning of the first thing that the user said.
    """

    key: SessionKey
    title: str
    runs: int
    messages: int
    created_ns: int
    updated_ns: int


@dataclass(frozen=True)
class SessionPage:
    """Conversations of one resource, the latest first; ``next_page`` is 0 after the last."""

    sessions: tuple[SessionSummary, ...]
    next_page: int = 0


@dataclass(frozen=True, order=True)
class Place:
    """Where a message is kept: in which run, and how many messages of it come before."""

    run: int = 0
    at: int = 0


@dataclass(frozen=True)
class KeptMessage:
    """A message where it is kept, with the time at which its run was, in nanoseconds since 1970."""

    place: Place
    time_ns: int
    message: Message


@dataclass(frozen=True)
class TranscriptPage:
    """What was said in a conversation; ``next_page`` is None after the last."""

    messages: tuple[KeptMessage, ...]
    next_page: Place | None = None


class SessionPolicy(Enum):
    """What a run does when another run of its session is going on."""

    REJECT = "reject"
    QUEUE = "queue"
    INTERRUPT = "interrupt"


@dataclass(frozen=True)
class Price:
    """US dollars for one token of each kind."""

    input: float
    output: float
    cached_input: float
    cache_write_input: float

    @property
    def dearest_input(self) -> float:
        """The most that a token of a prompt can cost."""
        return max(self.input, self.cached_input, self.cache_write_input)


@dataclass(frozen=True)
class ModelRoute:
    """How to reach a model: LiteLLM's name of it, and what differs from LiteLLM's own settings.

    ``base_url`` replaces the provider's,
    ``key_variable`` names the environment variable of its key.
    """

    model: str
    base_url: str = ""
    key_variable: str = ""
