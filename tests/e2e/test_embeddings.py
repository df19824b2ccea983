"""Tools that ask embedding models: grants, budgets, events and cancellation."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import asks, events_of, pair
from tests.e2e.test_model_queries import rest_of_cancelled
from tests.executor.fake_provider import SILENT, Refusal, answer, usage

ASKING = pb.BundleSource(inline=Path(__file__).with_name("asking.js").read_bytes())
MODEL = "openai/text-embedding-3-small"
HANG_S = 60.0


def asked(tool: str, **given: Any) -> list[Any]:
    """The outer model's answer, which calls a tool."""
    return [*asks((tool, json.dumps(given))), usage(10, 4)]


def vectors(first: int, count: int, size: int) -> Refusal:
    """An answer of the embedding model: vectors that begin with their numbers."""
    rows = [{"embedding": [at + 0.5, *[0.25] * (size - 1)]} for at in range(first, first + count)]
    return Refusal(200, {"data": rows, "usage": {"prompt_tokens": 3 * count}})


async def test_vectors_without_a_grant_are_refused() -> None:
    async with pair(asked("measure"), answer("Done.")) as (client, model):
        outcome = await client.run(bundle=ASKING)
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "CAPABILITY_DENIED"
    assert "embedMany asks a model, and this run was not granted" in failed["errorText"]
    assert len(model.requests) == 2


async def test_many_values_are_asked_for_in_parts_told_and_counted() -> None:
    script = [
        asked("measure", many=130, atOnce=1),
        vectors(0, 100, 1536),
        vectors(100, 30, 1536),
        answer("Done."),
    ]
    async with pair(*script) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    assert outcome.code is grpc.StatusCode.OK
    first, second = model.requests[1:3]
    assert first["input"] + second["input"] == [f"text {at}" for at in range(130)]
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"]["sizes"] == [1536]
    assert output["output"]["firsts"] == [at + 0.5 for at in range(130)]
    assert output["output"]["usage"] == {"tokens": 390}
    told = events_of(outcome, "tool_model_query")
    assert [each["model"] for each in told] == [MODEL, MODEL]
    assert [each["usage"]["inputTokens"] for each in told] == ["300", "90"]
    used = {each.model: each.usage for each in outcome.ended.effects.models}
    assert used[MODEL].input_tokens == 390
    assert used[MODEL].cost_nano_usd == 390 * 20


async def test_vectors_that_the_run_s_tokens_rule_out_are_not_asked_for() -> None:
    outer = [*asked("measure", many=90)[:-1], usage(2900, 4)]
    async with pair(outer, answer("Done.")) as (client, model):
        outcome = await client.run(
            bundle=ASKING, allow_models=True, limits=pb.RunLimits(max_input_tokens=3000)
        )
    (query,) = events_of(outcome, "tool_model_query")
    assert "3000" in query["errorText"]
    assert "input tokens" in query["errorText"]
    assert [each["model"] for each in model.requests] == ["gpt-outer"]
    assert outcome.ended.finish.budget.text


async def test_vector_that_a_tool_leaves_is_not_waited_for() -> None:
    script = [asked("leaveVector"), [SILENT], vectors(0, 1, 2), answer("Done.")]
    async with pair(*script) as (client, model):
        async with asyncio.timeout(HANG_S):
            outcome = await client.run(bundle=ASKING, allow_models=True)
            await model.gone.wait()
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"] == ["left", "vector"]
    _, query = events_of(outcome, "tool_model_query")
    assert query["errorText"] == "The query was cancelled."
    assert query["usage"]["source"] == "USAGE_SOURCE_ESTIMATED"


async def test_cancelled_run_leaves_no_query_for_vectors() -> None:
    async with pair(asked("measure"), [SILENT]) as (client, model):
        started = client.start(bundle=ASKING, allow_models=True)
        async with asyncio.timeout(HANG_S):
            await model.stalled.wait()
            started.cancel()
            await model.gone.wait()
        await rest_of_cancelled(started)


async def test_what_cannot_be_honoured_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    async with pair(asked("refusals"), answer("Done.")) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    (output,) = events_of(outcome, "tool_output_available")
    value, headers, on_end, dimensions, option, provider, none = output["output"]
    assert "must be a string" in value
    assert '"headers" of embed' in headers
    assert '"onEnd" of embed' in on_end
    assert "`dimensions`" in dimensions
    assert '"taskType"' in option
    assert "anthropic/claude-x" in provider
    assert "OpenAI's form" in provider
    assert "model" in none
    assert len(model.requests) == 2
