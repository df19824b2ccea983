"""Start-up time of each service, cold and warm, and its memory afterwards."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.executors import fresh_executor
from bench.memory import memory_of
from bench.report import milliseconds, progress, report
from services.cli.hosting import TOOLRUNNER_OF_EXECUTOR, all_started, private_toolrunner
from services.cli.installed import EXECUTOR, TOOLRUNNER


async def measure(starts: int) -> None:
    """Report warm starts and memory of each service, and of the toolrunner a cold start."""
    with tempfile.TemporaryDirectory(prefix="caisson-bench-") as folder:
        await measure_toolrunner(Path(folder), starts)
    await measure_executor(starts)


async def measure_toolrunner(cache: Path, starts: int) -> None:
    """Report the toolrunner; a cold start compiles the guest."""
    progress("starts of the toolrunner")
    settings = {"CAISSON_TOOLRUNNER_CACHE_DIR": str(cache)}
    times = [await start_toolrunner(settings) for _ in range(starts + 1)]
    report({"measure": "start-cold", "service": TOOLRUNNER, **milliseconds(times[:1])})
    report({"measure": "start-warm", "service": TOOLRUNNER, **milliseconds(times[1:])})
    async with private_toolrunner(settings) as toolrunner:
        await all_started(toolrunner)
        memory = memory_of(toolrunner.process.pid)
        report({"measure": "memory-idle", "service": TOOLRUNNER, **memory.as_fields()})


async def start_toolrunner(settings: Mapping[str, str]) -> float:
    """Return the seconds from starting the process until its health is SERVING."""
    began = time.perf_counter()
    async with private_toolrunner(settings) as toolrunner:
        await all_started(toolrunner)
        return time.perf_counter() - began


async def measure_executor(starts: int) -> None:
    """Report the executor; most of its start is the import of LiteLLM."""
    progress("starts of the executor")
    async with private_toolrunner() as toolrunner:
        await all_started(toolrunner)
        settings = {TOOLRUNNER_OF_EXECUTOR: toolrunner.address}
        times = []
        for _ in range(starts + 1):
            began = time.perf_counter()
            async with fresh_executor(settings) as executor:
                await all_started(executor)
                times.append(time.perf_counter() - began)
                memory = memory_of(executor.process.pid)
        # An executor has no cold state of its own; the first start fills the page cache.
        report({"measure": "start-warm", "service": EXECUTOR, **milliseconds(times[1:])})
        report({"measure": "memory-idle", "service": EXECUTOR, **memory.as_fields()})
