"""A minimal client of RunTools."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from services.cli.client.clients import open_channel
from services.toolrunner.domain import Program, ToolCall

CHUNK = 1024 * 1024
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class ToolStream:
    """One open RunTools stream on a loaded bundle; several calls may be in flight.

    ``lines`` counts the console lines of all calls.
    """

    def __init__(
        self, call: grpc.aio.StreamStreamCall[pb.RunToolsRequest, pb.RunToolsResponse]
    ) -> None:
        self._call = call
        self._waiting: dict[str, asyncio.Future[pb.Result]] = {}
        self._lines: dict[str, list[str]] = {}
        self._sent = 0
        self._writing = asyncio.Lock()
        self.lines = 0

    def __repr__(self) -> str:
        return f"<ToolStream {len(self._waiting)} calls in flight>"

    async def open(self, program: Program, env: Mapping[str, str]) -> float:
        """Load the bundle, given this environment; return the seconds until it was opened."""
        began = time.perf_counter()
        form = pb.PROGRAM_FORMAT_MODULE if program.is_module else pb.PROGRAM_FORMAT_SCRIPT
        opening = pb.Open(run_id="bench", program_digest=program.digest, format=form, env=env)
        await self._call.write(pb.RunToolsRequest(open=opening))
        while True:
            answer = await self._call.read()
            if not isinstance(answer, pb.RunToolsResponse):
                raise SystemExit(f"the stream ended: {await self._call.details()}")
            if answer.HasField("opened"):
                return time.perf_counter() - began
            if not answer.HasField("program_missing"):
                raise SystemExit(f"the bundle does not load: {answer}")
            await self._upload(program.source)

    async def _upload(self, source: bytes) -> None:
        for start in range(0, len(source), CHUNK):
            chunk = source[start : start + CHUNK]
            last = start + CHUNK >= len(source)
            message = pb.ProgramChunk(data=chunk, last=last)
            await self._call.write(pb.RunToolsRequest(program_chunk=message))

    async def receive(self) -> None:
        """Deliver results to their waiters until cancelled or the stream ends."""
        while True:
            answer = await self._call.read()
            if not isinstance(answer, pb.RunToolsResponse):
                return
            kind = answer.WhichOneof("message")
            if kind == "result":
                self._lines.pop(answer.result.call_id, None)
                self._waiting.pop(answer.result.call_id).set_result(answer.result)
            elif kind == "console":
                self.lines += 1
                self._lines.get(answer.console.call_id, []).append(answer.console.text)

    async def begin(
        self, call: ToolCall, lines: list[str] | None = None
    ) -> asyncio.Future[pb.Result]:
        """Start a call, whose console goes to ``lines``; return the future of its result."""
        self._sent += 1
        name = f"c{self._sent}"
        future: asyncio.Future[pb.Result] = asyncio.get_running_loop().create_future()
        self._waiting[name] = future
        if lines is not None:
            self._lines[name] = lines
        message = pb.Call(
            call_id=name,
            agent=call.agent,
            tool=call.tool,
            input_json=call.input_json,
            context_json=call.context_json,
            tool_call_id=call.tool_call_id,
        )
        async with self._writing:
            await self._call.write(pb.RunToolsRequest(call=message))
        return future

    async def call(self, call: ToolCall) -> float:
        """Make one call; return its seconds. Raises SystemExit when it fails."""
        began = time.perf_counter()
        result = await (await self.begin(call))
        taken = time.perf_counter() - began
        if result.HasField("failure"):
            raise SystemExit(f"{call.agent}.{call.tool} failed: {result.failure}")
        return taken


@asynccontextmanager
async def tool_stream(
    address: str, program: Program, env: Mapping[str, str] = NOTHING
) -> AsyncIterator[tuple[ToolStream, float]]:
    """Yield a stream with the program loaded, and the seconds that loading took.

    ``env`` is the environment that the run grants.
    """
    async with open_channel(address) as channel:
        call = ToolRunnerServiceStub(channel).RunTools()
        stream = ToolStream(call)
        seconds = await stream.open(program, env)
        receiving = asyncio.ensure_future(stream.receive())
        try:
            yield stream, seconds
        finally:
            receiving.cancel()
            call.cancel()
