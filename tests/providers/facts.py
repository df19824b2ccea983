"""What a provider's documentation or code says of its streams, errors and requests, as data.

The rows are in ``maker_facts.py``, ``chinese_facts.py``, ``host_facts.py`` and ``own_facts.py``;
the forms that speak by them in ``chat_form.py``, ``own_forms.py`` and ``converse_form.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

KEY = "sk-test-123456789"
RETRY_AFTER = {"retry-after": "3"}


class Form(Enum):
    """The forms of requests and answers."""

    CHAT = "OpenAI chat"
    RESPONSES = "OpenAI Responses"
    ANTHROPIC = "Anthropic messages"
    GEMINI = "Gemini"
    CONVERSE = "Bedrock Converse"
    COHERE = "Cohere v2"


class Place(Enum):
    """Where a stream of the chat form has its token counts."""

    AFTER = "in a chunk of its own"
    FINISH = "with the finish reason"
    CHOICE = "within the choice"
    EACH = "in each chunk"
    X_GROQ = "in `x_groq`"


class Fault(Enum):
    """What can be wrong before an answer begins."""

    RATE = "too fast"
    BURST = "too fast, in words of credit"
    KEY = "wrong key"
    LONG = "too long"
    CREDIT = "no credit"
    BUSY = "overloaded"
    FILTER = "prompt refused"


class Stop(Enum):
    """Why a model stops."""

    END = "end"
    LENGTH = "length"
    CALLS = "calls"
    FILTER = "filter"
    BROKEN = "broken off"


@dataclass(frozen=True)
class Refusal:
    """An error that comes instead of an answer."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """One provider.

    Attributes:
        name: the provider, as Caisson names it, or what it is reached as.
        model: the model asked, as a bundle names it.
        source: where most of this is said: its documentation, or its own code.
        unconfirmed: what no source was found for, by a field's name or an error's.
        form: of its requests and answers.
        path: where requests go, below the host; ``base`` is the beginning that a deployment sets.
        header: the header that has the key, with what stands before it; empty for none.
        alias: whether it is reached by an alias, having no name of its own.
        reasoning: the field in which it streams reasoning; empty if it shows none.
        whole_calls: whether a call comes in one chunk.
        index: how calls are numbered: each its own, all 0, or not at all (None).
        ids: what its ids of calls look like, by their number.
        stops: its finish reasons.
        usage: where its token counts are.
        counts: its token counts: 100 in, of them 40 cached, 30 out, of them 10 reasoning.
        counted: what these say: tokens in, out, cached, and of reasoning.
        comments: what it sends while it thinks.
        tools: whether it takes tools.
        images: whether the model takes images.
        schema: the form of response that it takes to enforce a schema; empty for none.
        refuses: fields of a message that it refuses.
        refused: fields of a request that it refuses.
        errors: what comes instead of an answer.
        breaks: what comes in the middle of a stream that fails, as an event's data.
    """

    name: str
    model: str
    source: str
    form: Form = Form.CHAT
    base: str = "/v1"
    path: str = "/v1/chat/completions"
    header: str = "authorization: Bearer "
    alias: bool = False
    reasoning: str = ""
    whole_calls: bool = False
    index: str | None = "own"
    ids: str = "call_{}"
    stops: Mapping[Stop, str] = field(default_factory=dict)
    usage: Place = Place.AFTER
    counts: Mapping[str, Any] = field(default_factory=dict)
    counted: tuple[int, int, int, int] = (100, 30, 40, 10)
    comments: str = ""
    tools: bool = True
    images: bool = True
    schema: str = ""
    refuses: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    errors: Mapping[Fault, Refusal] = field(default_factory=dict)
    breaks: Any = None
    unconfirmed: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name
