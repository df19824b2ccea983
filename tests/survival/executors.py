"""Executors as processes of their own, which tests kill, freeze and start again."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub

START_S = 60.0
END_S = 30.0


class Zygote:
    """The process that forks executors; see ``zygote.py``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Zygote({self._process.pid})"

    async def fork(self, log: Path, ready: Path, environment: Mapping[str, str]) -> int:
        """Start an executor; return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"log": str(log), "ready": str(ready), "environment": dict(environment)}
        async with self._lock:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            return int(await self._process.stdout.readline())


@asynccontextmanager
async def zygote(model_url: str) -> AsyncIterator[Zygote]:
    """Start the process that forks executors, and end it with all of them."""
    life, alive = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.survival.zygote", str(life), model_url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(life,),
        )
    finally:
        os.close(life)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            assert await process.stdout.readline() == b"ready\n"
        yield Zygote(process)
        process.stdin.close()
    finally:
        os.close(alive)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@dataclass(eq=False)
class ExecutorProcess:
    """One executor, which keeps its name and settings over restarts."""

    zygote: Zygote
    name: str
    folder: Path
    environment: Mapping[str, str]
    pid: int = 0
    starts: int = 0
    channel: grpc.aio.Channel | None = None
    _handle: int = -1
    _used: list[grpc.aio.Channel] = field(default_factory=list)

    @property
    def stub(self) -> ExecutorServiceStub:
        """The service of the process that runs now."""
        assert self.channel is not None
        return ExecutorServiceStub(self.channel)

    @property
    def log(self) -> str:
        """What all of its processes have logged."""
        path = self.folder / f"{self.name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        self.starts += 1
        ready = self.folder / f"{self.name}.{self.starts}.ready"
        log = self.folder / f"{self.name}.log"
        self.pid = await self.zygote.fork(log, ready, self.environment)
        self._handle = os.pidfd_open(self.pid)
        async with asyncio.timeout(START_S):
            while not (ready.exists() and (address := ready.read_text().strip())):
                assert self.runs(), f"{self.name} has ended:\n{self.log[-4000:]}"
                await asyncio.sleep(0.01)
        self.channel = grpc.aio.insecure_channel(address)

    async def kill(self) -> None:
        """End it by SIGKILL."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Let it end in order."""
        await self._end(signal.SIGTERM)

    async def close(self) -> None:
        """End it by SIGKILL, with all channels to it: to close one cancels who uses it."""
        await self.kill()
        for channel in self._used:
            await channel.close()

    def freeze(self) -> None:
        """Stop it by SIGSTOP: its connections stay open, and it does nothing."""
        signal.pidfd_send_signal(self._handle, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        signal.pidfd_send_signal(self._handle, signal.SIGCONT)

    def fill_disk(self) -> None:
        """Let every write to a file fail, as on a disk that is full."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free_disk(self) -> None:
        """Let writes succeed again."""
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, unlimited)

    def runs(self) -> bool:
        """Whether the process is there."""
        return bool(self.pid) and Path(f"/proc/{self.pid}").exists()

    async def _end(self, number: signal.Signals) -> None:
        if not self.pid:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)
            self.thaw()
        async with asyncio.timeout(END_S):
            await _readable(self._handle)
        os.close(self._handle)
        if self.channel is not None:
            self._used.append(self.channel)
            self.channel = None
        self.pid = 0


async def _readable(descriptor: int) -> None:
    """Wait until a descriptor can be read; that of a process can be once it has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
