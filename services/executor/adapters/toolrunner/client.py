"""The client of a toolrunner: one RunTools stream for each run or other caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.executor.adapters.toolrunner.earlier_loads import EarlierLoads
from services.executor.adapters.toolrunner.granted import GrantedSession
from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.runner_errors import load_error, too_old, unavailable
from services.executor.adapters.toolrunner.sliced_load import Loaded, loaded, sliced_opening
from services.executor.adapters.toolrunner.wire import (
    HOOKS,
    PARTS,
    LoadFailed,
    Opened,
    Opening,
    RunnerCapabilities,
    capabilities_request,
    from_capabilities,
    result_of,
)
from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation, ToolSession
from services.executor.agent_parts import AgentPart, HookName
from services.executor.bundle.ports import SandboxQuestion, Slicer
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonObject,
    Program,
    ProgramSlice,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import RunBroker
from services.executor.errors import BundleLoadError, LimitError, RunnerUnavailableError
from services.executor.limits import FRESH_LOAD_S, TOOLRUNNER_CONNECT_S, ToolCallLimits

CALLS_AT_ONCE = 32
MAX_RESPONSE_BYTES = 8 * 1024 * 1024
CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # By default gRPC sends two pings, and no more until there is data again.
    ("grpc.http2.max_pings_without_data", 0),
]
LOST = (
    "The toolrunner was lost while the tool ran: its process exited or the connection broke. "
    "This is not the tool's fault; the call may be tried again."
)
NOT_BEGUN = "The toolrunner was lost before the tool was begun; the call may be tried again."
# Failures that say nothing about the bundle: the next time it may be another one.
PASSING = frozenset(
    {
        FailureKind.RUNNER_LOST,
        FailureKind.RUNNER_FAULT,
        FailureKind.OVERLOADED,
        FailureKind.CANCELLED,
    }
)
ATTEMPTS = 2
"""How often a call is sent whose tool did not start because its runner stopped or was lost."""


class ToolRunnerClient:
    """The toolrunner at ``address``; ``connect_s`` is how long to wait for a connection.

    ``slicer`` makes the parts of programs to load where all of one cannot be loaded.

    Entering a session connects it; its stream opens during the model's first query. If an open
    stream breaks, calls whose tools had started fail as RUNNER_LOST; the others, and later calls,
    use a new stream. Later calls do so too when a runner drains; its calls in flight continue.
    """

    def __init__(
        self,
        address: str,
        connect_s: float = TOOLRUNNER_CONNECT_S,
        slicer: Slicer | None = None,
    ) -> None:
        self.slicer = slicer
        self._address = address
        self._connect_s = connect_s
        self.earlier = EarlierLoads()
        self._channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        stub = pb_grpc.ToolRunnerServiceStub(self._channel)
        self._rpc, self._capabilities = stub.RunTools, stub.GetCapabilities
        self._check = health_pb2_grpc.HealthStub(self._channel).Check

    def __repr__(self) -> str:
        return f"ToolRunnerClient({self._address}, {self._channel.get_state().name})"

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def answers(self) -> bool:
        """Return whether a toolrunner answers and its health says that it takes runs."""
        try:
            health = await self._check(health_pb2.HealthCheckRequest(), timeout=self._connect_s)
        except grpc.aio.AioRpcError as error:
            return error.code() is grpc.StatusCode.UNIMPLEMENTED
        return bool(health.status == health_pb2.HealthCheckResponse.SERVING)

    async def capabilities(self) -> RunnerCapabilities:
        """Return the toolrunner's description; raises RunnerUnavailableError, AioRpcError."""
        await self.connected()
        told = await self._capabilities(capabilities_request(), timeout=self._connect_s)
        return from_capabilities(told)

    @asynccontextmanager
    async def open(
        self,
        run_id: str,
        program: Program,
        limits: ToolCallLimits,
        broker: RunBroker,
        tenant: str,
        fresh: bool = False,
    ) -> AsyncIterator[ToolSession]:
        """Connect and start to load ``program``; see ``ToolRunner.open``."""
        await self.connected()
        age = FRESH_LOAD_S if fresh else None
        whole = Opening(run_id, program, limits, tenant, broker.capabilities, broker.env, age)
        opening, part = await sliced_opening(whole, self.slicer)
        session = RunnerSession(self, opening, broker, part)
        try:
            yield session
        finally:
            await session.close()

    @asynccontextmanager
    async def loaded(
        self, opening: Opening, broker: RunBroker | None = None
    ) -> AsyncIterator[Loaded]:
        """Yield one stream whose load has ended, closed on exit.

        ``broker`` makes the host calls of the load. Raises what ``RunnerLink.opened`` raises.
        """
        first, part = await sliced_opening(opening, self.slicer)
        link = self.link(first, broker)
        try:
            found = await loaded(
                link, first, self.slicer, lambda other: self.link(other, broker), part
            )
            link = found.link
            yield found
        finally:
            await link.close()

    def link(self, opening: Opening, broker: RunBroker | None = None) -> RunnerLink:
        """Start a stream, to be closed."""
        return RunnerLink(self._rpc, self.connected, opening, broker=broker)

    async def connected(self) -> None:
        """Wait for a connection; returns at once if there is one.

        Raises:
            RunnerUnavailableError: there is none after ``connect_s``.
        """
        if self._channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY:
            return
        try:
            async with asyncio.timeout(self._connect_s):
                await self._channel.channel_ready()
        except TimeoutError:
            raise RunnerUnavailableError(
                f"The toolrunner at {self._address} cannot be reached. Start it with "
                "`caisson toolrunner`, or both services with `caisson serve`, then try again.",
                {"address": self._address},
            ) from None


class RunnerSession:
    """The tools of one run, on one stream at a time."""

    def __init__(
        self,
        client: ToolRunnerClient,
        opening: Opening,
        broker: RunBroker,
        part: ProgramSlice | None = None,
    ) -> None:
        self._client = client
        self._part = part
        self._broker = broker
        self._opening = opening
        self._link = client.link(opening, broker)
        self._console: tuple[ConsoleLine, ...] | None = None  # once it is loaded
        self._loading = asyncio.Lock()
        self._leaving: list[RunnerLink] = []
        self._reopening = asyncio.Lock()
        self._room = asyncio.Semaphore(CALLS_AT_ONCE)

    def __repr__(self) -> str:
        return f"RunnerSession({self._link!r})"

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Wait for the first load; see ``ToolSession.opened``."""
        if self._console is None:
            async with self._loading:
                if self._console is None:
                    self._console = await self._loaded()
        return self._console

    async def _loaded(self) -> tuple[ConsoleLine, ...]:
        """Wait for the first load, and keep the stream that it ended on."""
        try:
            found = await loaded(
                self._link,
                self._opening,
                self._client.slicer,
                lambda opening: self._client.link(opening, self._broker),
                self._part,
            )
        except grpc.aio.AioRpcError as error:
            raise unavailable(error) from None
        self._link, self._opening, self._part = found.link, found.opening, found.part
        self._client.earlier.note(self._opening, found.opened)
        return _console_of(found.opened)

    def out_of_use(self, agent: str, tools: Iterable[str]) -> dict[str, str]:
        """Return which tools cannot be called; see ``ToolSession.out_of_use``."""
        incomplete = self._link.incomplete or self._client.earlier.of(self._opening)
        return {} if incomplete is None else incomplete.out_of_use(agent, tools)

    def granted(self, broker: RunBroker) -> GrantedSession:
        """Return the session for another agent's calls; see ``ToolSession.granted``."""
        return GrantedSession(self, broker)

    async def call(
        self,
        invocation: ToolInvocation,
        on_console: OnConsole,
        on_begun: OnBegun,
        broker: RunBroker | None = None,
    ) -> ToolResult:
        """Run one call; see ``ToolSession.call``. ``broker`` is another agent's."""
        way_out = broker or self._broker
        async with self._room:
            await self.opened()
            for _ in range(ATTEMPTS):
                result = await self._attempt(invocation, on_console, on_begun, way_out)
                if result is not None:
                    return result
            return _lost(NOT_BEGUN, begun=False)

    async def parts(
        self,
        agent: str,
        parts: Sequence[AgentPart],
        context: JsonObject,
        broker: RunBroker | None = None,
    ) -> str | ToolFailure:
        """Ask for parts of an agent; see ``ToolSession.parts``."""
        given = (broker or self._broker).context_json(context, "")
        question = SandboxQuestion(agent, parts=tuple(parts), context_json=given)
        return await self._asked(question, PARTS, "tell what agents are made of")

    async def hook(
        self,
        agent: str,
        name: HookName,
        given_json: str,
        context: JsonObject,
        broker: RunBroker | None = None,
    ) -> str | ToolFailure:
        """Call a hook of an agent; see ``ToolSession.hook``."""
        known = (broker or self._broker).context_json(context, "")
        question = SandboxQuestion(agent, context_json=known, hook=name, given_json=given_json)
        async with self._room:
            return await self._asked(question, HOOKS, f"call an agent's `{name.value}`")

    async def _asked(self, question: SandboxQuestion, feature: str, what: str) -> str | ToolFailure:
        """Ask a question, and once more if its runner was lost.

        A runner needs ``feature`` for it, in words ``what``.
        """
        await self.opened()
        for _ in range(ATTEMPTS):
            link = await self._live_link()
            try:
                opened = await link.opened()
                is_old = isinstance(opened, Opened) and feature not in opened.features
                ended = None if is_old else await link.evaluate(question)
            except (RunnerUnavailableError, grpc.aio.AioRpcError):
                continue
            if ended is None:
                raise too_old(what)
            if ended.failure is None:
                return ended.output_json
            if ended.failure.kind not in PASSING:
                return ended.failure
        message = f"The toolrunner was lost before it could {what}; try again."
        raise RunnerUnavailableError(message, retry_after_s=1.0)

    async def _attempt(
        self,
        invocation: ToolInvocation,
        on_console: OnConsole,
        on_begun: OnBegun,
        broker: RunBroker,
    ) -> ToolResult | None:
        """Try a call once; None if its tool did not start and another stream may run it."""
        begun = False

        def note() -> None:
            nonlocal begun
            begun = True
            on_begun()

        try:
            link = await self._live_link()
        except RunnerUnavailableError as error:
            return _lost(f"The toolrunner was lost and is still away. {error}", begun=False)
        except (BundleLoadError, LimitError) as error:
            failure = ToolFailure(FailureKind.LOAD_FAILED, str(error))
            return ToolResult(None, failure, ToolUsage(), begun=False)
        try:
            ended = await link.call(invocation, on_console, broker, note)
        except (RunnerUnavailableError, grpc.aio.AioRpcError):
            return _lost(LOST) if begun else None
        refused = ended.failure is not None and ended.failure.kind is FailureKind.OVERLOADED
        if refused and not ended.started and not link.usable:
            return None
        return await result_of(ended)

    async def close(self) -> None:
        """End the streams and every call."""
        for link in (*self._leaving, self._link):
            await link.close()

    async def _live_link(self) -> RunnerLink:
        """Return the stream, or a new one if it takes no more calls."""
        async with self._reopening:
            if not self._link.usable:
                self._leaving = [link for link in self._leaving if not link.lost]
                if self._link.lost:
                    await self._link.close()
                else:
                    self._leaving.append(self._link)
                self._link = await self._another_link()
            return self._link

    async def _another_link(self) -> RunnerLink:
        """Open a stream; if the runner is full or stopping, retry once after the delay it asks for.

        Raises RunnerUnavailableError, LimitError and BundleLoadError.
        """
        link = self._client.link(self._opening, self._broker)
        try:
            await _opened(link)
        except RunnerUnavailableError as error:
            await link.close()
            if error.retry_after_s is None:
                raise
            await asyncio.sleep(error.retry_after_s)
            link = self._client.link(self._opening, self._broker)
            await _opened(link)
        return link


async def _opened(link: RunnerLink) -> tuple[ConsoleLine, ...]:
    """Wait for a load; raises RunnerUnavailableError, LimitError and BundleLoadError."""
    try:
        opened = await link.opened()
    except grpc.aio.AioRpcError as error:
        raise unavailable(error) from None
    return _console_of(opened)


def _console_of(opened: Opened | LoadFailed) -> tuple[ConsoleLine, ...]:
    if isinstance(opened, LoadFailed):
        raise load_error(opened.failure)
    return opened.console


def _lost(message: str, *, begun: bool = True) -> ToolResult:
    """Return the outcome of a call whose runner is gone."""
    failure = ToolFailure(FailureKind.RUNNER_LOST, message)
    return ToolResult(None, failure, ToolUsage(), begun=begun)
