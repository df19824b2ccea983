"""What recording a run costs: for each token, from the model to a subscriber, and for each step."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.report import milliseconds, progress, report
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor.adapters.database.database import open_database
from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.agent.deltas import Finished, ModelDelta, TextPiece
from services.executor.agent.ports import ModelQuery
from services.executor.agent.scripted import FixedBundles, ScriptedModel, ScriptedRunner
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import FinishReason
from services.executor.domain import InlineBundle
from services.executor.events import AbortCause
from services.executor.run_request import RunRequest
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.new_run import new_run
from services.executor.runs.ports import Journal
from services.executor.runs.runtime import RunKeeping, RunsRuntime
from tests.databases.postgres import postgres_running
from tests.executor.builders import ADD_SCHEMA, Stage, add, agent, bundle, calls, says, tool

STREAMS = (1, 60)
GAP_S = 0.02
STEPS = 16
TENANT = ""


class TimedModel:
    """Says when it said each word, one each ``GAP_S``."""

    def __init__(self, words: int) -> None:
        self._words = words

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the words."""
        began = time.perf_counter()
        for word in range(self._words):
            await asyncio.sleep(max(0.0, began + GAP_S * (word + 1) - time.perf_counter()))
            yield TextPiece(f"{time.perf_counter():.7f} ")
        yield Finished(FinishReason.STOP)


@dataclass(frozen=True)
class Latency:
    """Seconds from a token to its subscriber, and milliseconds of a step with a call."""

    tokens: dict[int, list[float]]
    step_ms: float


async def measure(words: int, runs: int) -> None:
    """Report latencies with each journal; "memory" is the same without recording."""
    progress("recording")
    plain = await _latency(MemoryJournal(SystemClock()), words, runs)
    _report("memory", plain, plain)
    with tempfile.TemporaryDirectory() as folder:
        async with _opened(Path(folder)) as journal:
            _report("sqlite", await _latency(journal, words, runs), plain)
    with postgres_running() as server, server.database() as url:
        async with _opened(url) as journal:
            _report("postgresql", await _latency(journal, words, runs), plain)


@asynccontextmanager
async def _opened(place: Path | str) -> AsyncIterator[Journal]:
    database = open_database(place)
    try:
        yield database.journal
    finally:
        await database.close()


def _report(name: str, found: Latency, plain: Latency) -> None:
    for streams, tokens in found.tokens.items():
        added_ms = (statistics.median(tokens) - statistics.median(plain.tokens[streams])) * 1000
        told = {"streams": streams, **milliseconds(tokens), "addedP50Ms": round(added_ms, 3)}
        report({"measure": f"recorded-token-{name}-{streams}", **told})
    added_ms = found.step_ms - plain.step_ms
    told_step = {"stepMs": round(found.step_ms, 3), "addedMs": round(added_ms, 3)}
    report({"measure": f"recorded-step-{name}", **told_step})


async def _latency(journal: Journal, words: int, runs: int) -> Latency:
    tokens: dict[int, list[float]] = {}
    for streams in STREAMS:
        stage = Stage(TimedModel(words), FixedBundles(bundle(agent())))
        async with _runtime(stage, journal) as runtime:
            found = await asyncio.gather(*(_watched(stage, runtime) for _ in range(streams)))
        tokens[streams] = [seconds for each in found for seconds in each]
    times = [await _stepped(journal) for _ in range(runs)]
    return Latency(tokens, statistics.median(times) * 1000 / (STEPS + 1))


@asynccontextmanager
async def _runtime(stage: Stage, journal: Journal) -> AsyncIterator[RunsRuntime]:
    parts = replace(stage.parts(), clock=SystemClock(), ids=RandomIds())
    runtime = RunsRuntime(journal, parts, stage.planner(), RunKeeping())
    await runtime.start()
    try:
        yield runtime
    finally:
        await runtime.close()


async def _watched(stage: Stage, runtime: RunsRuntime) -> Sequence[float]:
    """Return the seconds that each token of a run took."""
    found: list[float] = []
    async with aclosing(runtime.desk.subscribe(await _begun(stage, runtime), TENANT, 0)) as events:
        async for data in events:
            now = time.perf_counter()
            event = ExecuteAgentResponse.FromString(data).event
            found += (now - float(said) for said in event.text_delta.delta.split())
    return found


async def _begun(stage: Stage, runtime: RunsRuntime) -> str:
    asked = RunRequest(InlineBundle(b""), "Go", run_id=RandomIds().new("run"))
    plan = await stage.planner().plan(asked, OWN_PROCESS)
    new = new_run(plan, b"", continues=True)
    await runtime.live.start(plan, new, _nothing, lambda: AbortCause.SHUTDOWN)
    return plan.run_id


def _nothing() -> None:
    """Give nothing back."""


async def _stepped(journal: Journal) -> float:
    """Return the seconds of a run of ``STEPS`` steps with a call each."""
    script = [*[calls(("c", "add", '{"a":1,"b":2}'))] * STEPS, says("Done.")]
    main = agent(tool("add", ADD_SCHEMA), max_steps=STEPS + 1)
    stage = Stage(ScriptedModel(script), FixedBundles(bundle(main)), ScriptedRunner({"add": add}))
    stage.limits = replace(stage.limits, max_steps=STEPS + 1)
    async with _runtime(stage, journal) as runtime:
        began = time.perf_counter()
        run_id = await _begun(stage, runtime)
        async with aclosing(runtime.desk.subscribe(run_id, TENANT, 0)) as events:
            async for _ in events:
                pass
        return time.perf_counter() - began
