"""Starts services as child processes for one command, and ends them with it.

A child is tethered to a pipe of this process (``tether.py``), listens on a Unix socket in a private
folder or where it is told, and counts as started when its health service says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cli.client.clients import open_channel
from services.cli.errors import UnreachableError
from services.cli.installed import EXECUTOR, TOOLRUNNER, require

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
POLL_S = 0.02
LOG_TAIL_BYTES = 4096
MODULES = {TOOLRUNNER: "services.toolrunner", EXECUTOR: "services.executor"}
ADDRESS = {TOOLRUNNER: "CAISSON_TOOLRUNNER_ADDRESS", EXECUTOR: "CAISSON_EXECUTOR_ADDRESS"}
OF_THE_SYSTEM = frozenset(
    {"HOME", "LANG", "PATH", "PYTHONPATH", "TEMP", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
)
OF_THE_TOOLRUNNER = ("CAISSON_TOOLRUNNER_", "LC_", "PYTHON", "XDG_")
TOOLRUNNER_OF_EXECUTOR = "CAISSON_EXECUTOR_TOOLRUNNER"


@dataclass(frozen=True)
class Child:
    """A service that this command started, and where it answers."""

    service: str
    address: str
    process: Process
    log: IO[bytes] | None

    def complaint(self) -> str:
        """Return the last line that the service logged, without its time and level."""
        if self.log is None:
            return "its messages are above"
        size = self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, size - LOG_TAIL_BYTES))
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


@asynccontextmanager
async def start(
    service: str, address: str, *, settings: Mapping[str, str] | None = None, quiet: bool = True
) -> AsyncIterator[Child]:
    """Start a service and yield it at once; it is stopped at the end.

    Args:
        service: ``TOOLRUNNER`` or ``EXECUTOR``.
        address: where it listens.
        settings: environment variables on top of this process's own.
        quiet: keep what it logs for an error message, instead of showing it.

    Raises:
        UsageError: the service is not installed.
    """
    require(service)
    environment = {
        **environment_for(service, os.environ),
        **(settings or {}),
        ADDRESS[service]: address,
    }
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile()) if quiet else None
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the folder in which a person works may have a package `services`
            "-m",
            "services.cli.tether",
            MODULES[service],
            stdin=asyncio.subprocess.PIPE,
            stdout=log or sys.stderr,
            stderr=log or sys.stderr,
            env=environment,
            start_new_session=True,
        )
        try:
            yield Child(service, address, process, log)
        finally:
            await asyncio.shield(stop(process))


def environment_for(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what of this command's environment a service needs.

    The executor needs model keys and secrets; the toolrunner, which runs the code of others, gets
    nothing but its own settings and what its interpreter needs.
    """
    if service != TOOLRUNNER:
        return dict(environment)
    return {
        name: value
        for name, value in environment.items()
        if name in OF_THE_SYSTEM or name.startswith(OF_THE_TOOLRUNNER)
    }


async def stop(process: Process) -> None:
    """End a child: let go of its pipe, and kill it when it does not stop in 5 s."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def started(child: Child) -> None:
    """Wait until a child serves.

    Raises:
        UnreachableError: it ended instead, or did not serve in 60 s.
    """
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not await serves(child.address):
                if child.process.returncode is not None:
                    raise UnreachableError(
                        f"The {child.service} did not start: {child.complaint()}"
                    )
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise UnreachableError(
            f"The {child.service} did not start in {START_TIMEOUT_S:g} s: {child.complaint()}"
        ) from None


async def all_started(*children: Child) -> None:
    """Wait until every child serves; raises UnreachableError for the first that does not."""
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(started(child))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def serves(address: str) -> bool:
    """Tell whether the health service at ``address`` says SERVING now."""
    if address.startswith("unix:") and not listens(Path(address.removeprefix("unix:"))):
        return False
    async with open_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5.0)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def listens(path: Path) -> bool:
    """Tell whether there is a socket at ``path``: a failed connection would cost a back-off."""
    return path.is_socket()


@asynccontextmanager
async def private_folder() -> AsyncIterator[Path]:
    """Yield a folder that only this user can enter; it is removed at the end."""
    # A Unix socket's path holds at most 107 bytes, which a long TMPDIR would use up.
    parent = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(
        prefix="caisson-",
        dir=parent if len(parent) < 60 else "/tmp",  # noqa: S108 - made with 0700
    ) as folder:
        yield Path(folder)


@asynccontextmanager
async def private_toolrunner(settings: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """Start a toolrunner of this command's own, and yield it before it serves."""
    async with (
        private_folder() as folder,
        start(TOOLRUNNER, f"unix:{folder}/toolrunner", settings=settings) as child,
    ):
        yield child


@asynccontextmanager
async def private_pair(settings: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """Start both services for this command alone, and yield the executor's address.

    Args:
        settings: environment variables of the executor, on top of this process's own.

    Raises:
        UnreachableError: one of them did not start.
        UsageError: one of them is not installed.
    """
    require(EXECUTOR, TOOLRUNNER)
    async with AsyncExitStack() as stack:
        toolrunner = await stack.enter_async_context(private_toolrunner())
        address = toolrunner.address.removesuffix(TOOLRUNNER) + EXECUTOR
        executor = await stack.enter_async_context(
            start(
                EXECUTOR,
                address,
                settings={**(settings or {}), TOOLRUNNER_OF_EXECUTOR: toolrunner.address},
            )
        )
        await all_started(toolrunner, executor)
        yield address
