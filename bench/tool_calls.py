"""Calls of real tools through gRPC, each in a fresh sandbox: latency, throughput, memory."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from bench.memory import memory_of
from bench.report import milliseconds, progress, report
from services.cli.clients import open_channel
from services.cli.hosting import all_started, private_toolrunner
from services.gen.caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.gen.caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from tests.real_bundles.build import RealBundles

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Case:
    """A bundle and one call of it."""

    name: str
    path: Path
    is_module: bool
    agent: str
    tool: str
    input_json: str


def cases(bundles: RealBundles) -> list[Case]:
    """Return the calls to measure, over bundles of several sizes and forms."""
    text = '{"text":"the quick brown fox"}'
    series = '{"series":[3,1,4,1,5,9,2,6]}'
    return [
        Case(
            "lightfast-min-cjs",
            bundles.statistics_min_cjs,
            False,
            "statistician",
            "summarize",
            series,
        ),
        Case("ai-sdk-min-cjs", bundles.numbers_min_cjs, False, "numbers", "checksum", text),
        Case("ai-sdk-esm", bundles.numbers_esm, True, "numbers", "checksum", text),
    ]


class ToolStream:
    """One open RunTools stream on a loaded bundle; several calls may be in flight."""

    def __init__(
        self, call: grpc.aio.StreamStreamCall[pb.RunToolsRequest, pb.RunToolsResponse]
    ) -> None:
        self._call = call
        self._waiting: dict[str, asyncio.Future[pb.Result]] = {}
        self._sent = 0
        self.sandbox_s: list[float] = []
        self._writing = asyncio.Lock()

    async def open(self, source: bytes, is_module: bool) -> float:
        """Load the bundle; return the seconds until it was opened."""
        began = time.perf_counter()
        form = pb.PROGRAM_FORMAT_MODULE if is_module else pb.PROGRAM_FORMAT_SCRIPT
        digest = hashlib.sha256(source).hexdigest()
        opening = pb.Open(run_id="bench", program_digest=digest, format=form)
        await self._call.write(pb.RunToolsRequest(open=opening))
        while True:
            answer = await self._call.read()
            if not isinstance(answer, pb.RunToolsResponse):
                raise SystemExit("the toolrunner ended the stream")
            kind = answer.WhichOneof("message")
            if kind == "opened":
                return time.perf_counter() - began
            if kind != "bundle_missing":
                raise SystemExit(f"the bundle could not be loaded: {answer}")
            for start in range(0, len(source), CHUNK):
                last = start + CHUNK >= len(source)
                chunk = pb.BundleChunk(data=source[start : start + CHUNK], last=last)
                await self._call.write(pb.RunToolsRequest(bundle_chunk=chunk))

    async def receive(self) -> None:
        """Hand results to those who wait for them, until cancelled."""
        while True:
            answer = await self._call.read()
            if not isinstance(answer, pb.RunToolsResponse):
                return
            if answer.WhichOneof("message") == "result":
                self._waiting.pop(answer.result.call_id).set_result(answer.result)

    async def call(self, case: Case) -> float:
        """Make one call; return its seconds, and keep those that the runner counted."""
        self._sent += 1
        name = f"c{self._sent}"
        future = asyncio.get_running_loop().create_future()
        self._waiting[name] = future
        call = pb.Call(
            call_id=name,
            agent=case.agent,
            tool=case.tool,
            input_json=case.input_json,
            context_json="{}",
            tool_call_id=name,
        )
        began = time.perf_counter()
        async with self._writing:
            await self._call.write(pb.RunToolsRequest(call=call))
        result = await future
        taken = time.perf_counter() - began
        if result.HasField("failure"):
            raise SystemExit(f"{case.name}: {result.failure}")
        wall = result.usage.wall_time
        self.sandbox_s.append(wall.seconds + wall.nanos / 1e9)
        return taken


@asynccontextmanager
async def tool_stream(address: str, case: Case) -> AsyncIterator[tuple[ToolStream, float]]:
    """Yield a stream with the case's bundle loaded, and the seconds that loading took."""
    async with open_channel(address) as channel:
        call = ToolRunnerServiceStub(channel).RunTools()
        stream = ToolStream(call)
        seconds = await stream.open(case.path.read_bytes(), case.is_module)
        receiving = asyncio.ensure_future(stream.receive())
        try:
            yield stream, seconds
        finally:
            receiving.cancel()
            call.cancel()


async def measure(bundles: RealBundles, calls: int) -> None:
    """Report every case: load, one call at a time, calls a second, memory of the toolrunner."""
    async with private_toolrunner() as toolrunner:
        await all_started(toolrunner)
        for case in cases(bundles):
            progress(f"tool calls from {case.path.name}")
            await measure_case(toolrunner.address, case, calls)
        memory = memory_of(toolrunner.process.pid)
        report({"measure": "toolrunner-memory-after-calls", **memory.as_fields()})


async def measure_case(address: str, case: Case, calls: int) -> None:
    """Report one case."""
    about = {"bundle": case.name, "bundleBytes": case.path.stat().st_size, "tool": case.tool}
    async with tool_stream(address, case) as (stream, loaded):
        report({"measure": "bundle-load", **about, "ms": round(loaded * 1000, 1)})
        for _ in range(min(50, calls)):
            await stream.call(case)
        times = [await stream.call(case) for _ in range(calls)]
        report({"measure": "tool-call", **about, "concurrency": 1, **milliseconds(times)})
        inside = stream.sandbox_s[-calls:]
        report({"measure": "tool-call-in-sandbox", **about, **milliseconds(inside)})
        for concurrency in (1, 4, 8):
            await measure_rate(stream, case, calls, concurrency, about)


async def measure_rate(
    stream: ToolStream, case: Case, calls: int, concurrency: int, about: dict[str, object]
) -> None:
    """Report calls a second with so many in flight."""
    times: list[float] = []

    async def work() -> None:
        times.extend([await stream.call(case) for _ in range(calls // concurrency)])

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    rate = len(times) / (time.perf_counter() - began)
    report(
        {
            "measure": "tool-call-rate",
            **about,
            "concurrency": concurrency,
            "callsPerSecond": round(rate, 1),
            **milliseconds(times),
        }
    )
