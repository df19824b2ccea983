"""What runs that wait for approvals cost: memory of an executor, and processor time while idle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from bench.executors import scripted_pair
from bench.memory import Memory, memory_of, tree
from bench.model_streams import processor_s
from bench.offline import MODEL
from bench.report import progress, report
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from tests.conversations.cases import calls, says
from tests.databases.postgres import postgres_running

AT_ONCE = 32
WARM = 200
SETTLE_S = 2.0
LONGEST_S = 600.0
DATABASE_URL = "CAISSON_EXECUTOR_DATABASE_URL"
SOURCE = b"""
import { Agent, tool } from "@openai/agents";
const parameters = { type: "object", properties: {}, additionalProperties: true };
const execute = () => 1;
const pay = tool({
  name: "pay", description: "Pays.", parameters, strict: false, needsApproval: true, execute,
});
export const payer = new Agent({ name: "Payer", instructions: "Pay.", tools: [pay] });
"""


@dataclass(frozen=True)
class Waiting:
    """A run and the input that it waits for."""

    run_id: str
    input_id: str


async def measure(*, runs: int, seconds: float) -> None:
    """Report memory and processor time of an executor whose ``runs`` wait, with each database.

    It is idle for ``seconds``. Then all runs are answered, and must end.
    """
    progress("waiting runs")
    await _measure("sqlite", {}, runs, seconds)
    with postgres_running() as server, server.database() as url:
        await _measure("postgresql", {DATABASE_URL: url}, runs, seconds)


async def _measure(name: str, database: Mapping[str, str], runs: int, seconds: float) -> None:
    async with _executor(database, runs) as (pid, stub), asyncio.timeout(LONGEST_S):
        # What is made once, such as caches and threads, is no cost of a waiting run.
        await _each([_ended(stub, each) for each in await _begun(stub, WARM)])
        idle = await _idle_percent(pid, seconds)
        before = memory_of(pid)
        waiting = await _begun(stub, runs)
        await asyncio.sleep(SETTLE_S)
        while_waiting = await _idle_percent(pid, seconds)
        during = memory_of(pid)
        began = time.perf_counter()
        ended = await _each([_ended(stub, each) for each in waiting])
        took = time.perf_counter() - began
    report(
        {
            "measure": f"waiting-approvals-{name}",
            "runs": runs,
            "KiBPerRun": round((during.rss_kib - before.rss_kib) / runs, 2),
            "ownKiBPerRun": round((_own_kib(during) - _own_kib(before)) / runs, 2),
            "idlePercent": round(while_waiting, 2),
            "idlePercentWithoutRuns": round(idle, 2),
            "ended": sum(ended),
            "answersPerSecond": round(runs / took, 1),
        }
    )


@asynccontextmanager
async def _executor(
    database: Mapping[str, str], runs: int
) -> AsyncIterator[tuple[int, ExecutorServiceStub]]:
    """Start an executor; yield its process and its service."""
    # All runs of a round wait before the first one goes on.
    script = [
        spoken
        for count in (WARM, runs)
        for spoken in (*[calls(("pay", {}))] * count, *[says("Done.")] * count)
    ]
    async with (
        scripted_pair(script, database) as pair,
        grpc.aio.insecure_channel(pair.executor.address) as channel,
    ):
        yield pair.executor.process.pid, ExecutorServiceStub(channel)


async def _begun(stub: ExecutorServiceStub, count: int) -> Sequence[Waiting]:
    """Begin runs, and return them once all wait."""
    return await _each([_waits(stub)] * count)


async def _each(works: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Do works, ``AT_ONCE`` at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[Any]]) -> Any:
        async with slots:
            return await work()

    return await asyncio.gather(*map(one, works))


def _waits(stub: ExecutorServiceStub) -> Callable[[], Awaitable[Waiting]]:
    async def work() -> Waiting:
        bundle = run_pb2.BundleSource(inline=SOURCE)
        spec = run_pb2.RunSpec(bundle=bundle, agent="payer", message="Go.", model=MODEL)
        run_id = (await stub.CreateRun(pb.CreateRunRequest(spec=spec))).run.run_id
        event = await _event(stub, run_id, "input_required")
        return Waiting(run_id, event.input_required.input_id)

    return work


def _ended(stub: ExecutorServiceStub, waiting: Waiting) -> Callable[[], Awaitable[bool]]:
    async def work() -> bool:
        """Approve a run, and return whether it is complete."""
        run_id, input_id = waiting.run_id, waiting.input_id
        approve = pb.Approve()
        await stub.AnswerInput(
            pb.AnswerInputRequest(run_id=run_id, input_id=input_id, approve=approve)
        )
        event = await _event(stub, run_id, "run_ended")
        return event.run_ended.state == run_event_pb2.RUN_STATE_COMPLETED

    return work


async def _event(stub: ExecutorServiceStub, run_id: str, kind: str) -> run_event_pb2.RunEvent:
    """Return the first event of a kind."""
    call = stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id))
    try:
        async for response in call:
            event: run_event_pb2.RunEvent = response.event
            if event.WhichOneof("event") == kind:
                return event
    finally:
        call.cancel()
    message = f"the run {run_id} has no event {kind}"
    raise RuntimeError(message)


def _own_kib(memory: Memory) -> int:
    """Return memory without mapped files, which other processes share or not."""
    return memory.pss_kib - memory.file_kib


async def _idle_percent(pid: int, seconds: float) -> float:
    """Return the processor time of a process and its descendants, in percent of one core."""
    began, used = time.perf_counter(), sum(map(processor_s, tree(pid)))
    await asyncio.sleep(seconds)
    used = sum(map(processor_s, tree(pid))) - used
    return used / (time.perf_counter() - began) * 100
