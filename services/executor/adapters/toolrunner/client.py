"""The client of a toolrunner: one RunTools stream for each run or other caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from services.executor.adapters.toolrunner.channels import RunnerChannels, RunnerTls
from services.executor.adapters.toolrunner.earlier_loads import EarlierLoads
from services.executor.adapters.toolrunner.host_broker import HostBroker
from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.recording import RunRecording
from services.executor.adapters.toolrunner.session import RunnerSession
from services.executor.adapters.toolrunner.sliced_load import Loaded, loaded, sliced_opening
from services.executor.adapters.toolrunner.streams import RunStreams
from services.executor.adapters.toolrunner.tapes import RecordBounds, Tape
from services.executor.adapters.toolrunner.wire import (
    Opening,
    RunnerCapabilities,
    capabilities_request,
    from_capabilities,
)
from services.executor.agent.ports import CallRecorder, ToolSession
from services.executor.bundle.ports import Slicer
from services.executor.domain import Program
from services.executor.egress.broker import RunBroker
from services.executor.errors import RunnerUnavailableError
from services.executor.limits import FRESH_LOAD_S, TOOLRUNNER_CONNECT_S, ToolCallLimits
from services.front.tls_probe import tls_fault


class ToolRunnerClient:
    """The toolrunner at ``address``; ``connect_s`` is how long to wait for a connection.

    ``tls`` says how it is reached over TLS; by default it is reached without.

    ``slicer`` makes the parts of programs to load where all of one cannot be loaded. ``bounds`` say
    how much of a run's calls is recorded, where they are.

    Entering a session connects it; its stream opens during the model's first query. If an open
    stream breaks, calls whose tools had started fail as RUNNER_LOST; the others, and later calls,
    use a new stream. Later calls do so too when a runner drains; its calls in flight continue.
    """

    def __init__(
        self,
        address: str,
        connect_s: float = TOOLRUNNER_CONNECT_S,
        slicer: Slicer | None = None,
        bounds: RecordBounds | None = None,
        tls: RunnerTls | None = None,
    ) -> None:
        self.slicer = slicer
        self._bounds = bounds or RecordBounds()
        self._address = address
        self._connect_s = connect_s
        self.earlier = EarlierLoads()
        self._tls = tls
        self._channels = RunnerChannels(address, tls)
        self._asking: asyncio.Task[str] | None = None

    def __repr__(self) -> str:
        return f"ToolRunnerClient({self._address}, {self._channels!r})"

    async def close(self) -> None:
        """Close the connection."""
        if self._asking is not None:
            self._asking.cancel()
        await self._channels.close()

    async def answers(self) -> bool:
        """Return whether a toolrunner answers, takes runs by its health, and serves us."""
        try:
            async with self._channels.held() as channel:
                asked = health_pb2.HealthCheckRequest()
                health = await channel.check(asked, timeout=self._connect_s)
                if self._tls is not None:  # health answers every certificate
                    await channel.capabilities(capabilities_request(), timeout=self._connect_s)
        except grpc.aio.AioRpcError as error:
            return error.code() is grpc.StatusCode.UNIMPLEMENTED
        return bool(health.status == health_pb2.HealthCheckResponse.SERVING)

    async def capabilities(self) -> RunnerCapabilities:
        """Return the toolrunner's description; raises RunnerUnavailableError, AioRpcError."""
        await self.connected()
        async with self._channels.held() as channel:
            told = await channel.capabilities(capabilities_request(), timeout=self._connect_s)
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
        recorder: CallRecorder | None = None,
    ) -> AsyncIterator[ToolSession]:
        """Connect and start to load ``program``; see ``ToolRunner.open``."""
        await self.connected()
        age = FRESH_LOAD_S if fresh else None
        whole = Opening(run_id, program, limits, tenant, broker.capabilities, broker.env, age)
        opening, part = await sliced_opening(whole, self.slicer)
        recording = None if recorder is None else RunRecording(recorder, self._bounds)

        def start(other: Opening) -> RunnerLink:
            return self.link(other, broker, None if recording is None else recording.tape())

        streams = RunStreams(start, opening, part, self.slicer, self.earlier)
        try:
            yield RunnerSession(streams, broker, recording)
        finally:
            await streams.close()

    @asynccontextmanager
    async def loaded(
        self,
        opening: Opening,
        broker: HostBroker | None = None,
        recording: RunRecording | None = None,
    ) -> AsyncIterator[Loaded]:
        """Yield one stream whose load has ended, closed on exit.

        ``broker`` makes the host calls of the load, which ``recording`` keeps. Raises what
        ``RunnerLink.opened`` raises.
        """

        def start(other: Opening) -> RunnerLink:
            return self.link(other, broker, None if recording is None else recording.tape())

        first, part = await sliced_opening(opening, self.slicer)
        link = start(first)
        try:
            found = await loaded(link, first, self.slicer, start, part)
            link = found.link
            yield found
        finally:
            await link.close()

    def link(
        self, opening: Opening, broker: HostBroker | None = None, tape: Tape | None = None
    ) -> RunnerLink:
        """Start a stream, to be closed; ``tape`` keeps the host calls of its load."""
        return RunnerLink(self._start, self.connected, opening, broker=broker, tape=tape)

    def _start(self) -> Any:
        return self._channels.current().run_tools()

    async def connected(self) -> None:
        """Wait for a connection; returns at once if there is one.

        Raises:
            RunnerUnavailableError: there is none after ``connect_s``.
        """
        if self._channels.current().is_ready:
            return
        try:
            async with asyncio.timeout(self._connect_s), self._channels.held() as held:
                await held.channel.channel_ready()
        except TimeoutError:
            raise RunnerUnavailableError(
                await self._why_not(), {"address": self._address}
            ) from None

    async def _why_not(self) -> str:
        """Return why there is no connection, and what to do."""
        files = None if self._tls is None else self._tls.files.paths
        name = "" if self._tls is None else self._tls.name
        if self._asking is None or self._asking.done():  # runs that fail together ask together
            self._asking = asyncio.create_task(tls_fault(self._address, files, name))
        fault = await asyncio.shield(self._asking)
        if fault:
            return f"The toolrunner at {self._address} cannot be used: {fault}."
        return (
            f"The toolrunner at {self._address} cannot be reached. Start it with "
            "`caisson toolrunner`, or both services with `caisson serve`, then try again."
        )
