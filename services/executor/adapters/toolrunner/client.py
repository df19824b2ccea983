"""The client of a toolrunner: one RunTools stream for each run or other caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.wire import LoadFailed, Opening, result_of
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
    # By default gRPC sends two pings, and no more until there is data again.
    ("grpc.http2.max_pings_without_data", 0),
]
LOST = (
    "The toolrunner was lost while the tool ran: its process exited or the connection broke. "
    "This is not the tool's fault; the call may be tried again."
)


class ToolRunnerClient:
    """The toolrunner at ``address``; ``connect_s`` is how long to wait for a connection.

    A session opens its stream on entry, in parallel with the model's first query. A stream that
    breaks after opening fails its calls with RUNNER_LOST; the next call opens another.
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
        """Start loading ``program``; see ``ToolRunner.open``."""
        opening = Opening(run_id, program, limits, tenant, broker.capabilities)
        session = RunnerSession(self, opening, broker)
        try:
            yield session
        finally:
            await session.close()

    @asynccontextmanager
    async def linked(self, opening: Opening) -> AsyncIterator[RunnerLink]:
        """Yield one stream, closed on exit."""
        link = self.link(opening)
        try:
            yield link
        finally:
            await link.close()

    def link(self, opening: Opening) -> RunnerLink:
        """Start a stream, which the caller closes."""
        return RunnerLink(self._rpc, self._connect, opening)

    async def _connect(self) -> None:
        """Wait for a connection, if there is none.

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

    def __init__(self, client: ToolRunnerClient, opening: Opening, broker: RunBroker) -> None:
        self._client = client
        self._broker = broker
        self._opening = opening
        self._first = self._link = client.link(opening)
        self._reopening = asyncio.Lock()
        self._room = asyncio.Semaphore(CALLS_AT_ONCE)

    def __repr__(self) -> str:
        return f"RunnerSession({self._link!r})"

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Wait for the first load; see ``ToolSession.opened``."""
        return await _opened(self._first)

    async def call(self, invocation: ToolInvocation, on_console: OnConsole) -> ToolResult:
        """Run one call; see ``ToolSession.call``."""
        async with self._room:
            await self.opened()
            try:
                link = await self._live_link()
            except RunnerUnavailableError as error:
                return _lost(f"The toolrunner was lost and is still unreachable. {error}")
            except BundleLoadError as error:
                failure = ToolFailure(FailureKind.LOAD_FAILED, str(error))
                return ToolResult(None, failure, ToolUsage())
            try:
                ended = await link.call(invocation, on_console, self._broker)
            except (RunnerUnavailableError, grpc.aio.AioRpcError):
                return _lost(LOST)
            return await result_of(ended)

    async def close(self) -> None:
        """End the stream and every call."""
        await self._link.close()

    async def _live_link(self) -> RunnerLink:
        """Return the stream, or a new one if it was lost; one attempt per call."""
        async with self._reopening:
            if self._link.lost:
                await self._link.close()
                self._link = self._client.link(self._opening)
                await _opened(self._link)
            return self._link


async def _opened(link: RunnerLink) -> tuple[ConsoleLine, ...]:
    """Wait for a load; raises RunnerUnavailableError and BundleLoadError."""
    try:
        opened = await link.opened()
    except grpc.aio.AioRpcError as error:
        raise _unavailable(error) from None
    if isinstance(opened, LoadFailed):
        raise _load_error(opened.failure)
    return opened.console


def _lost(message: str) -> ToolResult:
    """Return the outcome of a call whose toolrunner was lost."""
    return ToolResult(None, ToolFailure(FailureKind.RUNNER_LOST, message), ToolUsage())


def _load_error(failure: ToolFailure) -> BundleLoadError:
    named = failure.name and not failure.message.startswith(failure.name)
    what = f"{failure.name}: {failure.message}" if named else failure.message
    place = failure.stack.strip().splitlines()[:1]
    where = f" ({place[0].strip()[:200]})" if place else ""
    return BundleLoadError(
        f"The bundle could not be loaded in the sandbox ({failure.kind.value}): "
        f"{what[:600]}{where}",
        {"kind": failure.kind.value},
    )


def _unavailable(error: grpc.aio.AioRpcError) -> RunnerUnavailableError:
    """Return why a stream ended; the toolrunner's message is safe to show."""
    details = (error.details() or "")[:400]
    if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return RunnerUnavailableError(f"The toolrunner is overloaded: {details}", retry_after_s=1.0)
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        return RunnerUnavailableError("The connection to the toolrunner broke; try again.")
    return RunnerUnavailableError(
        f"The toolrunner refused the run ({error.code().name}): {details}"
    )
