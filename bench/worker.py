"""One worker process, driven over its socket like the pool does, without gRPC."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.toolrunner.domain import MIB, Limits, Program, ToolCall
from services.toolrunner.pool.process import SubprocessLauncher
from services.toolrunner.pool.wire import (
    HEADER,
    WorkDone,
    WorkerMessage,
    WorkerReady,
    WorkLoaded,
    decoded,
    load_frame,
    start_frame,
)

ANSWER_TIMEOUT_S = 60.0
LOAD_LIMITS = Limits(timeout_s=60.0, memory_bytes=256 * MIB)


class WorkerClient:
    """Loads programs into a worker and makes one call after another; blocks while it waits."""

    def __init__(self, sock: socket.socket, pid: int) -> None:
        self._socket = sock
        self._numbers = itertools.count(1)
        self._rest = b""
        self.pid = pid
        sock.settimeout(ANSWER_TIMEOUT_S)

    def __repr__(self) -> str:
        return f"<WorkerClient of {self.pid}>"

    def receive(self) -> WorkerMessage:
        """Return the next message; raises SystemExit when the worker has exited."""
        rest = self._rest
        while len(rest) < HEADER.size or len(rest) < self._frame_end(rest):
            data = self._socket.recv(MIB)
            if not data:
                raise SystemExit("the worker ended")
            rest += data
        end = self._frame_end(rest)
        self._rest = rest[end:]
        return decoded(rest[HEADER.size : end])

    def load(self, program: Program) -> float:
        """Load a program; return the seconds that it took."""
        began = time.perf_counter()
        frame = load_frame(next(self._numbers), program, LOAD_LIMITS)
        self._socket.sendall(b"".join(frame))
        while not isinstance(message := self.receive(), WorkLoaded):
            pass
        if message.failure is not None:
            raise SystemExit(f"the bundle does not load: {message.failure.message}")
        return time.perf_counter() - began

    def call(self, program: Program, call: ToolCall) -> tuple[float, WorkDone]:
        """Make a call; return its seconds from the request to the answer, and the answer."""
        frame = start_frame(next(self._numbers), program.key, call)
        began = time.perf_counter()
        self._socket.sendall(frame)
        while not isinstance(message := self.receive(), WorkDone):
            pass
        return time.perf_counter() - began, message

    @staticmethod
    def _frame_end(data: bytes) -> int:
        return HEADER.size + int(HEADER.unpack_from(data)[0])


@asynccontextmanager
async def running_worker(cache: Path) -> AsyncIterator[WorkerClient]:
    """Start a worker, and yield it once it is ready; ``cache`` keeps the compiled guest."""
    sock, process = await SubprocessLauncher(str(cache)).start()
    try:
        with sock:
            client = WorkerClient(sock, process.pid)
            if not isinstance(message := client.receive(), WorkerReady):
                raise SystemExit(f"the worker began with {message}")
            yield client
    finally:
        process.kill()
        await process.wait()
