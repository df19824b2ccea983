"""What tools may ask models: the run's budget, its bounds, and the end of queries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.budget import budget_of
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.agent.ledger import Ledger
from services.executor.agent.model_grant import ModelsForTools, QueryRules
from services.executor.agent.ports import CallRecorder, OnConsole, ToolSession
from services.executor.agent.progress import Progress
from services.executor.agent.scripted import (
    CountingIds,
    FixedBundles,
    FixedPrices,
    HeldClock,
    ScriptedModel,
    ScriptedRunner,
)
from services.executor.agent.state import RunState
from services.executor.agent.tool_models import CallQueries, ToolModels
from services.executor.agent_parts import AgentLink
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    ModelRoute,
    Price,
    TokenUsage,
    UsageSource,
)
from services.executor.domain import Json, JsonObject, Program
from services.executor.egress.broker import RunBroker
from services.executor.errors import (
    FetchDeniedError,
    FetchFailedError,
    LimitError,
    ModelRefusedError,
    RequestError,
)
from services.executor.events import Event
from services.executor.limits import DeploymentLimits, RunLimits, ToolCallLimits
from services.executor.model_events import ToolModelQuery
from tests.executor.builders import agent, bundle, calls, stage, tool

MODEL = "openai/gpt-x"
HANG_S = 10.0


@dataclass
class Scene:
    """One tool call that may ask models, and what came of it."""

    models: ToolModels
    call: CallQueries
    model: ScriptedModel
    progress: Progress
    events: list[Event] = field(default_factory=list)

    @property
    def told(self) -> list[ToolModelQuery]:
        """The queries that were told."""
        return [event for event in self.events if isinstance(event, ToolModelQuery)]

    async def whole(self, number: int, **asked: Json) -> list[Any]:
        """Ask, and return the parts of the whole answer."""
        piece: Any = await self.call.made(number, query(**asked))
        parts = [*piece["parts"]]
        while not piece["done"]:
            piece = await self.call.made(0, {"op": "read", "query": number})
            parts += piece["parts"]
        return parts


def query(**more: Json) -> JsonObject:
    """A query as it arrives from the sandbox."""
    messages: Json = [{"role": "user", "content": "Hello"}]
    own: JsonObject = {"op": "query", "framework": "ai-sdk", "model": {"id": "x"}}
    return {**own, "messages": messages, **more}


def said(words: str, tokens: int = 5) -> list[Any]:
    usage = TokenUsage(10, tokens, source=UsageSource.PROVIDER)
    return [TextPiece(words), Finished(FinishReason.STOP), UsageReport(usage)]


async def any_schema(_: str) -> JsonObject:
    return {"type": "object"}


def scene(
    *scripts: Sequence[Any], price: Price | None = None, most: int = 100, **limits: Any
) -> Scene:
    """A tool call of a run with these limits, whose models answer by scripts."""
    model, clock, events = ScriptedModel(scripts), HeldClock(), list[Event]()

    async def keep(_: RunState, told: Sequence[Event]) -> None:
        events.extend(told)

    def routes(name: str, framework: str) -> tuple[ModelRoute, ...]:
        return (ModelRoute(MODEL),)

    budget = budget_of(DeploymentLimits(), agent(), RunLimits(**limits))
    progress = Progress(RunState(()), keep, clock, lambda: 0)
    asking = AttemptingModel(model, clock, RetryPolicy(0))
    models = ToolModels(asking, FixedPrices(price), CountingIds(), clock)
    ledger = Ledger(budget, lambda: progress.state)
    models.begin(QueryRules(routes, any_schema, budget, most), progress, ledger)
    return Scene(models, models.call("call-1"), model, progress, events)


async def test_answer_arrives_in_parts_and_its_usage_is_the_run_s() -> None:
    made = scene(said("Rain."))
    *parts, last = await made.whole(1)
    assert "".join(each["text"] for each in parts) == "Rain."
    assert (last["type"], last["reason"]) == ("finish", "stop")
    assert made.progress.state.usage.output_tokens == 5
    assert [name for name, _ in made.progress.state.models] == [MODEL]
    (told,) = made.told
    assert (told.call_id, told.model, told.error) == ("call-1", MODEL, "")


async def test_later_query_refers_to_an_answer_with_all_that_its_provider_wants_back() -> None:
    thinking = [ReasoningPiece("Hm.", signature="proof"), CallPiece(0, "c1", "add", "{}")]
    made = scene([*thinking, Finished(FinishReason.TOOL_CALLS)], said("Done."))
    tools: Json = [{"name": "add", "description": "", "schema": {}}]
    *_, last = await made.whole(1, tools=tools)
    result = {"type": "tool-result", "toolCallId": "c1", "toolName": "add"}
    output: Json = {"type": "json", "value": 3}
    messages: Json = [
        {"role": "user", "content": "Hello"},
        {"ref": last["ref"]},
        {"role": "tool", "content": [{**result, "output": output}]},
    ]
    await made.whole(2, tools=tools, messages=messages)
    answer = made.model.queries[1].messages[1]
    assert isinstance(answer, AssistantMessage)
    assert [block.signature for block in answer.reasoning] == ["proof"]
    assert [call.id for call in answer.calls] == ["c1"]


async def test_parallel_queries_spend_what_is_left_once() -> None:
    made = scene(said("Rain.", 30), said("Sun.", 30), max_output_tokens=30)
    found = await asyncio.gather(*(made.whole(at) for at in range(1, 5)), return_exceptions=True)
    refused = [each for each in found if isinstance(each, LimitError)]
    assert len(refused) == 3
    assert len(made.model.queries) == 1
    assert made.model.queries[0].settings["maxOutputTokens"] == 30


async def test_cost_is_limited_and_a_model_without_a_price_is_not_asked() -> None:
    dear = Price(input=0.0, output=0.01, cached_input=0.0, cache_write_input=0.0)
    made = scene(said("Rain.", 10), price=dear, max_cost_usd=0.1)
    await made.whole(1)
    with pytest.raises(LimitError):
        await made.whole(2)
    assert made.progress.state.usage.cost_usd == pytest.approx(0.1)
    unpriced = scene(said("Rain."), max_cost_usd=0.1)
    with pytest.raises(LimitError, match="CAISSON_EXECUTOR_MODEL_PRICES"):
        await unpriced.whole(1)
    assert not unpriced.model.queries


async def test_closed_call_ends_its_queries_and_counts_what_they_may_have_used() -> None:
    made = scene([TextPiece("Rain."), asyncio.Event()])
    piece: Any = await made.call.made(1, query())
    assert not piece["done"]
    reading = asyncio.create_task(made.call.made(2, {"op": "read", "query": 1}))
    await asyncio.sleep(0)
    async with asyncio.timeout(HANG_S):
        await made.call.close()
        with pytest.raises(FetchFailedError):
            await reading
    assert made.model.closed == 1
    (told,) = made.told
    assert told.error
    assert told.usage.source is UsageSource.ESTIMATED
    assert told.usage.output_tokens == 2


async def test_failed_query_is_told_and_costs_nothing() -> None:
    made = scene([ModelRefusedError("no such thing")])
    with pytest.raises(ModelRefusedError):
        await made.whole(1)
    assert made.told[0].error == "no such thing"
    assert made.progress.state.usage == TokenUsage()


async def test_number_of_queries_is_limited() -> None:
    made = scene(said("Rain."), said("Sun."), most=1)
    await made.whole(1)
    with pytest.raises(LimitError, match="CAISSON_EXECUTOR_TOOL_MODEL_QUERIES"):
        await made.whole(2)


async def test_number_of_an_open_query_is_not_taken_again() -> None:
    made = scene([TextPiece("Rain."), asyncio.Event()])
    await made.call.made(1, query())
    with pytest.raises(FetchDeniedError):
        await made.call.made(1, query())
    await made.call.close()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"framework": "other"}, "framework"),
        ({"messages": []}, "no message"),
        ({"messages": [{"role": "system", "content": "x"}]}, "`system`"),
        ({"messages": [{"ref": 3}]}, "refers"),
        ({"settings": {"temperature": "hot"}}, "`temperature`"),
        ({"settings": {"tools": 1}}, "`tools`"),
        ({"tools": [{"name": ""}]}, "name"),
        ({"tools": [{"name": "a", "schema": {}}, {"name": "a", "schema": {}}]}, "same name"),
        ({"toolChoice": {"toolName": "b"}}, "`b`"),
        ({"instructions": 7}, "instructions"),
        ({"model": {"id": 7}}, "model"),
    ],
)
async def test_query_that_cannot_be_honoured_is_refused(asked: JsonObject, told: str) -> None:
    made = scene(said("Rain."))
    with pytest.raises(RequestError) as caught:
        await made.whole(1, **asked)
    assert told in caught.value.message
    assert not made.model.queries


async def test_models_are_not_asked_at_load() -> None:
    made = scene(said("Rain."))
    with pytest.raises(FetchDeniedError, match="loads"):
        await made.models.call("").made(1, query())


def test_grant_is_the_deployment_s_and_the_request_s() -> None:
    always, request, never = (
        ModelsForTools.ALWAYS,
        ModelsForTools.REQUEST,
        ModelsForTools.NEVER,
    )
    assert [each.granted(None) for each in (always, request, never)] == [True, False, False]
    assert [each.granted(False) for each in (always, request, never)] == [False] * 3
    assert always.granted(True)
    assert request.granted(True)
    with pytest.raises(RequestError):
        never.granted(True)


async def test_queries_of_nested_runs_count_in_the_limit_of_the_run() -> None:
    """Else each call of an agent would begin with a new limit."""
    made = scene(said("Rain."), said("Sun."), most=1)
    await made.whole(1)
    asking = made.models.asking
    assert asking is not None
    nested = ToolModels(asking.model, FixedPrices(), CountingIds(), HeldClock())
    nested.begin(asking.rules, made.progress, asking.ledger)
    with pytest.raises(LimitError, match="CAISSON_EXECUTOR_TOOL_MODEL_QUERIES"):
        await nested.call("call-2").made(1, query())


class AskingRunner(ScriptedRunner):
    """Its tool ``row`` asks a model that it does not name."""

    def open(
        self,
        run_id: str,
        program: Program,
        limits: ToolCallLimits,
        broker: RunBroker,
        tenant: str,
        fresh: bool = False,
        recorder: CallRecorder | None = None,
    ) -> AbstractAsyncContextManager[ToolSession]:
        """See ``ToolRunner.open``."""

        async def row(given: JsonObject, context: JsonObject, on_console: OnConsole) -> Json:
            assert broker.models is not None
            call = broker.models.call("c1")
            try:
                return await call.made(1, query(model=None))
            finally:
                await call.close()

        self.tools = {"row": row}
        return super().open(run_id, program, limits, broker, tenant, fresh)


async def test_after_a_handoff_a_query_without_a_model_goes_to_that_of_the_new_agent() -> None:
    link = AgentLink("other", "other", "transfer_to_other", "Hands over.")
    agents = bundle(
        replace(agent(tool("row")), handoffs=(link,)),
        agent(tool("row"), key="other", model="openai/gpt-y"),
    )
    scripts = calls(("h", link.tool, "{}")), calls(("c1", "row", "{}")), said("Rain."), said("Bye")
    on = stage(*scripts, bundles=FixedBundles(agents), runner=AskingRunner())
    await on.run(agent="main", allow_models=True)
    assert [each.model for each in on.model.queries] == [MODEL, *["openai/gpt-y"] * 3]
