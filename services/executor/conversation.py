"""The messages of users, models and tools, and token usage.

Only ``wire/`` knows their protobuf form, only ``adapters/`` their form at the providers.
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
    """Token counts of a query or a whole run.

    Cached, cache-written and reasoning tokens are included in the totals. ``cost_usd`` is None if a
    price is unknown.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    source: UsageSource | None = None
    cache_write_input_tokens: int = 0
    cost_usd: float | None = None


class MediaKind(Enum):
    """Kinds of media that models accept."""

    IMAGE = "image"
    FILE = "file"


@dataclass(frozen=True)
class TextPart:
    """A text part of a user message."""

    text: str


@dataclass(frozen=True)
class MediaPart:
    """An image or file part of a user message: its bytes, or an http(s) URL.

    ``media_type`` is an IANA media type; empty only for an image given by URL.
    """

    kind: MediaKind
    media_type: str
    data: bytes | None = field(default=None, repr=False)
    url: str = ""
    filename: str = ""


ContentPart: TypeAlias = TextPart | MediaPart


@dataclass(frozen=True)
class ReasoningBlock:
    """One block of a model's reasoning, kept to be sent back to the same model.

    ``signature`` proves to the provider that the text is its own; ``redacted`` is a block that only
    the provider can read, without text. ``name`` is the one under which it came, where the
    provider's form has several.
    """

    text: str
    signature: str = ""
    redacted: str = ""
    name: str = ""


# What models write for a tool without input, which is always an object.
NO_INPUT = ("", "null")


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it; ``input_text`` should be JSON, and may be anything.

    ``signature`` must be sent back with the call, if the provider uses one. ``is_object`` tells
    whether the input is a JSON object, where that was found out when the call was read.
    """

    id: str
    tool: str
    input_text: str
    signature: str = ""
    is_object: bool | None = field(default=None, compare=False)

    @property
    def given_text(self) -> str:
        """The input, which is `{}` where models write nothing, or null, for a tool without one."""
        return "{}" if self.input_text.strip() in NO_INPUT else self.input_text


@dataclass(frozen=True)
class UserMessage:
    """A user message: a text, then ``parts`` in order."""

    text: str
    parts: tuple[ContentPart, ...] = ()


@dataclass(frozen=True)
class AssistantMessage:
    """The model's answer to one query: text, calls, or both, after its reasoning.

    ``model`` is the one that gave it, empty if that is not known.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    reasoning: tuple[ReasoningBlock, ...] = ()
    model: str = ""


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
    beginning, and a note of that; 0 when it is all of it. ``parts`` say the same, with images, to
    models that take them in results; there are none of most results.
    """

    call_id: str
    tool: str
    text: str
    form: ResultForm = field(default=ResultForm.TEXT, compare=False)
    whole_bytes: int = field(default=0, compare=False)
    parts: tuple[ContentPart, ...] = ()


Message: TypeAlias = UserMessage | AssistantMessage | ToolMessage


@dataclass(frozen=True)
class SessionKey:
    """A conversation: its id, the resource it belongs to, and the organisation of both.

    ``organisation`` is empty where there are none.
    """

    resource_id: str
    session_id: str
    organisation: str = ""


@dataclass(frozen=True)
class SessionSummary:
    """A stored conversation without its messages; times in nanoseconds since 1970.

    ``title`` is the beginning of the first user message.
    """

    key: SessionKey
    title: str
    runs: int
    messages: int
    created_ns: int
    updated_ns: int


@dataclass(frozen=True)
class SessionPage:
    """Conversations of one resource, latest first; ``next_page`` is 0 after the last."""

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
    """What a run does if another run of its session is active."""

    REJECT = "reject"
    QUEUE = "queue"
    INTERRUPT = "interrupt"


@dataclass(frozen=True)
class Price:
    """US dollars per token of each kind.

    ``tiers`` are the prices of queries whose prompts have more tokens than so many, in the order of
    these; they have no tiers themselves.
    """

    input: float
    output: float
    cached_input: float
    cache_write_input: float
    tiers: tuple[tuple[int, Price], ...] = ()

    @property
    def dearest_input(self) -> float:
        """The highest cost of a prompt token."""
        return max(self.input, self.cached_input, self.cache_write_input)

    def of_prompt(self, tokens: int) -> Price:
        """Return the price of a query whose prompt has so many tokens."""
        found = self
        for above, price in self.tiers:
            found = price if tokens > above else found
        return found


@dataclass(frozen=True)
class ModelRoute:
    """How to reach a model: its LiteLLM name, and what differs from LiteLLM's own settings.

    ``base_url`` replaces the provider's; ``key_variable`` names the environment variable of its
    key.
    """

    model: str
    base_url: str = ""
    key_variable: str = ""
