"""One toolrunner: its channels, whether it answers, and why not."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
from grpc.aio import UsageError
from grpc_health.v1 import health_pb2

from services.executor.adapters.toolrunner.channels import RunnerChannels, RunnerTls
from services.executor.adapters.toolrunner.places import NOT_TAKEN
from services.executor.adapters.toolrunner.runner_wire import (
    RunnerCapabilities,
    capabilities_request,
    from_capabilities,
)
from services.executor.adapters.toolrunner.wire import Opening
from services.executor.errors import RunnerUnavailableError
from services.front.tls_probe import tls_fault

SERVING = health_pb2.HealthCheckResponse.SERVING
STOPPED = "The executor is stopping, and has closed its connections to the toolrunner."


class OneRunner:
    """The toolrunner at ``address``; ``connect_s`` is how long to wait for a connection.

    ``tls`` says how it is reached over TLS; None for without.
    """

    def __init__(self, address: str, connect_s: float, tls: RunnerTls | None) -> None:
        self.address = address
        self._connect_s = connect_s
        self._tls = tls
        self.channels = RunnerChannels(address, tls)
        self._asking: asyncio.Task[str] | None = None

    def __repr__(self) -> str:
        return f"OneRunner({self.address}, {self.channels!r})"

    def place(self, opening: Opening) -> OneRunner:
        """Return where a stream is opened: here."""
        return self

    async def connect(self) -> None:
        """See ``Place.connect``."""
        await self.connected()

    def start(self) -> Any:
        """Start a RunTools RPC."""
        return self.channels.current().run_tools()

    def served(self) -> None:
        """Take no note."""

    def drains(self) -> None:
        """Take no note: the next stream waits for the toolrunner that replaces it."""

    def broke(self, error: grpc.aio.AioRpcError | RunnerUnavailableError) -> bool:
        """Return whether the stream was not taken, as the toolrunner was being replaced."""
        return isinstance(error, grpc.aio.AioRpcError) and error.code() in NOT_TAKEN

    async def close(self) -> None:
        """Close the connections; idempotent."""
        if self._asking is not None:
            self._asking.cancel()
        await self.channels.close()

    async def health(self) -> bool | None:
        """Return whether it takes runs by its health; None if it does not answer or serve us."""
        try:
            async with self.channels.held() as channel:
                asked = health_pb2.HealthCheckRequest()
                health = await channel.check(asked, timeout=self._connect_s)
                if self._tls is not None:  # health answers every certificate
                    await channel.capabilities(capabilities_request(), timeout=self._connect_s)
        except grpc.aio.AioRpcError as error:
            return True if error.code() is grpc.StatusCode.UNIMPLEMENTED else None
        return bool(health.status == SERVING)

    async def answers(self) -> bool:
        """Return whether it answers, takes runs by its health, and serves us."""
        return await self.health() is True

    async def capabilities(self) -> RunnerCapabilities:
        """Return its description; raises RunnerUnavailableError, AioRpcError."""
        await self.connected()
        async with self.channels.held() as channel:
            told = await channel.capabilities(capabilities_request(), timeout=self._connect_s)
        return from_capabilities(told)

    async def connected(self) -> None:
        """Wait for a connection; returns at once if there is one.

        Raises:
            RunnerUnavailableError: there is none after ``connect_s``, or this was closed meanwhile.
        """
        if self.channels.current().is_ready:
            return
        try:
            async with asyncio.timeout(self._connect_s), self.channels.held() as held:
                await held.channel.channel_ready()
        except TimeoutError:
            raise RunnerUnavailableError(await self.why_not(), {"address": self.address}) from None
        except UsageError:  # while this waited, the executor has closed its channels
            raise RunnerUnavailableError(STOPPED, {"address": self.address}) from None

    async def why_not(self) -> str:
        """Return why there is no connection, and what to do."""
        files = None if self._tls is None else self._tls.files.paths
        name = "" if self._tls is None else self._tls.name
        if self._asking is None or self._asking.done():  # runs that fail together ask together
            self._asking = asyncio.create_task(tls_fault(self.address, files, name))
        fault = await asyncio.shield(self._asking)
        if fault:
            return f"The toolrunner at {self.address} cannot be used: {fault}."
        return (
            f"The toolrunner at {self.address} cannot be reached. Start it with "
            "`caisson toolrunner`, or both services with `caisson serve`, then try again."
        )
