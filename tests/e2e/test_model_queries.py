"""Tools that ask models: grants, budgets, events and cancellation."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import grpc

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import asks, events_of, pair
from tests.executor.fake_provider import STALL, Refusal, answer, finish, text, usage
from tests.executor.served import finish as rest_of

ASKING = pb.BundleSource(inline=Path(__file__).with_name("asking.js").read_bytes())
SENTENCE = "not granted the capability `model`"
HANG_S = 30.0


def asked(tool: str = "ask", *topics: str) -> list[Any]:
    """The outer model's answer, which calls a tool."""
    return [*asks((tool, json.dumps({"topics": topics or ["Oslo"]}))), usage(10, 4)]


def said(words: str, tokens: int) -> list[Any]:
    """An answer of the inner model."""
    return [text(words), finish("stop"), usage(20, tokens)]


async def test_query_without_a_grant_is_refused_and_says_how_to_grant_it() -> None:
    async with pair(asked(), answer("Done.")) as (client, model):
        outcome = await client.run(bundle=ASKING)
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "CAPABILITY_DENIED"
    for words in (SENTENCE, "spec.allow_models", "--allow-models", "CAISSON_EXECUTOR_TOOL_MODELS"):
        assert words in failed["errorText"]
    assert not events_of(outcome, "tool_model_query")
    assert len(model.requests) == 2


async def test_granted_query_is_answered_told_and_counted() -> None:
    async with pair(asked(), said("Rain.", 6), answer("Done.")) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    assert outcome.code is grpc.StatusCode.OK
    assert [each["model"] for each in model.requests] == ["gpt-outer", "gpt-inner", "gpt-outer"]
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"] == ["Rain."]
    (query,) = events_of(outcome, "tool_model_query")
    assert query["toolCallId"] == output["toolCallId"]
    assert query["model"] == "openai/gpt-inner"
    assert (query["usage"]["inputTokens"], query["usage"]["outputTokens"]) == ("20", "6")
    effects = outcome.ended.effects
    assert (effects.usage.input_tokens, effects.usage.output_tokens) == (33, 12)
    assert effects.steps == 2
    used = {each.model: each.usage.output_tokens for each in effects.models}
    assert used == {"openai/gpt-outer": 6, "openai/gpt-inner": 6}


async def test_deployment_grants_all_runs_that_do_not_decline() -> None:
    script = [asked(), said("Rain.", 6), answer("Done.")]
    async with pair(*script, tool_models="always") as (client, _):
        assert events_of(await client.run(bundle=ASKING), "tool_model_query")
    async with pair(asked(), answer("Done."), tool_models="always") as (client, _):
        outcome = await client.run(bundle=ASKING, allow_models=False)
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "CAPABILITY_DENIED"


async def test_request_for_what_no_run_may_have_is_refused() -> None:
    async with pair(answer("Done."), tool_models="never") as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "CAISSON_EXECUTOR_TOOL_MODELS" in outcome.message
    assert not model.requests


async def test_parallel_queries_do_not_pass_the_run_s_tokens_by_more_than_one() -> None:
    """The first uses up what is left, and the others wait for it, to be refused."""
    script = [asked("settled", "a", "b", "c"), said("Rain.", 26), answer("Done.")]
    async with pair(*script) as (client, model):
        outcome = await client.run(
            bundle=ASKING, allow_models=True, limits=pb.RunLimits(max_output_tokens=30)
        )
    assert [each["model"] for each in model.requests] == ["gpt-outer", "gpt-inner"]
    assert model.requests[1]["max_tokens"] == 26
    (output,) = events_of(outcome, "tool_output_available")
    first, *others = output["output"]
    assert first == "Rain."
    assert all("30" in each and "output tokens" in each for each in others)
    assert outcome.ended.finish.budget.text
    errors = [each.get("errorText", "") for each in events_of(outcome, "tool_model_query")]
    assert [bool(each) for each in errors] == [False, True, True]


async def test_queries_of_a_run_are_counted() -> None:
    script = [asked("settled", "a", "b"), said("Rain.", 6), answer("Done.")]
    async with pair(*script, tool_model_queries=1) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    (output,) = events_of(outcome, "tool_output_available")
    assert "CAISSON_EXECUTOR_TOOL_MODEL_QUERIES" in output["output"][1]
    assert len(model.requests) == 3


async def test_refused_query_is_a_failure_of_the_tool_that_names_the_model() -> None:
    refusal = Refusal(400, {"error": {"message": "no such thing", "type": "invalid_request_error"}})
    async with pair(asked(), refusal, answer("Done.")) as (client, _):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    assert outcome.code is grpc.StatusCode.OK
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "THROWN"
    assert "no such thing" in failed["errorText"]
    (query,) = events_of(outcome, "tool_model_query")
    assert "no such thing" in query["errorText"]


async def test_description_of_an_object_reaches_the_model() -> None:
    script = [asked("described"), said('{"sky":"grey"}', 6), answer("Done.")]
    async with pair(*script) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"] == {"sky": "grey"}
    assert "The sky over a place." in json.dumps(model.requests[1])


async def test_what_nobody_would_hear_of_is_refused_by_name() -> None:
    async with pair(asked("unheard"), answer("Done.")) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    (output,) = events_of(outcome, "tool_output_available")
    names = ["onStepStart", "experimental_onToolCallStart", "toolCallConcurrency", "chunkMs"]
    names += ["experimental_transform", "toolOrder"]
    for name, said_of in zip(names, output["output"], strict=True):
        assert f'"{name}" of ' in said_of
        assert said_of.endswith("is not available in the sandbox")
    assert len(model.requests) == 2


async def test_setting_that_cannot_be_honoured_is_refused_by_name() -> None:
    async with pair(asked("odd"), answer("Done.")) as (client, model):
        outcome = await client.run(bundle=ASKING, allow_models=True)
    (failed,) = events_of(outcome, "tool_output_error")
    assert "maxOutputTokens" in failed["errorText"]
    assert len(model.requests) == 2


async def test_query_that_a_tool_leaves_is_ended_and_its_tokens_are_estimated() -> None:
    script = [asked("leave"), [text("Rain."), STALL], answer("Done.")]
    async with pair(*script) as (client, model):
        async with asyncio.timeout(HANG_S):
            outcome = await client.run(bundle=ASKING, allow_models=True)
            await model.gone.wait()
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"] == "Rain."
    (query,) = events_of(outcome, "tool_model_query")
    assert query["errorText"] == "The query was cancelled."
    assert query["usage"]["source"] == "USAGE_SOURCE_ESTIMATED"


async def test_cancelled_run_leaves_no_query() -> None:
    async with pair(asked(), [text("Rain."), STALL]) as (client, model):
        started = client.start(bundle=ASKING, allow_models=True)
        async with asyncio.timeout(HANG_S):
            await model.stalled.wait()
            started.cancel()
            await model.gone.wait()
            await model.all_closed()
        await rest_of_cancelled(started)


async def rest_of_cancelled(started: Any) -> None:
    """Read what is left of a run whose client has cancelled it."""
    with contextlib.suppress(asyncio.CancelledError):
        await rest_of(started)


async def test_tool_that_reaches_its_limit_ends_its_query() -> None:
    script = [asked(), [text("Rain."), STALL], answer("Done.")]
    async with pair(*script, tool_timeout_s=1.0) as (client, model):
        async with asyncio.timeout(HANG_S):
            outcome = await client.run(bundle=ASKING, allow_models=True)
            await model.gone.wait()
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "DEADLINE_EXCEEDED"
    (query,) = events_of(outcome, "tool_model_query")
    assert query["errorText"] == "The query was cancelled."
    assert outcome.code is grpc.StatusCode.OK
