"""Tools in the toolrunner: one RunTools stream for each run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.executor.adapters.toolrunner.link import RunnerLink, lost_result
from services.executor.adapters.toolrunner.wire import Opening
from services.executor.agent.ports import OnConsole, ToolInvocation, ToolSession
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    Program,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import RunBroker
from services.executor.errors import BundleLoadError, RunnerUnavailableError
from services.executor.limits import TOOLRUNNER_CONNECT_S, ToolCallLimits

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
]


class ToolRunnerClient:
    """The toolrunner at ``address``; ``connect_s`` is how long to wait for a connection.

    A session opens its stream when it is entered, beside the model's first query. A stream that
    breaks after it was opened fails the calls on it as RUNNER_LOST; the next call opens another.
    """

    def __init__(self, address: str, connect_s: float = TOOLRUNNER_CONNECT_S) -> None:
        self._address = address
        self._connect_s = connect_s
        self._channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._rpc = pb_grpc.ToolRunnerServiceStub(self._channel).RunTools

    def __repr__(self) -> str:
        return f"ToolRunnerClient({self._address}, {self._channel.get_state().name})"

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    @asynccontextmanager
    async def open(
        self,
        run_id: str,
        program: Program,
        limits: ToolCallLimits,
        broker: RunBroker,
        tenant: str,
    ) -> AsyncIterator[ToolSession]:
        """Begin to load ``program``; see ``ToolRunner.open``."""
        opening = Opening(run_id, program, limits, tenant)
        session = RunnerSession(self, opening, broker)
        try:
            yield session
        finally:
            await session.close()

    def link(self, opening: Opening, broker: RunBroker) -> RunnerLink:
        """Start a stream."""
        return RunnerLink(self._rpc, self._connect, opening, broker)

    async def _connect(self) -> None:
        """Wait for a connection; at once when there is one.

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
    """The tools of one run, on one stream after another."""

    def __init__(self, client: ToolRunnerClient, opening: Opening, broker: RunBroker) -> None:
        self._client = client
        self._broker = broker
        self._opening = opening
        self._first = self._link = self._new_link()
        self._reopening = asyncio.Lock()
        self._room = asyncio.Semaphore(CALLS_AT_ONCE)

    def __repr__(self) -> str:
        return f"RunnerSession({self._link!r})"

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Wait for the first load; see ``ToolSession.opened``."""
        return await self._first.opened()

    async def call(self, invocation: ToolInvocation, on_console: OnConsole) -> ToolResult:
        """Run one call; see ``ToolSession.call``."""
        async with self._room:
            await self.opened()
            try:
                link = await self._live_link()
            except RunnerUnavailableError as error:
                return lost_result(f"The toolrunner was lost and is still away. {error}")
            except BundleLoadError as error:
                failure = ToolFailure(FailureKind.LOAD_FAILED, str(error))
                return ToolResult(None, failure, ToolUsage())
            return await link.call(invocation, on_console)

    async def close(self) -> None:
        """End the stream and every call."""
        await self._link.close()

    async def _live_link(self) -> RunnerLink:
        """Return the stream, or a new one when it was lost; one attempt for each call."""
        async with self._reopening:
            if self._link.lost:
                await self._link.close()
                self._link = self._new_link()
                await self._link.opened()
            return self._link

    def _new_link(self) -> RunnerLink:
        return self._client.link(self._opening, self._broker)
