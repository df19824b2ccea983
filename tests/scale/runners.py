"""Toolrunners as processes of their own, which tests kill, drain and start again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from tests.databases.postgres import free_port
from tests.e2e.pair import COMPILED

END_S = 60.0


class RunnerProcess:
    """One toolrunner, which keeps its address over restarts.

    Args:
        host, port, workers: where it listens, and how many workers it has.
        variables: more settings.
        channel: connects to it.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        workers: int = 1,
        variables: Mapping[str, str] | None = None,
        channel: Callable[[str], grpc.aio.Channel] = grpc.aio.insecure_channel,
    ) -> None:
        self.address = f"{host}:{port or free_port()}"
        self._workers = workers
        self._variables = dict(variables or {})
        self._channel = channel
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        environment = {
            **os.environ,
            "CAISSON_TOOLRUNNER_ADDRESS": self.address,
            "CAISSON_TOOLRUNNER_WORKERS": str(self._workers),
            "CAISSON_TOOLRUNNER_SPARE_WORKERS": "0",
            "CAISSON_TOOLRUNNER_CACHE_DIR": str(COMPILED),
            "CAISSON_TOOLRUNNER_LOG_LEVEL": "WARNING",
            **self._variables,
        }
        command = (sys.executable, "-m", "services.toolrunner")
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE)
        self._process = process  # before it serves: it is ended also if this is cancelled
        assert process.stdout is not None
        line = await process.stdout.readline()
        assert line.startswith(b"toolrunner listening on "), line

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """End it by SIGKILL."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Let it drain and end; it must do so in order."""
        assert await self._end(signal.SIGTERM) == 0

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(ProcessLookupError):
            process.send_signal(number)
        async with asyncio.timeout(END_S):
            await process.communicate()
        return process.returncode or 0

    async def load(self) -> pb.WatchLoadResponse:
        """Return what it says of its load."""
        async with self._channel(self.address) as channel:
            stub = pb_grpc.ToolRunnerServiceStub(channel)
            async for told in stub.WatchLoad(pb.WatchLoadRequest()):
                assert isinstance(told, pb.WatchLoadResponse)
                return told
        raise AssertionError("it says nothing")


@asynccontextmanager
async def toolrunners(*runners: RunnerProcess) -> AsyncIterator[str]:
    """Run toolrunners; yields their addresses with commas between. All are ended on exit."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for each in runners:
                tasks.create_task(each.start())
        yield ",".join(each.address for each in runners)
    finally:
        for each in runners:
            await each.kill()
