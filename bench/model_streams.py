"""The cost of a model's chunk on its way to the client, and the limit of concurrent streams."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from bench.executors import fresh_executor
from bench.memory import held_by, memory_of
from bench.report import milliseconds, percentile, progress, report
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from services.cli.hosting import all_started

AGENT = b"""
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
export default createLightfast({
  agents: { main: createAgent({ name: "main", system: "Be brief.", tools: {} }) },
});
"""
METHOD = "/caisson.executor.v1.ExecutorService/ExecuteAgent"
STAMP = re.compile(rb"\d{19}(?= )")
GAP_MS = 20  # 50 tokens a second
STEPS = (20, 40, 60, 80, 100, 120)
WAITING_RUNS = 200
# A step is sustained if delays do not grow from its first third to its last, and stay below these.
GROWTH, SLACK_S, LONGEST_P99_S = 1.5, 0.005, 0.1


@dataclass(frozen=True)
class Scene:
    """A provider and an executor, each in its own process, and a channel to the executor."""

    url: str
    executor: int
    channel: grpc.aio.Channel

    async def run(self, model: str, delays: list[tuple[float, float]]) -> None:
        """Run the agent on a model; record when each chunk arrived, and its delay."""
        bundle = run_pb2.BundleSource(inline=AGENT)
        spec = run_pb2.RunSpec(bundle=bundle, message="hi", model=f"openai/{model}")
        request = pb.ExecuteAgentRequest(spec=spec)
        # Answers are not decoded, so that the client uses as little of the machine as possible.
        call: Any = self.channel.unary_stream(
            METHOD, request_serializer=pb.ExecuteAgentRequest.SerializeToString
        )
        async for message in call(request):
            now = time.perf_counter_ns()
            delays += [(now / 1e9, (now - int(each)) / 1e9) for each in STAMP.findall(message)]

    async def run_all(self, streams: int, count: int, gap_ms: int) -> list[tuple[float, float]]:
        """Run agents concurrently; return the delays of all their chunks, in order of arrival."""
        delays: list[tuple[float, float]] = []
        model = f"paced-{gap_ms}-{count}"
        await asyncio.gather(*(self.run(model, delays) for _ in range(streams)))
        if len(delays) != streams * count:
            message = f"{len(delays)} chunks arrived, not {streams * count}"
            raise RuntimeError(message)
        return sorted(delays)


@asynccontextmanager
async def scene(more: Mapping[str, str] | None = None) -> AsyncIterator[Scene]:
    """Run a provider and an executor; ``more`` are variables of the latter."""
    provider = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.token_provider"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert provider.stdout is not None
        url = f"http://127.0.0.1:{int(await provider.stdout.readline())}/v1"
        settings = {
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": url,
            "CAISSON_EXECUTOR_STATE_DIR": "",
            "CAISSON_EXECUTOR_RUNS": "1000",
            "CAISSON_EXECUTOR_LOG_LEVEL": "WARNING",
            **(more or {}),
        }
        async with fresh_executor(settings) as child:
            await all_started(child)
            async with grpc.aio.insecure_channel(child.address) as channel:
                yield Scene(url, child.process.pid, channel)
    finally:
        provider.terminate()
        await provider.wait()


def processor_s(pid: int) -> float:
    """Return the CPU seconds used by all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


async def measure(*, chunks: int, seconds: float) -> None:
    """Report latency, CPU time, sustained streams and memory.

    Args:
        chunks: chunks of each stream for latency and CPU time.
        seconds: how long each step of streams lasts.
    """
    progress("streams of a model")
    async with scene() as made:
        await made.run_all(2, 20, 0)
        await measure_waiting(made)  # before others have freed memory that these would reuse
        for streams in (1, 20):
            delays = await made.run_all(streams, chunks, GAP_MS)
            times = milliseconds([delay for _, delay in delays])
            report({"measure": "chunk-latency", "streams": streams, **times})
        for gap_ms in (GAP_MS, 0):
            await measure_processor(made, chunks, gap_ms)
        await measure_held(made, int(seconds * 1000 / GAP_MS))


async def measure_processor(made: Scene, chunks: int, gap_ms: int) -> None:
    """Report the executor's CPU time per chunk, beside that of the peers."""
    streams = 20
    began = processor_s(made.executor)
    await made.run_all(streams, chunks, gap_ms)
    ours = (processor_s(made.executor) - began) / (streams * chunks) * 1e6
    peers = {}
    for peer in ("litellm", "httpx"):
        arguments = (peer, made.url, f"paced-{gap_ms}-{chunks}", str(streams), str(chunks))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.model_peers", *arguments),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        peers[peer] = float(said)
    report(
        {
            "measure": "chunk-processor-time",
            "gapMs": gap_ms,
            "streams": streams,
            "executorUs": round(ours, 1),
            "litellmAloneUs": peers["litellm"],
            "httpxAloneUs": peers["httpx"],
            "ratio": round(ours / peers["litellm"], 3),
        }
    )


async def measure_held(made: Scene, count: int) -> None:
    """Report the maximum number of streams of 50 tokens a second whose delays do not grow."""
    held = 0
    for streams in STEPS:
        began, used = time.perf_counter(), processor_s(made.executor)
        client = time.process_time()
        delays = [delay for _, delay in await made.run_all(streams, count, GAP_MS)]
        took = time.perf_counter() - began
        third = len(delays) // 3
        first, last = (statistics.median(part) for part in (delays[:third], delays[-third:]))
        p99 = percentile(sorted(delays), 0.99)
        holds = last <= first * GROWTH + SLACK_S and p99 <= LONGEST_P99_S
        report(
            {
                "measure": "streams-step",
                "streams": streams,
                "holds": holds,
                "firstThirdMs": round(first * 1000, 2),
                "lastThirdMs": round(last * 1000, 2),
                "p99Ms": round(p99 * 1000, 2),
                "executorCores": round((processor_s(made.executor) - used) / took, 2),
                "clientCores": round((time.process_time() - client) / took, 2),
            }
        )
        if not holds:
            break
        held = streams
    load = round(os.getloadavg()[0], 2)
    report({"measure": "streams-held", "streams": held, "tried": STEPS[-1], "load1m": load})


def private_kib(made: Scene) -> int:
    """Return the executor's own memory."""
    return memory_of(made.executor).private_kib


async def measure_waiting(made: Scene) -> None:
    """Report the memory of a run that waits for its model, and what is left after all end."""
    for round_number in (1, 2, 3):
        before, held = private_kib(made), held_by(made.executor).descriptors
        delays: list[tuple[float, float]] = []
        runs = [asyncio.create_task(made.run("silent", delays)) for _ in range(WAITING_RUNS)]
        async with asyncio.timeout(60):
            while len(delays) < WAITING_RUNS:  # noqa: ASYNC110 - the condition is on a list
                await asyncio.sleep(0.05)
        during = private_kib(made)
        for run in runs:
            run.cancel()
        await asyncio.wait(runs)
        async with asyncio.timeout(30):
            while held_by(made.executor).descriptors > held + 2:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        after = private_kib(made)
        report(
            {
                "measure": "waiting-run-memory",
                "round": round_number,
                "runs": WAITING_RUNS,
                "KiBPerRun": round((during - before) / WAITING_RUNS, 1),
                "keptKiBPerRun": round((after - before) / WAITING_RUNS, 1),
            }
        )
