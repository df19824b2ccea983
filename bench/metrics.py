"""What metrics cost: tool calls and chunks of models, with an admin port and without, by turns."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from bench.model_streams import Scene, processor_s, scene
from bench.programs import call_of, program_of, real_bundle
from bench.report import progress, report
from bench.tool_calls import toolrunner_on_tcp
from bench.tool_stream import ToolStream, tool_stream
from tests.real_bundles.build import RealBundles

ROUNDS = 8
AT_ONCE = 16
STREAMS = 20
OFF, ON = "off", "on"
SOME_PORT = "127.0.0.1:0"

Measured = Callable[[], Awaitable[float]]


async def measure(bundles: RealBundles, *, calls: int, chunks: int) -> None:
    """Report both: microseconds of the front's processor for a call, and of the executor's."""
    progress("metrics")
    program = program_of(real_bundle(bundles.schemas_min_cjs.read_bytes()))
    async with AsyncExitStack() as stack:
        ways: dict[str, Measured] = {}
        rates: dict[str, list[float]] = {OFF: [], ON: []}
        for way in (OFF, ON):
            settings = {"CAISSON_TOOLRUNNER_ADMIN_ADDRESS": SOME_PORT} if way == ON else {}
            child = await stack.enter_async_context(toolrunner_on_tcp(settings))
            stream, _ = await stack.enter_async_context(tool_stream(child.address, program))
            front = child.process.pid
            ways[way] = _calling(stream, front, calls // ROUNDS, rates[way])
        _report("metrics-tool-call", await _by_turns(ways), rates)
    async with AsyncExitStack() as stack:
        ways = {}
        for way in (OFF, ON):
            settings = {"CAISSON_EXECUTOR_ADMIN_ADDRESS": SOME_PORT} if way == ON else {}
            made = await stack.enter_async_context(scene(settings))
            await made.run_all(2, 20, 0)
            ways[way] = _streaming(made, chunks)
        _report("metrics-model-chunk", await _by_turns(ways), {})


def _calling(stream: ToolStream, front: int, calls: int, rates: list[float]) -> Measured:
    async def one() -> None:
        for _ in range(max(1, calls // AT_ONCE)):
            await stream.call(call_of())

    async def measured() -> float:
        began, used = time.perf_counter(), processor_s(front)
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
        made = max(1, calls // AT_ONCE) * AT_ONCE
        rates.append(made / (time.perf_counter() - began))
        return (processor_s(front) - used) / made * 1e6

    return measured


def _streaming(made: Scene, chunks: int) -> Measured:
    async def measured() -> float:
        used = processor_s(made.executor)
        await made.run_all(STREAMS, chunks, 0)
        return (processor_s(made.executor) - used) / (STREAMS * chunks) * 1e6

    return measured


async def _by_turns(ways: dict[str, Measured]) -> dict[str, list[float]]:
    """Return what each way took, after a round to warm up; every round changes who is first."""
    found: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(ROUNDS + 1):
        order = list(ways) if number % 2 else list(ways)[::-1]
        for way in order:
            took = await ways[way]()
            if number:
                found[way].append(took)
    return found


def _report(name: str, found: dict[str, list[float]], rates: dict[str, list[float]]) -> None:
    of = {way: statistics.median(times) for way, times in found.items()}
    told: dict[str, object] = {f"{way}Us": round(value, 1) for way, value in of.items()}
    told["addedUs"] = round(statistics.median(map(_less, found[ON], found[OFF])), 1)
    for way, each in rates.items():
        told[f"{way}CallsPerS"] = round(statistics.median(each))
    report({"measure": name, "rounds": ROUNDS, **told})


def _less(more: float, less: float) -> float:
    return more - less
