"""What runs hold and are charged for, over their whole life: stopped, handed on, ended anyhow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_event_pb2, run_pb2
from services.executor.access_errors import QuotaError
from services.executor.agent.deltas import Finished, ModelDelta, UsageReport
from services.executor.agent.ports import ModelQuery
from services.executor.agent.run import AgentRun
from services.executor.agent.scripted import ScriptedRunner
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import FinishReason, TokenUsage, ToolMessage, UsageSource
from services.executor.domain import InlineBundle
from services.executor.events import Error, RunEvent
from services.executor.events import ToolUsage as ToolUsed
from services.executor.quota.memory import MemoryQuotas
from services.executor.quota.model import Amount, Charge, Metric, Subject, SubjectKind, Take, Taken
from services.executor.quota.quotas import StoredQuotas
from services.executor.quota.reading import read_quotas
from services.executor.quota.scripted import ScriptedSpending
from services.executor.quota.windows import Window
from services.executor.run_request import RunRequest
from tests.executor.builders import ADD_SCHEMA, Stage, add, calls, says, stage, tool
from tests.executor.scripted_server import serving
from tests.executor.served import Client
from tests.runs.journals import sqlite

WAIT_S = 60.0
MOST = 1000
OF_THE_DAY = Amount(Subject(SubjectKind.ORGANISATION, ""), Metric.TOKENS, Window.DAY, MOST)
RULES = """{"defaults": {"organisation": {"tokens": {"day": 1000}, "fuel": {"day": 1000000},
    "runs": {"at_once": 1}}}, "reserve": {"tokens": 100}}"""
ONE_OF_AN_AGENT = '{"defaults": {"agent": {"runs": {"at_once": 1}}}}'


def quotas_in(store: MemoryQuotas, rules: str = RULES) -> StoredQuotas:
    """Return started quotas that a store counts, which others may count in, too."""
    made = StoredQuotas(read_quotas(rules), store, time.monotonic)
    made.start()
    return made


async def left(store: MemoryQuotas) -> int:
    """Return how many tokens are left, once nothing is reserved."""
    for amount in range(MOST, -1, -10):
        if isinstance(await store.take(Take("", (Charge(OF_THE_DAY, amount),))), Taken):
            return amount
    return 0


def used(tokens: int) -> UsageReport:
    """Return what a provider tells of a query."""
    return UsageReport(TokenUsage(tokens - 10, 10, source=UsageSource.PROVIDER))


@dataclass(eq=False)
class Model:
    """Calls a tool at its first query, which takes 300 tokens; then waits until it may answer."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        if not any(isinstance(message, ToolMessage) for message in query.messages):
            for delta in calls(("c1", "add", '{"a": 1, "b": 2}'))[:-1]:
                yield delta
            yield used(300)
            yield Finished(FinishReason.TOOL_CALLS)
            return
        self.waits.set()
        await self.may_answer.wait()
        for delta in says("Done.")[:-1]:
            yield delta
        yield used(400)
        yield Finished(FinishReason.STOP)


async def test_run_that_goes_on_elsewhere_is_charged_once(tmp_path: Path) -> None:
    store, model = MemoryQuotas(), Model()
    async with sqlite(tmp_path, lambda: "") as journal:
        made = stage(model=model)
        first, second = quotas_in(store), quotas_in(store)
        async with serving(made, journal, quotas=first) as (client, runs):
            spec = run_pb2.RunSpec(bundle=run_pb2.BundleSource(inline=b"x"), message="Hi")
            created = await client.stub.CreateRun(pb.CreateRunRequest(spec=spec))
            async with asyncio.timeout(WAIT_S):
                await model.waits.wait()
            await runs.live.lose()
        model.waits.clear()
        await first.close()
        async with serving(made, journal, quotas=second) as (client, _):
            async with asyncio.timeout(WAIT_S):
                await model.waits.wait()
            refused = await client.run()
            assert refused.reason == "QUOTA_EXCEEDED"
            model.may_answer.set()
            ended = await _end_of(client, created.run.run_id)
            assert ended.state == run_event_pb2.RUN_STATE_COMPLETED
        await second.close()
    assert await left(store) == MOST - 700


async def test_run_that_goes_on_elsewhere_holds_the_place_of_its_agent(tmp_path: Path) -> None:
    model = Model()
    async with sqlite(tmp_path, lambda: "") as journal:
        made = stage(model=model)
        async with serving(made, journal) as (client, runs):
            spec = run_pb2.RunSpec(bundle=run_pb2.BundleSource(inline=b"x"), message="Hi")
            created = await client.stub.CreateRun(pb.CreateRunRequest(spec=spec))
            async with asyncio.timeout(WAIT_S):
                await model.waits.wait()
            await runs.live.lose()
        model.waits.clear()
        quotas = quotas_in(MemoryQuotas(), ONE_OF_AN_AGENT)
        async with serving(made, journal, quotas=quotas) as (client, _):
            async with asyncio.timeout(WAIT_S):
                await model.waits.wait()
            refused = await client.run()
            assert refused.reason == "QUOTA_EXCEEDED"
            model.may_answer.set()
            await _end_of(client, created.run.run_id)
        await quotas.close()


async def test_loop_asks_before_each_query_and_tells_what_it_used() -> None:
    asked, runner = calls(("c1", "add", '{"a": 1, "b": 2}')), ScriptedRunner({"add": add})
    made = stage([used(300), *asked], says("Done."), tools=[tool("add", ADD_SCHEMA)], runner=runner)
    spending = ScriptedSpending(queries=1)
    events = await _run(made, spending)
    assert [each.input_tokens + each.output_tokens for each in spending.asked] == [0, 300]
    told = [each for each in spending.seen if isinstance(each, ToolUsed)]
    assert [each.usage.fuel for each in told] == [1]
    assert spending.noted == [spending.asked[-1]]
    assert spending.ends == 0  # that is up to who began it
    end = events[-1].event
    assert isinstance(end, Error)
    assert isinstance(end.error, QuotaError)


async def _run(made: Stage, spending: ScriptedSpending) -> list[RunEvent]:
    request = RunRequest(InlineBundle(b""), "Hello")
    plan = await made.planner().plan(request, OWN_PROCESS)
    run = made.recorder.run(AgentRun(plan, made.parts(), spending=spending))
    return [event async for event in run.events()]


async def _end_of(client: Client, run_id: str) -> run_event_pb2.RunEnded:
    async with asyncio.timeout(WAIT_S):
        async for response in client.stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id)):
            if response.event.HasField("run_ended"):
                ended: run_event_pb2.RunEnded = response.event.run_ended
                return ended
    raise AssertionError(f"{run_id} has no end")
