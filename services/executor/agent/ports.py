"""What a run needs from the outside; fakes are in ``scripted.py``, adapters in ``adapters``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, TypeAlias

from services.executor.agent.deltas import FIRST_ATTEMPT, AnswerDelta, Attempts, ModelDelta
from services.executor.agent.state import RunState
from services.executor.agent_parts import AgentPart, HookName
from services.executor.clients import Client
from services.executor.conversation import (
    Message,
    ModelRoute,
    Place,
    Price,
    SessionKey,
    SessionPage,
    SessionSummary,
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
    ToolFailure,
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
"""Takes a new state of a run together with its events.

What follows from the state, such as a tool that it marks as started, starts once this returns. In a
step with parallel tools it may be called again before that; the later state is the newer one.
"""


@dataclass(frozen=True)
class ModelQuery:
    """One query to a language model.

    Attributes:
        route: which model to ask, and how to reach it.
        settings: the agent's, under the AI SDK's names; those a provider does not support are
            dropped.
        tool_choice: None leaves the choice to the model.
        fallbacks: models to try, in this order, if the one before cannot answer; a plain
            ``LanguageModel`` queries only ``route``.
        output_schema: the JSON Schema of the answer; None for free text.
        cache_key: shared by queries whose prompts start alike; empty for none.
        left_out: the settings that each model has refused, by model; they are not sent again.
        first_token_s, token_gap_s: seconds to wait for the first piece of the answer, and for the
            next one; a plain ``LanguageModel`` has its own limits.
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
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first_token_s: float | None = None
    token_gap_s: float | None = None

    @property
    def model(self) -> str:
        """The model's LiteLLM name."""
        return self.route.model


class LanguageModel(Protocol):
    """Answers queries, always streaming."""

    def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the pieces of the answer.

        Closing the generator, or cancelling the task that awaits it, cancels the request to the
        provider. Nothing is retried.

        Raises:
            UnknownModelError: no provider knows the model.
            ModelAuthError: the key is missing or refused.
            ModelRefusedError: the provider refused the request.
            ModelSettingError: it refused a setting without which it may be asked.
            ModelRateLimitError: retry later, after ``retry_after_s`` if the provider says so.
            ModelUnavailableError: the provider is unreachable, or its stream broke.
            RequestError: the model does not accept a part of the message, such as an image.
        """
        ...


class RunModel(Protocol):
    """Answers the queries of a run, with retries and fallbacks until the first output."""

    def stream(
        self,
        query: ModelQuery,
        most_output: Callable[[], int | None],
        attempts: Attempts = FIRST_ATTEMPT,
    ) -> AsyncGenerator[AnswerDelta, None]:
        """Yield the answer and the retries it took; raises as ``LanguageModel.stream``.

        Args:
            query: the query; its settings hold the agent's own limit of output tokens.
            most_output: returns, before each attempt, the output tokens left in the budget; None
                for no limit.
            attempts: earlier attempts of a resumed query.
        """
        ...


class ModelPrices(Protocol):
    """Model prices."""

    async def price_of(self, model: str) -> Price | None:
        """Return the price of a model by its LiteLLM name, None if unknown."""
        ...


@dataclass(frozen=True)
class ToolInvocation:
    """One tool call for the sandbox; ``input_json`` is JSON text.

    ``context`` is the runtime context, serialized once the broker has added its part.
    ``messages_json`` is the conversation for a tool that may look at it, else empty. ``gated``: the
    sandbox must know how to ask the tool's settings. ``approved``: a person has approved the call.
    """

    agent: str
    tool: str
    input_json: str
    context: JsonObject
    tool_call_id: str
    messages_json: str = ""
    gated: bool = False
    approved: bool = False


class ToolSession(Protocol):
    """The tools of one bundle for the length of one run."""

    async def opened(self) -> Sequence[ConsoleLine]:
        """Wait until the bundle is loaded; return the console output of its top level.

        Raises:
            RunnerUnavailableError: the toolrunner is unreachable or overloaded.
            LimitError: the program or its environment is over a limit of the toolrunner.
            BundleLoadError: the bundle's top level failed in the sandbox.
        """
        ...

    def out_of_use(self, agent: str, tools: Iterable[str]) -> Mapping[str, str]:
        """Return which of these tools of an agent cannot be called, and why, as far as is known.

        Nothing is known before the bundle is loaded.
        """
        ...

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Run one call; several may run at once. Cancelling it stops the sandbox.

        ``on_begun`` is called once, when the tool starts; before that it had no effect. A
        failed tool is a result, RUNNER_LOST included. Raises what ``opened`` raises.
        """
        ...

    async def hook(
        self, agent: str, name: HookName, given_json: str, context: JsonObject
    ) -> str | ToolFailure:
        """Call a hook of an agent with what it is given, JSON text.

        Returns JSON text of an untrusted bundle, or why the hook failed.

        Raises:
            RunnerUnavailableError: the toolrunner is unreachable, or too old to call hooks.
            LimitError, BundleLoadError: as for ``opened``.
        """
        ...

    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        """Ask for parts of an agent in a context; return the answer's JSON text, or why not.

        The text comes from the bundle, and nothing in it is checked. Raises what ``opened`` raises.
        """
        ...

    def granted(self, broker: RunBroker) -> ToolSession:
        """Return the same sandbox for another agent's calls, whose host calls go to ``broker``."""
        ...


class CallRecorder(Protocol):
    """Takes the recordings of a run's tool calls, with which they can be made once more."""

    async def record(self, call_id: str, data: bytes) -> None:
        """Take what is recorded of a call that has ended: a serialized ``RecordedCall``.

        ``call_id`` is the model's. What this raises ends the run.
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
        fresh: bool = False,
        recorder: CallRecorder | None = None,
    ) -> AbstractAsyncContextManager[ToolSession]:
        """Start to load ``program``; ``ToolSession.opened`` waits for that.

        With ``fresh`` the load is not old, so that what it took from the clock is not, either.

        Entering waits only for a connection, and raises RunnerUnavailableError without one.

        The toolrunner shares its resources between tenants; see ``Client.tenant``. The tools' host
        calls go to ``broker``. Leaving cancels every running call. ``recorder`` takes each call
        that has ended; without one, none is recorded.
        """
        ...


class BundleSourceReader(Protocol):
    """Reads bundles; the part of the bundle reader that a run needs."""

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Return the bundle, read in the turn of ``client``.

        Raises:
            OverloadedError: too many bytes of bundles are waiting.
            BundleError: it cannot be used.
            UnknownBundleError: its digest is unknown.
        """
        ...


class NotesStore(Protocol):
    """Stores the notes that models keep: of a session, or with an empty id of its resource.

    They are deleted with the session, those of a resource with its last session.
    """

    async def notes(self, owner: SessionKey) -> str:
        """Return the notes of ``owner``, empty when there are none."""
        ...

    async def revise_notes(
        self, owner: SessionKey, revised: Callable[[str], str | None], client: Client
    ) -> None:
        """Replace the notes of ``owner`` by what ``revised`` makes of them; None changes nothing.

        Nobody else changes them meanwhile. They count against ``client``.

        Raises:
            LimitError: there is no room for them.
        """
        ...


@dataclass(frozen=True)
class Saving:
    """What a session is to keep of a run; see ``SessionStore.append``."""

    key: SessionKey
    messages: tuple[Message, ...]
    client: Client
    agent: str


class RunTurn(Protocol):
    """A run's place in its session's queue: ``async with`` waits for its turn.

    ``ahead`` is how many runs must end first.
    """

    @property
    def ahead(self) -> int:
        """How many runs must end before this one starts."""
        ...

    async def __aenter__(self) -> None:
        """Wait for the turn."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the next run have it, unless that is done with the run's end."""
        ...


class SessionStore(NotesStore, Protocol):
    """Stores conversations; those of other resources are not found, whatever their id."""

    async def load(self, key: SessionKey) -> tuple[Message, ...]:
        """Return the latest messages, starting with a user message; none for a new key.

        Raises:
            LimitError: the session is full.
        """
        ...

    async def speaker(self, key: SessionKey) -> str:
        """Return the key of the agent that spoke last; empty if that is not known."""
        ...

    async def append(
        self, key: SessionKey, messages: Sequence[Message], client: Client, agent: str = ""
    ) -> None:
        """Append ``messages``: all of them, or none if it raises.

        ``agent`` is the key of the agent that spoke last among them; empty if none did. They count
        against ``client``. The longest idle sessions are deleted when there are too many.

        Raises:
            LimitError: the messages or the session are too large to store.
        """
        ...


class SessionArchive(Protocol):
    """Lists, reads and deletes stored conversations."""

    async def page(self, organisation: str, resource_id: str, size: int, start: int) -> SessionPage:
        """Return up to ``size`` conversations, from the beginning or from a ``next_page``."""
        ...

    async def summary(self, key: SessionKey) -> SessionSummary | None:
        """Return a conversation without its messages; None when there is no such conversation."""
        ...

    async def transcript(self, key: SessionKey, size: int, start: Place) -> TranscriptPage | None:
        """Return up to ``size`` messages from a place on, or fewer when those are large.

        None if there is no such conversation.
        """
        ...

    async def delete(self, key: SessionKey) -> bool:
        """Delete a conversation; return whether it existed."""
        ...


class Clock(Protocol):
    """A clock, which tests can control."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a monotonic clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class IdSource(Protocol):
    """Creates ids."""

    def new(self, prefix: str) -> str:
        """Return ``prefix``, an underscore, and something unguessable."""
        ...
