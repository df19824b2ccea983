"""Starts services as child processes for one command, and stops them with it.

A child is tethered to a pipe of this process (``tether.py``) and listens on a Unix socket in a
private folder or at a given address. It reports through another pipe that it is ready, and where,
so that another process at that address is not mistaken for it.
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

from services.cli.errors import UnreachableError
from services.cli.installed import EXECUTOR, TOOLRUNNER, require
from services.cli.service_settings import passed_on, settings_of_both

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0  # for what hangs: a busy machine takes seconds
LOG_TAIL_BYTES = 4096
MODULES = {TOOLRUNNER: "services.toolrunner", EXECUTOR: "services.executor"}
ADDRESS = {TOOLRUNNER: "CAISSON_TOOLRUNNER_ADDRESS", EXECUTOR: "CAISSON_EXECUTOR_ADDRESS"}
OF_THE_SYSTEM = frozenset(
    {"HOME", "LANG", "PATH", "PYTHONPATH", "TEMP", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
)
OF_THE_TOOLRUNNER = ("CAISSON_TOOLRUNNER_", "GRPC_", "LC_", "PYTHON", "XDG_")
STATE_IN_USE = "CAISSON_EXECUTOR_STATE_IN_USE"
TOOLRUNNER_OF_EXECUTOR = "CAISSON_EXECUTOR_TOOLRUNNER"
# How services are reached by others. Those of one command are reached by it alone, over a Unix
# socket in a folder that only this user can enter.
DOORS = frozenset(
    {
        *("CAISSON_EXECUTOR_API_KEYS", "CAISSON_EXECUTOR_JWT_ISSUERS"),
        *("CAISSON_EXECUTOR_TLS_CERTIFICATE", "CAISSON_EXECUTOR_TLS_KEY"),
        *("CAISSON_EXECUTOR_MTLS_ADDRESS", "CAISSON_EXECUTOR_MTLS_CLIENT_CA"),
        *("CAISSON_EXECUTOR_CERTIFICATE_RULES", "CAISSON_EXECUTOR_TOOLRUNNER_CA"),
        *("CAISSON_EXECUTOR_TOOLRUNNER_CERTIFICATE", "CAISSON_EXECUTOR_TOOLRUNNER_KEY"),
        *("CAISSON_EXECUTOR_TOOLRUNNER_NAME", "CAISSON_EXECUTOR_ADDRESS"),
        *("CAISSON_TOOLRUNNER_TLS_CERTIFICATE", "CAISSON_TOOLRUNNER_TLS_KEY"),
        *("CAISSON_TOOLRUNNER_TLS_CLIENT_CA", "CAISSON_TOOLRUNNER_ALLOWED_EXECUTORS"),
        *("CAISSON_EXECUTOR_ADMIN_ADDRESS", "CAISSON_EXECUTOR_ADMIN_GRPC_ADDRESS"),
        *("CAISSON_TOOLRUNNER_ADMIN_ADDRESS", "CAISSON_TOOLRUNNER_ADMIN_GRPC_ADDRESS"),
        "CAISSON_TOOLRUNNER_ADDRESS",
    }
)


@dataclass(frozen=True)
class Child:
    """A service that this command started, and where it should listen.

    ``ready`` completes when the service is ready, with its address, or has ended, with "".
    """

    service: str
    address: str
    process: Process
    log: IO[bytes] | None
    ready: asyncio.Task[str]

    def complaint(self) -> str:
        """Return the last line that the service logged, without its time and level."""
        if self.log is None:
            return "its messages are above"
        size = self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, size - LOG_TAIL_BYTES))
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].removeprefix(f"{self.service}: ") if lines else "it logged nothing"

    def hurry(self) -> None:
        """Ask the service to stop; a second time, to stop at once."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()


@asynccontextmanager
async def start(
    service: str,
    address: str,
    *,
    settings: Mapping[str, str] | None = None,
    private: bool = True,
    quiet: bool = True,
    stop_s: float = STOP_TIMEOUT_S,
) -> AsyncIterator[Child]:
    """Start a service and yield it at once; it is stopped at the end.

    Args:
        service: ``TOOLRUNNER`` or ``EXECUTOR``.
        address: where it listens.
        settings: environment variables on top of this process's own.
        private: only this command reaches it, whatever the environment says of other callers.
        quiet: keep its log for an error message instead of showing it.
        stop_s: seconds that it has to stop.

    Raises:
        UsageError: the service is not installed.
    """
    require(service)
    environment = {
        **environment_for(service, without_doors(os.environ) if private else os.environ),
        **(settings or {}),
        ADDRESS[service]: address,
    }
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile()) if quiet else None
        reading, writing = os.pipe()
        stack.enter_context(contextlib.closing(pipe := os.fdopen(reading, "rb")))
        try:
            process = await asyncio.create_subprocess_exec(
                # -P: the working directory may have its own package `services`.
                *(sys.executable, "-P", "-m", "services.cli.tether", MODULES[service]),
                *("--ready-fd", str(writing)),
                stdin=asyncio.subprocess.PIPE,
                stdout=log or sys.stderr,
                stderr=log or sys.stderr,
                env=environment,
                start_new_session=True,
                pass_fds=(writing,),
            )
        finally:
            os.close(writing)
        ready = asyncio.create_task(line_of(pipe))
        try:
            yield Child(service, address, process, log, ready)
        finally:
            ready.cancel()
            await asyncio.shield(stop(process, stop_s))


def without_doors(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that says nothing of how services are reached."""
    return {name: value for name, value in environment.items() if name not in DOORS}


async def line_of(pipe: IO[bytes]) -> str:
    """Return the line written to a pipe; empty if it is closed first."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    try:
        line = await reader.readline()
    finally:
        transport.close()
    return line.decode().removesuffix("\n") if line.endswith(b"\n") else ""


def environment_for(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of this command's environment that a service needs.

    The executor needs model keys and secrets. The toolrunner, which runs untrusted code, gets only
    its own settings and what its interpreter needs.
    """
    whole = {**passed_on(environment), **environment}
    if service != TOOLRUNNER:
        return whole
    return {
        name: value
        for name, value in whole.items()
        if name in OF_THE_SYSTEM or name.startswith(OF_THE_TOOLRUNNER)
    }


async def stop(process: Process, stop_s: float) -> None:
    """Stop a child by closing its pipe, and kill it if it takes longer than ``stop_s``."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(stop_s):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def started(child: Child) -> str:
    """Wait until a child serves, and return the address it listens on.

    Raises:
        UnreachableError: it ended instead, or did not serve in 60 s.
    """
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            if address := await asyncio.shield(child.ready):
                return address
            await child.process.wait()
    except TimeoutError:
        raise UnreachableError(
            f"The {child.service} did not start in {START_TIMEOUT_S:g} s: {child.complaint()}"
        ) from None
    raise UnreachableError(f"The {child.service} did not start: {child.complaint()}")


async def all_started(*children: Child) -> list[str]:
    """Wait until every child serves, and return their addresses.

    Raises:
        UnreachableError: for the first that does not.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(started(child)) for child in children]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


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
    """Start a private toolrunner, and yield it before it serves."""
    async with (
        private_folder() as folder,
        start(TOOLRUNNER, f"unix:{folder}/toolrunner", settings=settings) as child,
    ):
        yield child


@asynccontextmanager
async def private_pair(settings: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """Start both services for this command alone, and yield the executor once both serve.

    Args:
        settings: environment variables of the executor, on top of this process's own.

    Raises:
        UnreachableError: one of them did not start.
        UsageError: a setting is wrong, or one of them is not installed.
    """
    require(EXECUTOR, TOOLRUNNER)
    settings_of_both(settings, to_start=True, without=DOORS)
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
        yield executor
