"""What tools may ask embedding models: the run's budget, bounds, and the end of queries."""

from __future__ import annotations

import asyncio
import base64
import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.budget import budget_of
from services.executor.agent.embeddings import (
    MAX_CHARACTERS,
    MAX_DIMENSIONS,
    MAX_NUMBERS,
    MAX_VALUES,
    AttemptingEmbeddings,
    Embedded,
)
from services.executor.agent.ledger import Ledger
from services.executor.agent.model_grant import QueryRules
from services.executor.agent.progress import Progress
from services.executor.agent.scripted import (
    CountingIds,
    FixedPrices,
    HeldClock,
    ScriptedEmbeddings,
    ScriptedModel,
)
from services.executor.agent.state import RunState
from services.executor.agent.tool_asking import MAX_HELD_CHARACTERS, PART_CHARACTERS
from services.executor.agent.tool_models import CallQueries, ToolModels
from services.executor.conversation import ModelRoute, Price, TokenUsage, UsageSource
from services.executor.domain import Json, JsonObject
from services.executor.errors import (
    FetchDeniedError,
    FetchFailedError,
    LimitError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelUnavailableError,
    RequestError,
)
from services.executor.events import Event
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.model_events import ToolModelQuery
from tests.executor.builders import agent

MODEL = "openai/text-embedding-x"
HANG_S = 10.0
EMBED = (
    Path(__file__).parents[2] / "services/toolrunner/guest/prelude/src/frameworks/ai-sdk/embed.js"
)
DEAR = Price(input=0.01, output=0.0, cached_input=0.01, cache_write_input=0.01)


@dataclass
class Scene:
    """One tool call that may ask embedding models, and what came of it."""

    call: CallQueries
    model: ScriptedEmbeddings
    progress: Progress
    models: ToolModels
    clock: HeldClock
    events: list[Event] = field(default_factory=list)

    @property
    def told(self) -> list[ToolModelQuery]:
        """The queries that were told."""
        return [event for event in self.events if isinstance(event, ToolModelQuery)]

    async def whole(self, number: int, **asked: Json) -> list[Any]:
        """Ask, and return the vectors and the end of the answer."""
        piece: Any = await self.call.made(number, query(**asked))
        parts = [*piece["parts"]]
        while not piece["done"]:
            piece = await self.call.made(0, {"op": "read", "query": number})
            parts += piece["parts"]
        return [numbers(part["data"]) if part["type"] == "vector" else part for part in parts]


def numbers(text: str) -> list[float]:
    return array("d", base64.b64decode(text)).tolist()


def query(**more: Json) -> JsonObject:
    """A query as it arrives from the sandbox."""
    model: Json = {"provider": "openai", "id": "text-embedding-x"}
    return {"op": "embed", "framework": "ai-sdk", "model": model, "values": ["Oslo"], **more}


def made(*vectors: Sequence[float], tokens: int = 10) -> Embedded:
    usage = TokenUsage(tokens, source=UsageSource.PROVIDER)
    return Embedded([array("d", each) for each in vectors], usage)


def scene(*answers: Any, price: Price | None = None, most: int = 100, **limits: Any) -> Scene:
    """A tool call of a run with these limits, whose embedding model answers by a script."""
    model, clock, events = ScriptedEmbeddings(answers), HeldClock(), list[Event]()

    async def keep(_: RunState, told: Sequence[Event]) -> None:
        events.extend(told)

    async def any_schema(_: str) -> JsonObject:
        return {}

    def routes(name: str, framework: str) -> tuple[ModelRoute, ...]:
        assert name == MODEL
        return (ModelRoute(MODEL), ModelRoute("openai/fallback"))

    budget = budget_of(DeploymentLimits(), agent(), RunLimits(**limits))
    progress = Progress(RunState(()), keep, clock, lambda: 0)
    policy = RetryPolicy(1)
    models = ToolModels(
        AttemptingModel(ScriptedModel([]), clock, policy),
        FixedPrices(price),
        CountingIds(),
        clock,
        AttemptingEmbeddings(model, clock, policy),
    )
    ledger = Ledger(budget, lambda: progress.state)
    models.begin(QueryRules(routes, any_schema, budget, most), progress, ledger)
    return Scene(models.call("call-1"), model, progress, models, clock, events)


async def test_vectors_come_in_order_and_their_tokens_are_the_run_s() -> None:
    run = scene(made([0.1, -2.0], [1e-7, 3.0]), price=DEAR)
    first, second, last = await run.whole(1, values=["Oslo", "\ud800"], dimensions=2, user="ada")
    assert (first, second) == ([0.1, -2.0], [1e-7, 3.0])
    assert last == {"type": "finish", "model": MODEL, "usage": {"input": 10}}
    (asked,) = run.model.queries
    assert (asked.route, asked.values) == (ModelRoute(MODEL), ("Oslo", "\ufffd"))
    assert (asked.dimensions, asked.user) == (2, "ada")
    assert run.progress.state.usage.input_tokens == 10
    assert run.progress.state.usage.cost_usd == pytest.approx(0.1)
    (told,) = run.told
    assert (told.call_id, told.model, told.error) == ("call-1", MODEL, "")


async def test_tokens_are_estimated_where_the_provider_tells_none() -> None:
    run = scene(Embedded([array("d", [1.0])]))
    *_, last = await run.whole(1, values=["three bytes a token"])
    assert last["usage"] == {"input": 8}
    assert run.told[0].usage.source is UsageSource.ESTIMATED


async def test_long_answers_come_in_pieces_and_are_released() -> None:
    vectors = [[float(at)] * 4096 for at in range(20)]
    run = scene(made(*vectors))
    piece: Any = await run.call.made(1, query(values=["x"] * 20))
    assert not piece["done"]
    found = [*piece["parts"]]
    while not piece["done"]:
        piece = await run.call.made(0, {"op": "read", "query": 1})
        found += piece["parts"]
    assert [numbers(part["data"]) for part in found[:-1]] == vectors
    assert run.models.asking is not None
    assert run.models.asking.ledger.room.held == 0


async def test_what_the_run_holds_for_its_tools_is_bounded() -> None:
    vectors = made(*([1.0] * 8192 for _ in range(MAX_HELD_CHARACTERS // (8192 * 10))))
    run = scene(vectors)
    with pytest.raises(LimitError):
        await run.whole(1)
    assert run.told[0].usage.input_tokens == 10
    await run.call.close()
    assert run.models.asking is not None
    assert run.models.asking.ledger.room.held == 0


def test_answers_that_the_guest_asks_for_at_once_fit_into_what_a_run_holds() -> None:
    source = EMBED.read_text()
    values, at_once = (
        int(re.findall(rf"const {name} = (\d+);", source)[0])
        for name in ("MAX_VALUES", "MAX_AT_ONCE")
    )
    assert values == MAX_VALUES
    characters = math.ceil(MAX_NUMBERS * 8 / 3) * 4 + values * (PART_CHARACTERS + 4)
    assert at_once * characters <= MAX_HELD_CHARACTERS


async def test_query_that_input_tokens_rule_out_is_not_made() -> None:
    run = scene(made([1.0], tokens=90), made([1.0]), max_input_tokens=100)
    await run.whole(1)
    with pytest.raises(LimitError):
        await run.whole(2, values=["twenty more tokens, as estimated: three bytes each"])
    assert len(run.model.queries) == 1


async def test_parallel_queries_spend_what_is_left_once() -> None:
    run = scene(*(made([1.0], tokens=30) for _ in range(4)), max_input_tokens=31)
    found = await asyncio.gather(*(run.whole(at) for at in range(1, 5)), return_exceptions=True)
    assert sum(isinstance(each, LimitError) for each in found) == 3
    assert len(run.model.queries) == 1


async def test_cost_is_limited_and_a_model_without_a_price_is_not_asked() -> None:
    run = scene(made([1.0]), made([1.0]), price=DEAR, max_cost_usd=0.1)
    await run.whole(1)
    with pytest.raises(LimitError):
        await run.whole(2)
    unpriced = scene(made([1.0]), max_cost_usd=0.1)
    with pytest.raises(LimitError, match="CAISSON_EXECUTOR_MODEL_PRICES"):
        await unpriced.whole(1)
    assert not unpriced.model.queries


async def test_number_of_queries_is_limited() -> None:
    run = scene(made([1.0]), made([1.0]), most=1)
    await run.whole(1)
    with pytest.raises(LimitError, match="CAISSON_EXECUTOR_TOOL_MODEL_QUERIES"):
        await run.whole(2)


async def test_passing_failures_are_retried_and_others_are_told() -> None:
    busy = ModelRateLimitError("busy", retry_after_s=2.0)
    run = scene(busy, made([1.0]))
    assert (await run.whole(1))[0] == [1.0]
    assert run.clock.sleeps == [2.0]
    assert [each.route.model for each in run.model.queries] == [MODEL, MODEL]
    failing = scene(busy, busy, made([1.0]))
    with pytest.raises(ModelRateLimitError):
        await failing.whole(1)
    refusing = scene(ModelRefusedError("no such thing"), made([1.0]))
    with pytest.raises(ModelRefusedError):
        await refusing.whole(1)
    assert len(refusing.model.queries) == 1
    assert refusing.told[0].error == "no such thing"
    assert refusing.progress.state.usage == TokenUsage()


async def test_silent_provider_is_left_after_the_run_s_limit() -> None:
    run = scene(asyncio.Event(), asyncio.Event(), first_token_s=0.01)
    async with asyncio.timeout(HANG_S):
        with pytest.raises(ModelUnavailableError, match="first_token_timeout"):
            await run.whole(1)
    assert run.model.cancelled >= 1


async def test_closed_call_ends_its_queries_and_counts_what_they_may_have_used() -> None:
    run = scene(asyncio.Event(), price=DEAR)
    asking = asyncio.create_task(run.call.made(1, query(values=["Oslo"])))
    async with asyncio.timeout(HANG_S):
        await run.model.asked.wait()
        await run.call.close()
        with pytest.raises(FetchFailedError):
            await asking
    assert run.model.cancelled == 1
    (told,) = run.told
    assert told.error == "The query was cancelled."
    assert (told.usage.source, told.usage.input_tokens) == (UsageSource.ESTIMATED, 3)
    assert run.progress.state.usage.input_tokens == 3


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"framework": "other"}, "framework"),
        ({"model": None}, "no model"),
        ({"model": {"id": 7}}, "model"),
        ({"values": []}, "list of 1 to"),
        ({"values": ["a"] * (MAX_VALUES + 1)}, "list of 1 to"),
        ({"values": "a"}, "list of 1 to"),
        ({"values": ["a", 7]}, "no text"),
        ({"values": ["a" * (MAX_CHARACTERS + 1)]}, "characters"),
        ({"dimensions": 0}, "`dimensions`"),
        ({"dimensions": MAX_DIMENSIONS + 1}, "`dimensions`"),
        ({"dimensions": True}, "`dimensions`"),
        ({"dimensions": 1.5}, "`dimensions`"),
        ({"user": 7}, "`user`"),
        ({"user": "a" * 2000}, "`user`"),
    ],
)
async def test_query_that_cannot_be_honoured_is_refused(asked: JsonObject, told: str) -> None:
    run = scene(made([1.0]))
    with pytest.raises(RequestError) as caught:
        await run.whole(1, **asked)
    assert told in caught.value.message
    assert not run.model.queries


async def test_models_are_not_asked_at_load() -> None:
    run = scene(made([1.0]))
    with pytest.raises(FetchDeniedError, match="loads"):
        await run.models.call("").made(1, query())
