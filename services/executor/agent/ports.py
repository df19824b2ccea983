"""What a run needs of the outside world. ``scripted.py`` has fakes; ``adapters/`` the real ones."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from services.executor.agent.deltas import FIRST_ATTEMPT, AnswerDelta, Attempts, ModelDelta
from services.executor.agent.state import RunState
from services.executor.clients import Client
from services.executor.conversation import (
    Message,
    ModelRoute,
    Price,
    SessionKey,
    SessionPage,
    TranscriptPage,
)
from services.executor.domain import (
    Bundle,
    BundleSource,
    ConsoleLine,
    Json,
    JsonObject,
    Program,
    ToolChoice,
    ToolResult,
    ToolSpec,
)
from services.executor.egress.broker import RunBroker
from services.executor.events import Event
from services.executor.limits import ToolCallLimits

Emit: TypeAlias = Callable[[Event], Awaitable[None]]
OnBegun: TypeAlias = Callable[[], None]
OnConsole: TypeAlias = Callable[[ConsoleLine], Awaitable[None]]
Keep: TypeAlias = Callable[[RunState, Sequence[Event]], Awaitable[None]]
"""Takes a state that a run has reached and the events that tell of it, which belong together.

What follows from the state, such as a tool that it says is begun, begins once this has returned. In
a step whose tools run in parallel it may be called again before that; the later state is the newer.
"""


@dataclass(frozen=True)
class ModelQuery:
    """One question to a language model.

    Attributes:
        route: which model to ask, and how to reach it.
        settings: the agent's, under the AI SDK's names; what a provider does not support is left
            out.
        tool_choice: None leaves the choice to the model.
        fallbacks: models to ask, in this order, when the one before cannot answer; a plain
            ``LanguageModel`` asks ``route`` only.
        output_schema: the JSON Schema that the answer is to fit; None for free text.
        cache_key: the same for queries whose prompts begin alike; empty when there are none.
        first_token_s, token_gap_s: seconds to wait for the first piece of the answer, and for the
            next one; a plain ``LanguageModel`` has bounds of its own.
    """

    route: ModelRoute
    system: str
    messages: Sequence[Message]
    tools: Sequence[ToolSpec]
    settings: Mapping[str, Json]
    tool_choice: ToolChoice | None = None
    fallbacks: tuple[ModelRoute, ...] = ()
    output_schema: JsonObject | None = None
    cache_key: str = ""
    first_token_s: float | None = None
    token_gap_s: float | None = None

    @property
    def model(self) -> str:
        """The model's name in LiteLLM's form."""
        return self.route.model


class LanguageModel(Protocol):
    """Answers queries, always streaming."""

    def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the answer piece by piece.

        Closing the generator, or cancelling what awaits it, ends the
        request to the provider. It asks once and does not retry.

        Raises:
            UnknownModelError: no provider knows the model.
            ModelAuthError: the key is missing or refused.
            ModelRefusedError: the provider refuses the request as it is.
            ModelRateLimitError: later, perhaps; ``retry_after_s`` when the provider says when.
            ModelUnavailableError: the provider is away, or its stream broke.
            RequestError: the model does not take what the user says, such as an image.
        """
        ...


class RunModel(Protocol):
    """Answers the queries of a run: asks again and elsewhere while nothing was seen."""

    def stream(
        self,
        query: ModelQuery,
        most_output: Callable[[], int | None],
        attempts: Attempts = FIRST_ATTEMPT,
    ) -> AsyncGenerator[AnswerDelta, None]:
        """Yield the answer and what it took to get it; raises as ``LanguageModel.stream``.

        Args:
            query: what to ask; its settings hold the agent's own limit of output tokens.
            most_output: says before each attempt how many tokens a budget leaves it; None for any
                number.
            attempts: those that were made before, of a query that is gone on with.
        """
        ...


class ModelPrices(Protocol):
    """Knows what models cost."""

    async def price_of(self, model: str) -> Price | None:
        """Return the price of a model by LiteLLM's name of it, None when it is not known."""
        ...


@dataclass(frozen=True)
class ToolInvocation:
    """One tool call for the sandbox; ``input_json`` is JSON text.

    ``context`` is the runtime context, which is written as JSON once the broker has added its part.
    """

    agent: str
    tool: str
    input_json: str
    context: JsonObject
    tool_call_id: str


class ToolSession(Protocol):
    """The tools of one bundle for the length of one run."""

    async def opened(self) -> Sequence[ConsoleLine]:
        """Wait until the bundle is loaded; return what its top level wrote.

        Raises:
            RunnerUnavailableError: the toolrunner cannot be reached or has no room.
            BundleLoadError: the bundle's top level failed in the sandbox.
        """
        ...

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Run one call; several may run at once. Cancelling it stops the sandbox.

        ``on_begun`` hears once when the tool is begun; until then it had no effect. A failed tool
        is a result, RUNNER_LOST included. Raises what ``opened`` raises.
        """
        ...


class ToolRunner(Protocol):
    """Where tools run."""

    def open(
        self,
        run_id: str,
        program: Program,
        limits: ToolCallLimits,
        broker: RunBroker,
        tenant: str,
    ) -> AbstractAsyncContextManager[ToolSession]:
        """Begin to load ``program``; ``ToolSession.opened`` waits for that.

        Entering waits for nothing but a connection, and raises RunnerUnavailableError without one.

        The toolrunner shares what it has between tenants; see ``Client.tenant``.
        What the tools ask of the outside world goes to ``broker``.
        Leaving ends every call that is still running.
        """
        ...


class BundleSourceReader(Protocol):
    """Reads bundles; the part of the bundle reader that a run needs."""

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Return the bundle, read in the turn of ``client``.

        Raises:
            OverloadedError: too many bytes of bundles wait.
            BundleError: it cannot be used.
            UnknownBundleError: its digest is not known here.
        """
        ...


class SessionStore(Protocol):
    """Keeps conversations. One of another resource is not there, whatever its id."""

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """Return the latest messages, beginning with one of the user; none for a new key.

        Raises:
            LimitError: the session is full.
        """
        ...

    async def append(self, key: SessionKey, messages: Sequence[Message], client: Client) -> None:
        """Keep ``messages`` after those there are: all of them or, when it raises, none.

        What is kept counts for ``client``. The sessions that were idle longest are forgotten when
        there are too many.

        Raises:
            LimitError: the messages or the session are larger than may be kept.
        """
        ...


class SessionArchive(Protocol):
    """Shows and deletes kept conversations."""

    async def page(self, resource_id: str, size: int, start: int) -> SessionPage:
        """Return up to ``size`` conversations, from the beginning or from a ``next_page``."""
        ...

    async def transcript(self, key: SessionKey, size: int, start: int) -> TranscriptPage | None:
        """Return what was said in up to ``size`` runs, or fewer when those are large.

        None when there is no such conversation.
        """
        ...

    async def delete(self, key: SessionKey) -> bool:
        """Forget a conversation; return whether it was there."""
        ...


class Clock(Protocol):
    """Time, as something that a test can hold."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class IdSource(Protocol):
    """Makes ids."""

    def new(self, prefix: str) -> str:
        """Return ``prefix``, an underscore, and something that nobody can guess."""
        ...
