"""Warm runs through both services: time to the first event and the first text."""

from __future__ import annotations

import time
from contextlib import aclosing
from pathlib import Path

from bench.executors import fresh_executor
from bench.memory import memory_of
from bench.offline import MODEL, offline_model
from bench.report import milliseconds, progress, report
from services.cli.client.clients import run_agent
from services.cli.client.wire import run_event
from services.cli.domain import RunRequest, TextPiece, ToolReturned
from services.cli.hosting import TOOLRUNNER_OF_EXECUTOR, all_started, private_toolrunner

MESSAGE = "Compute the checksum of a text."


async def measure(bundle: Path, source: bytes, runs: int) -> None:
    """Report the time to the first event, the first tool result, the first text, and the end."""
    progress("runs of an agent")
    async with (
        offline_model() as model,
        private_toolrunner() as toolrunner,
    ):
        settings = {**model, TOOLRUNNER_OF_EXECUTOR: toolrunner.address}
        async with fresh_executor(settings) as executor:
            await all_started(toolrunner, executor)
            await measure_runs(executor.address, bundle.name, source, runs)
            for child in (toolrunner, executor):
                memory = memory_of(child.process.pid)
                fields = memory.as_fields()
                report({"measure": "memory-after-runs", "service": child.service, **fields})


async def measure_runs(address: str, name: str, source: bytes, runs: int) -> None:
    """Report one bundle's runs; the first, which reads and loads the bundle, separately."""
    request = RunRequest(MESSAGE, source, "", model=MODEL)
    about = {"bundle": name, "bundleBytes": len(source)}
    times = [await timed_run(address, request) for _ in range(runs + 1)]
    for until in times[0]:
        report({"measure": f"run-cold-{until}", **about, **milliseconds([times[0][until]])})
    for until in times[0]:
        report(
            {
                "measure": f"run-{until}",
                **about,
                **milliseconds([each[until] for each in times[1:]]),
            }
        )


async def timed_run(address: str, request: RunRequest) -> dict[str, float]:
    """Return the seconds until the first event, tool result and text, and the end."""
    began = time.perf_counter()
    seen: dict[str, float] = {}
    async with aclosing(run_agent(address, request)) as events:
        async for response in events:
            now = time.perf_counter() - began
            event = run_event(response)
            seen.setdefault("first-event", now)
            if isinstance(event, ToolReturned):
                seen.setdefault("first-tool-result", now)
            elif isinstance(event, TextPiece):
                seen.setdefault("first-text", now)
    seen["end"] = time.perf_counter() - began
    return seen
