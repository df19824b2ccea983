"""A worker that follows a script instead of running programs, for tests of the pool and above.

It speaks the worker protocol over a real socket pair, in the same process. What a call does is
decided by its tool's name, see ``BEHAVIOURS``; a program whose text is ``throw`` fails to load.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import signal
import socket
from collections.abc import Callable, Mapping
from typing import cast

from caisson.toolrunner.v1 import tool_runner_service_pb2 as public_pb
from caisson.toolrunner.worker.v1 import worker_pb2 as pb
from services.toolrunner.pool.priority import Priority
from services.toolrunner.pool.process import WorkerProcess
from services.toolrunner.pool.wire import HEADER


class ScriptedLauncher:
    """Starts scripted workers; ``started`` holds all that were ever started.

    The first ``broken`` of them end before they are ready; the first ``unready`` become so only
    when the test says.
    """

    def __init__(self, broken: int = 0, unready: int = 0) -> None:
        self.started: list[ScriptedWorker] = []
        self.unready = unready
        self.refusals = 0
        self._broken = broken

    async def start(self) -> tuple[socket.socket, WorkerProcess]:
        """Return our end of the socket pair of a new worker, and the worker.

        Raises OSError while there are ``refusals`` left.
        """
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        ours, theirs = socket.socketpair()
        worker = ScriptedWorker(len(self.started) + 1)
        self.started.append(worker)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=theirs)
        except asyncio.CancelledError:
            ours.close()
            worker.kill()
            await worker.wait()
            raise
        if worker.pid <= self._broken:
            worker.die(1)
        elif worker.pid > self.unready:
            worker.be_ready()
        return ours, worker


class ScriptedWorker(asyncio.Protocol):
    """One scripted worker and its made-up process; ``seen`` holds the requests it got."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.seen: list[pb.WorkerRequest] = []
        self.reaped = False
        self.priorities: list[Priority] = []
        self.memory = 0
        self._held: dict[int, int] = {}
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def __repr__(self) -> str:
        return f"<ScriptedWorker {self.pid} seen={len(self.seen)} reaped={self.reaped}>"

    # As a process

    def kill(self) -> None:
        """End at once."""
        self.die(-signal.SIGKILL)

    def die(self, status: int) -> None:
        """End with a status."""
        if not self._status.done():
            self._status.set_result(status)
        if self._transport is not None:
            self._transport.close()

    async def wait(self) -> int:
        """Return the status when it has ended."""
        status = await asyncio.shield(self._status)
        self.reaped = True
        return status

    def last_words(self) -> str:
        """Return nothing: it writes no errors."""
        return ""

    def set_priority(self, priority: Priority) -> None:
        """Record the priority."""
        self.priorities.append(priority)

    def memory_bytes(self) -> int:
        """Return what the test says."""
        return self.memory

    @property
    def dead(self) -> bool:
        """True once it ended."""
        return self._status.done()

    # As a peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End, as a worker does when its socket closes."""
        self._transport = None
        self.die(0)

    def data_received(self, data: bytes) -> None:
        """Answer every whole frame."""
        self._rest += data
        while len(self._rest) >= HEADER.size:
            (size,) = HEADER.unpack_from(self._rest)
            if len(self._rest) < HEADER.size + size:
                return
            frame = self._rest[HEADER.size : HEADER.size + size]
            self._rest = self._rest[HEADER.size + size :]
            self._answer(pb.WorkerRequest.FromString(frame))

    def send(self, response: pb.WorkerResponse) -> None:
        """Write one message."""
        body = response.SerializeToString()
        self.send_raw(HEADER.pack(len(body)) + body)

    def send_raw(self, data: bytes) -> None:
        """Write bytes that need not be a message."""
        if self._transport is not None:
            self._transport.write(data)

    def be_ready(self) -> None:
        """Say that it takes work."""
        self.send(pb.WorkerResponse(ready=pb.Ready(jail=["seccomp"], missing=["landlock"])))

    def kinds(self) -> list[str]:
        """Return the kinds of the requests it got, in order."""
        return [str(request.WhichOneof("message")) for request in self.seen]

    def starts(self) -> list[pb.StartCall]:
        """Return the calls it was asked to start, in order."""
        return [request.start for request in self.seen if request.HasField("start")]

    def done(self, work_id: int, output_json: str) -> None:
        """End a call with an output."""
        self.send(pb.WorkerResponse(done=pb.Done(work_id=work_id, output_json=output_json)))

    def resumed(self, work_id: int) -> None:
        """Say that a timer of a call was due."""
        self.send(pb.WorkerResponse(resumed=pb.Resumed(work_id=work_id)))

    def suspended(self, work_id: int, memory_bytes: int = 0) -> None:
        """Say that a call waits and holds so much memory."""
        self._held[work_id] = memory_bytes
        suspended = pb.Suspended(work_id=work_id, memory_bytes=memory_bytes)
        self.send(pb.WorkerResponse(suspended=suspended))

    def failed(self, work_id: int, kind: str, message: str) -> None:
        """End a call with a failure."""
        failure = public_pb.ToolFailure(kind=f"FAILURE_KIND_{kind}", message=message)
        self.send(pb.WorkerResponse(done=pb.Done(work_id=work_id, failure=failure)))

    def line(self, work_id: int, text: str) -> None:
        """Write a console line."""
        line = pb.WorkConsole(work_id=work_id, level="CONSOLE_LEVEL_LOG", text=text)
        self.send(pb.WorkerResponse(console=line))

    def loaded(self, work_id: int) -> None:
        """End a load well."""
        self.send(pb.WorkerResponse(loaded=pb.Loaded(work_id=work_id, image_bytes=1000)))

    def _answer(self, request: pb.WorkerRequest) -> None:
        self.seen.append(request)
        if request.HasField("load"):
            self._load(request.load)
        elif request.HasField("start"):
            BEHAVIOURS[request.start.tool](self, request.start)
        elif request.HasField("host_result"):
            self.done(request.host_result.work_id, request.host_result.output_json or '"denied"')
        elif request.HasField("cancel"):
            self._cancel(request.cancel.work_id)

    def _load(self, load: pb.LoadProgram) -> None:
        self.line(load.work_id, "loading")
        loaded = pb.Loaded(work_id=load.work_id, image_bytes=1000)
        if load.source == b"throw":
            loaded.failure.CopyFrom(
                public_pb.ToolFailure(kind="FAILURE_KIND_LOAD_FAILED", message="it threw")
            )
        if load.source != b"hang":
            self.send(pb.WorkerResponse(loaded=loaded))

    def _cancel(self, work_id: int) -> None:
        stuck = any(start.work_id == work_id and start.tool == "stuck" for start in self.starts())
        if not stuck:
            self.memory -= self._held.pop(work_id, 0)
            self.failed(work_id, "CANCELLED", "The caller ended the call.")


def echo(worker: ScriptedWorker, start: pb.StartCall) -> None:
    """Return the input."""
    worker.done(start.work_id, start.input_json)


def talk(worker: ScriptedWorker, start: pb.StartCall) -> None:
    """Write three lines, then return the input."""
    for number in itertools.islice(itertools.count(1), 3):
        worker.line(start.work_id, f"{number}")
    worker.done(start.work_id, start.input_json)


def run(_: ScriptedWorker, __: pb.StartCall) -> None:
    """Hold the worker until the test or a cancel ends the call."""


def suspend(worker: ScriptedWorker, start: pb.StartCall) -> None:
    """Wait without holding the worker."""
    worker.suspended(start.work_id)


def ask(worker: ScriptedWorker, start: pb.StartCall) -> None:
    """Ask for ``fetch`` and return the answer."""
    asks = pb.WorkHostCall(
        work_id=start.work_id, host_call_id=1, capability="fetch", input_json="{}"
    )
    worker.send(pb.WorkerResponse(host_call=asks))
    suspend(worker, start)


def crash(worker: ScriptedWorker, _: pb.StartCall) -> None:
    """End the process."""
    worker.die(-signal.SIGSEGV)


BEHAVIOURS: Mapping[str, Callable[[ScriptedWorker, pb.StartCall], None]] = {
    "echo": echo,
    "talk": talk,
    "run": run,
    "stuck": run,
    "suspend": suspend,
    "ask": ask,
    "crash": crash,
}
