"""Calls of real tools through gRPC, each in a fresh sandbox: latency, throughput, memory."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bench.memory import memory_of
from bench.peers.measured import Best
from bench.programs import call_of, program_of, real_bundle
from bench.report import milliseconds, progress, report
from bench.tool_stream import ToolStream, tool_stream
from services.cli.hosting import Child, all_started, private_toolrunner, start
from services.cli.installed import TOOLRUNNER
from services.toolrunner.domain import Program, ToolCall
from tests.real_bundles.build import RealBundles

WARM_UP = 100
CONCURRENCIES = (1, 4, 8, 16, 32)
WAIT = "wait"
SETTLE_S = 0.5


async def measure(bundles: RealBundles, best: Best | None, *, calls: int, suspended: int) -> None:
    """Report calls over a Unix socket and over TCP, calls a second, and suspended calls."""
    program = program_of(real_bundle(bundles.schemas_min_cjs.read_bytes()))
    async with private_toolrunner() as toolrunner:
        await all_started(toolrunner)
        await measure_latency("tool-call-unix", toolrunner.address, program, best, calls)
        await measure_rates(toolrunner.address, program, calls)
        await measure_other_bundles(toolrunner.address, bundles, calls // 4)
        memory = memory_of(toolrunner.process.pid)
        report({"measure": "toolrunner-memory-after-calls", **memory.as_fields()})
    async with toolrunner_on_tcp() as toolrunner:
        await measure_latency("tool-call-tcp", toolrunner.address, program, best, calls)
    await measure_suspended(program, suspended)


@asynccontextmanager
async def toolrunner_on_tcp(settings: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """Yield a toolrunner on a loopback TCP port; ``settings`` are variables of it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with start(TOOLRUNNER, f"127.0.0.1:{port}", settings=settings) as toolrunner:
        await all_started(toolrunner)
        yield toolrunner


async def measure_latency(
    name: str, address: str, program: Program, best: Best | None, calls: int
) -> None:
    """Report a trivial tool of a real bundle, one call at a time, beside the best peer."""
    progress(name)
    about = {"bundleBytes": len(program.source)}
    async with tool_stream(address, program) as (stream, loaded):
        report({"measure": f"{name}-bundle-load", **about, "ms": round(loaded * 1000, 1)})
        taken = milliseconds(await times_of(stream, call_of(), calls))
        beside = best.beside(taken["p50Ms"]) if best else {}
        report({"measure": name, **about, **taken, **beside})


async def times_of(stream: ToolStream, call: ToolCall, calls: int) -> list[float]:
    """Return the seconds of sequential calls, after some warm-up calls."""
    for _ in range(WARM_UP):
        await stream.call(call)
    return [await stream.call(call) for _ in range(calls)]


async def measure_rates(address: str, program: Program, calls: int) -> None:
    """Report calls a second at several concurrencies, and the best of these."""
    rates: dict[int, float] = {}
    async with tool_stream(address, program) as (stream, _):
        # Every worker loads the bundle before its first call of it.
        await asyncio.gather(*(stream.call(call_of()) for _ in range(max(CONCURRENCIES))))
        for concurrency in CONCURRENCIES:
            progress(f"calls with {concurrency} in flight")
            rates[concurrency] = await measure_rate(stream, concurrency, calls)
    best = max(rates, key=rates.__getitem__)
    rate = round(rates[best], 1)
    report({"measure": "tool-calls-a-second", "concurrency": best, "callsPerSecond": rate})


async def measure_rate(stream: ToolStream, concurrency: int, calls: int) -> float:
    """Report and return calls a second at this concurrency."""
    times: list[float] = []

    async def work() -> None:
        times.extend([await stream.call(call_of()) for _ in range(calls // concurrency)])

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    rate = len(times) / (time.perf_counter() - began)
    fields = {"concurrency": concurrency, "callsPerSecond": round(rate, 1), **milliseconds(times)}
    report({"measure": "tool-call-rate", **fields})
    return rate


async def measure_other_bundles(address: str, bundles: RealBundles, calls: int) -> None:
    """Report tools that do some work, in bundles of several sizes and formats."""
    series, text = '{"series":[3,1,4,1,5,9,2,6]}', '{"text":"the quick brown fox"}'
    cases = [
        (bundles.statistics_min_cjs, False, "statistician", "summarize", series),
        (bundles.numbers_min_cjs, False, "numbers", "checksum", text),
        (bundles.numbers_esm, True, "numbers", "checksum", text),
    ]
    for path, is_module, agent, tool, input_json in cases:
        progress(f"calls of {path.name}")
        program = program_of(path.read_bytes(), is_module=is_module)
        call = ToolCall(agent, tool, input_json, "{}", "call", (), call_of().limits)
        async with tool_stream(address, program) as (stream, _):
            times = milliseconds(await times_of(stream, call, calls))
        about = {"bundle": path.name, "bundleBytes": len(program.source), "tool": tool}
        report({"measure": "tool-call", **about, **times})


async def measure_suspended(program: Program, count: int) -> None:
    """Report the memory (PSS) of calls that wait at the same time."""
    progress(f"{count} calls suspended at once")
    settings = {
        "CAISSON_TOOLRUNNER_CALLS_PER_STREAM": str(count),
        "CAISSON_TOOLRUNNER_CALL_TIMEOUT_S": "3600",
    }
    async with private_toolrunner(settings) as toolrunner:
        await all_started(toolrunner)
        async with tool_stream(toolrunner.address, program) as (stream, _):
            await times_of(stream, call_of(), WARM_UP)
            before = memory_of(toolrunner.process.pid)
            for _ in range(count):
                await stream.begin(call_of(WAIT))
            while stream.lines < count:  # noqa: ASYNC110 - a count has no event of its own
                await asyncio.sleep(0.01)
            await asyncio.sleep(SETTLE_S)
            after = memory_of(toolrunner.process.pid)
    growth = round((after.pss_kib - before.pss_kib) / 1024, 1)
    report(
        {
            "measure": "suspended-calls",
            "calls": count,
            "growthMiB": growth,
            "kibPerCall": round((after.pss_kib - before.pss_kib) / count, 1),
            **after.as_fields(),
        }
    )
