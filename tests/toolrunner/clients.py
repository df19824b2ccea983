"""A small client of RunTools for tests, and a toolrunner as its own process."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 60.0
WAIT_S = 30.0


@dataclass
class Runner:
    """A toolrunner that runs as a process."""

    address: str
    process: subprocess.Popen[str]
    start_line: str

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        return children_of(self.process.pid)


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's children, zombies included."""
    found = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in listing.read_text().split()]
    return found


def ended(pid: int) -> bool:
    """Return whether no process with this id runs; a zombie counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextmanager
def runner_process(**settings: str) -> Iterator[Runner]:
    """Start a toolrunner on a free port, with two workers and no spare; it must stop cleanly."""
    environment = {
        **os.environ,
        "CAISSON_TOOLRUNNER_ADDRESS": "127.0.0.1:0",
        "CAISSON_TOOLRUNNER_WORKERS": "2",
        "CAISSON_TOOLRUNNER_SPARE_WORKERS": "0",
        **{f"CAISSON_TOOLRUNNER_{name.upper()}": value for name, value in settings.items()},
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.toolrunner"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("toolrunner listening on "), line
            yield Runner(line.split()[3].rstrip(":"), process, line.strip())
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(WAIT_S)
            finally:
                process.kill()


@dataclass
class Ended:
    """A call that ended: what it wrote, and its result."""

    result: pb.Result
    lines: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        """The JSON text of the output."""
        assert self.result.WhichOneof("outcome") == "output_json", self.result
        return self.result.output_json

    @property
    def kind(self) -> str:
        """The failure's kind."""
        assert self.result.WhichOneof("outcome") == "failure", self.result
        return pb.FailureKind.Name(self.result.failure.kind).removeprefix("FAILURE_KIND_")

    @property
    def message(self) -> str:
        """The failure's message."""
        return self.result.failure.message


class ToolStream:
    """One RunTools stream. ``started`` are the calls of which the runner said so."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.started: set[str] = set()
        self._count = 0

    async def send(self, **message: Any) -> None:
        """Send one request."""
        await self.call.write(pb.RunToolsRequest(**message))

    async def receive(self) -> pb.RunToolsResponse:
        """Return the next response but those that say that a call started."""
        async with asyncio.timeout(WAIT_S):
            response = await self.call.read()
            while isinstance(response, pb.RunToolsResponse) and response.HasField("started"):
                self.started.add(response.started.call_id)
                response = await self.call.read()
        if isinstance(response, pb.RunToolsResponse):
            return response
        raise AssertionError(f"the stream ended: {await self.call.code()}")

    async def open(self, source: bytes, form: str = "MODULE", **fields: Any) -> pb.RunToolsResponse:
        """Open the stream with a program; return `opened` or `load_failed`."""
        digest = f"sha256:{hashlib.sha256(source).hexdigest()}"
        program_format = f"PROGRAM_FORMAT_{form}"
        await self.send(open=pb.Open(program_digest=digest, format=program_format, **fields))
        response = await self._receive_about_load()
        if response.HasField("program_missing"):
            assert response.program_missing.program_digest == digest
            size = 1024 * 1024
            for start in range(0, max(1, len(source)), size):
                last = start + size >= len(source)
                chunk = pb.ProgramChunk(data=source[start : start + size], last=last)
                await self.send(program_chunk=chunk)
            response = await self._receive_about_load()
        return response

    async def _receive_about_load(self) -> pb.RunToolsResponse:
        """Return the next response but pings, which come while a slow machine loads."""
        response = await self.receive()
        while response.HasField("ping"):
            response = await self.receive()
        return response

    async def start(self, tool: str, input_json: str = "{}", **fields: Any) -> str:
        """Start a call; return its id."""
        self._count += 1
        call_id = f"call-{self._count}"
        call = {"agent": "demo", "context_json": "{}", "tool_call_id": call_id, **fields}
        await self.send(call=pb.Call(call_id=call_id, tool=tool, input_json=input_json, **call))
        return call_id

    async def until_started(self, call_id: str) -> None:
        """Wait until the runner says that this call has started; it must say nothing before."""
        async with asyncio.timeout(WAIT_S):
            response = await self.call.read()
        assert response.started.call_id == call_id
        self.started.add(call_id)

    async def end(self, call_id: str) -> Ended:
        """Return the end of the only call in flight."""
        lines = []
        while True:
            response = await self.receive()
            if response.HasField("console"):
                assert response.console.call_id == call_id
                lines.append(response.console.text)
            else:
                assert response.result.call_id == call_id, response
                return Ended(response.result, lines)

    async def run(self, tool: str, input_json: str = "{}", **fields: Any) -> Ended:
        """Make one call."""
        return await self.end(await self.start(tool, input_json, **fields))

    async def read_to_the_end(self) -> grpc.StatusCode:
        """Drop what still comes; return the status with which the stream ends."""
        with suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
            async with asyncio.timeout(WAIT_S):
                while await self.call.read() is not grpc.aio.EOF:
                    pass
        return await self.status()

    async def status(self) -> grpc.StatusCode:
        """Return the status with which the stream ends."""
        async with asyncio.timeout(WAIT_S):
            code: grpc.StatusCode = await self.call.code()
        return code


@asynccontextmanager
async def tool_stream(address: str) -> AsyncIterator[ToolStream]:
    """Yield a new stream on a channel of its own; it is cancelled at the end."""
    async with grpc.aio.insecure_channel(address) as channel:
        call = pb_grpc.ToolRunnerServiceStub(channel).RunTools()
        try:
            yield ToolStream(call)
        finally:
            call.cancel()


@asynccontextmanager
async def opened_stream(address: str, source: bytes, **fields: Any) -> AsyncIterator[ToolStream]:
    """Yield a stream with a loaded program."""
    async with tool_stream(address) as stream:
        response = await stream.open(source, **fields)
        assert response.HasField("opened"), response
        yield stream
