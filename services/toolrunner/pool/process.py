"""Starts worker processes: each inherits one end of a socket pair and nothing else."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
import sys
from collections import deque
from pathlib import Path
from typing import Protocol

import services
from services.toolrunner.pool.priority import Priority, can_be_restored, set_priority

log = logging.getLogger(__name__)

PAGE_BYTES = resource.getpagesize()
STATM_BYTES = 200
STDERR_CHUNK = 4096
STDERR_LINE = 500
STDERR_LINES_KEPT = 20
STDERR_LINES_LOGGED = 200
# glibc's allocator, used for all objects of the interpreter, overwrites what is freed: no value of
# a run stays in a worker's heap after the run. Its cache of small pieces does not, so it only holds
# what is too small for a text.
WIPES = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_PERTURB_": "165",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_max=32",
}


class WorkerProcess(Protocol):
    """A started worker."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def kill(self) -> None:
        """Kill it; does nothing when it has ended."""

    async def wait(self) -> int:
        """Wait for its end, reap it, and return its exit status (negative: the signal)."""

    def last_words(self) -> str:
        """Return the last line that it wrote to its error output, or nothing."""

    def set_priority(self, priority: Priority) -> None:
        """Set its CPU priority."""

    def memory_bytes(self) -> int:
        """Return its private memory in bytes, 0 where that is unknown."""


class WorkerLauncher(Protocol):
    """Starts workers."""

    async def start(self) -> tuple[socket.socket, WorkerProcess]:
        """Return our end of the socket pair of a new worker, and its process; raises OSError."""


class SubprocessLauncher:
    """Starts ``python -m services.toolrunner.worker`` with an empty environment.

    The worker inherits the socket as its only descriptor beside null input and output and an
    error output that goes to our log. It leads its own session, so that an interrupt of the
    terminal reaches the front alone. ``cache_dir`` keeps the compiled guest; empty keeps none.
    """

    def __init__(self, cache_dir: str = "") -> None:
        self._cache = ["--cache", str(Path(cache_dir).absolute())] if cache_dir else []
        self._adjustable = can_be_restored()

    async def start(self) -> tuple[socket.socket, WorkerProcess]:
        """Return our end of the socket pair of a new worker, and its process; raises OSError."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    "services.toolrunner.worker",
                    "--fd",
                    str(theirs.fileno()),
                    *self._cache,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                    close_fds=True,
                    pass_fds=[theirs.fileno()],
                    env=python_environment(),
                    cwd="/",
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            raise
        return ours, Subprocess(process, adjustable=self._adjustable)


class Subprocess:
    """A worker that is a child of this process."""

    def __init__(self, process: asyncio.subprocess.Process, *, adjustable: bool) -> None:
        self._process = process
        self._adjustable = adjustable
        self._lines: deque[str] = deque(maxlen=STDERR_LINES_KEPT)
        self._logged = 0
        self._reader = asyncio.get_running_loop().create_task(self._read_errors())

    def __repr__(self) -> str:
        return f"<Subprocess {self.pid} status={self._process.returncode}>"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it; does nothing when it has ended."""
        if self._process.returncode is None:
            self._process.kill()

    async def wait(self) -> int:
        """Wait for its end, reap it, and return its exit status (negative: the signal)."""
        status = await self._process.wait()
        await self._reader
        return status

    def last_words(self) -> str:
        """Return the last line that it wrote to its error output, or nothing."""
        return self._lines[-1] if self._lines else ""

    def set_priority(self, priority: Priority) -> None:
        """Set its CPU priority."""
        if self._adjustable:
            set_priority(self.pid, priority)

    def memory_bytes(self) -> int:
        """Return its private memory in bytes, 0 where that is unknown."""
        try:
            file = os.open(f"/proc/{self.pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return 0
        try:
            _, resident, shared, *_ = os.read(file, STATM_BYTES).split()
        except (OSError, ValueError):
            return 0
        finally:
            os.close(file)
        return (int(resident) - int(shared)) * PAGE_BYTES

    async def _read_errors(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        rest = b""
        while chunk := await stream.read(STDERR_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[:STDERR_LINE]
            for line in lines:
                self._note(line)
        if rest:
            self._note(rest)

    def _note(self, line: bytes) -> None:
        text = line[:STDERR_LINE].decode("utf-8", "replace").rstrip()
        if not text:
            return
        self._lines.append(text)
        self._logged += 1
        if self._logged <= STDERR_LINES_LOGGED:
            log.warning("worker %d: %s", self.pid, text)


def python_environment() -> dict[str, str]:
    """Return the least that lets the interpreter import this package, and wipes freed memory."""
    root = Path(next(iter(services.__path__))).parent
    installed = root.name in {"site-packages", "dist-packages"}
    return WIPES if installed else {**WIPES, "PYTHONPATH": str(root)}
