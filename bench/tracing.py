"""What traces cost: calls of tools, and streams of a model, with every trace recorded and without.

Both pairs of services run at once, and rounds alternate between them, since the machine's speed
changes. CPU time is of all processes of both services: on a busy machine it says more than rates.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc

from bench.asking import CALLS_OF_A_RUN, Asking, run, settings_of
from bench.executors import fresh_executor
from bench.memory import tree
from bench.model_streams import Scene, processor_s
from bench.report import progress, report
from services.cli.hosting import TOOLRUNNER_OF_EXECUTOR, all_started, private_toolrunner
from tests.loopback import listening

STREAMS = 20
GAP_MS = 20


@dataclass(frozen=True)
class Pair:
    """Both services, traced or not, and what rounds took."""

    channel: grpc.aio.Channel
    pids: tuple[int, ...]
    streams: Scene
    rates: list[float] = field(default_factory=list)
    call_us: list[float] = field(default_factory=list)
    chunk_us: list[float] = field(default_factory=list)

    async def runs(self, count: int) -> None:
        """Run agents at once, and note calls a second and CPU time of each call."""
        began, used = time.perf_counter(), self.used_s()
        await asyncio.gather(*(run(self.channel) for _ in range(count)))
        calls = count * CALLS_OF_A_RUN
        self.rates.append(calls / (time.perf_counter() - began))
        self.call_us.append((self.used_s() - used) / calls * 1e6)

    async def chunks(self, count: int) -> None:
        """Stream answers, and note the CPU time of each chunk."""
        used = self.used_s()
        await self.streams.run_all(STREAMS, count, GAP_MS)
        self.chunk_us.append((self.used_s() - used) / (STREAMS * count) * 1e6)

    def used_s(self) -> float:
        """Return the CPU seconds of both services, workers included."""
        return sum(processor_s(each) for pid in self.pids for each in tree(pid))


async def measure(*, rounds: int, runs: int, chunks: int) -> None:
    """Report the cost of a call and of a chunk, with and without traces.

    Args:
        rounds: of each, with and without.
        runs: at once in a round.
        chunks: of each stream in a round.
    """
    progress("traces")
    model = Asking([])
    async with (
        listening(model.serve) as port,
        process("bench.collector") as collector,
        process("bench.token_provider") as tokens,
    ):
        urls = f"http://127.0.0.1:{port}/v1", f"http://127.0.0.1:{tokens}/v1"
        async with pair(*urls, "") as off, pair(*urls, f"http://127.0.0.1:{collector}") as on:
            for each in (off, on):
                await each.runs(runs)
                await each.streams.run_all(2, 20, 0)
                each.rates.clear()
                each.call_us.clear()
            for number in range(rounds):
                for each in (off, on) if number % 2 else (on, off):
                    await each.runs(runs)
            for number in range(max(2, rounds // 2)):
                for each in (off, on) if number % 2 else (on, off):
                    await each.chunks(chunks)
    compared("traces-calls-per-second", off.rates, on.rates, "PerS")
    compared("traces-call-processor-time", off.call_us, on.call_us, "Us")
    compared("traces-chunk-processor-time", off.chunk_us, on.chunk_us, "Us")


def compared(name: str, off: Sequence[float], on: Sequence[float], unit: str) -> None:
    """Report medians, and the median of the ratios of neighbouring rounds."""
    ratios = [one / other for one, other in zip(on, off, strict=True)]
    report(
        {
            "measure": name,
            "rounds": len(off),
            f"off{unit}": round(statistics.median(off), 1),
            f"on{unit}": round(statistics.median(on), 1),
            "ratio": round(statistics.median(ratios), 3),
        }
    )


@asynccontextmanager
async def process(module: str) -> AsyncIterator[int]:
    """Run a module that prints its port; yields the port."""
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert made.stdout is not None
        yield int(await made.stdout.readline())
    finally:
        made.terminate()
        await made.wait()


@asynccontextmanager
async def pair(asking_url: str, token_url: str, endpoint: str) -> AsyncIterator[Pair]:
    """Start both services, which send traces to ``endpoint``, if there is one."""
    settings = {
        "CAISSON_EXECUTOR_OTLP_ENDPOINT": endpoint,
        **settings_of(asking_url),
        "CAISSON_EXECUTOR_STATE_DIR": "",
        "CAISSON_EXECUTOR_LOG_LEVEL": "WARNING",
        "OPENAI_API_KEY": "bench",
        "OPENAI_BASE_URL": token_url,
    }
    of_toolrunner: Mapping[str, str] = {"CAISSON_TOOLRUNNER_OTLP_ENDPOINT": endpoint}
    async with private_toolrunner(of_toolrunner) as toolrunner:
        settings[TOOLRUNNER_OF_EXECUTOR] = toolrunner.address
        async with fresh_executor(settings) as executor:
            await all_started(toolrunner, executor)
            async with grpc.aio.insecure_channel(executor.address) as channel:
                pids = executor.process.pid, toolrunner.process.pid
                yield Pair(channel, pids, Scene(token_url, pids[0], channel))
