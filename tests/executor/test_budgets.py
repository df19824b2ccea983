"""Budgets are checked before they are spent, and a run that meets one says which."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.executor.agent.budget import cut_text
from services.executor.agent.deltas import Finished, TextPiece, UsageReport
from services.executor.agent.ports import OnConsole
from services.executor.agent.scripted import FixedPrices, ScriptedRunner
from services.executor.budgets import BudgetKind
from services.executor.conversation import (
    FinishReason,
    Price,
    TokenUsage,
    ToolMessage,
    UsageSource,
)
from services.executor.domain import Json, JsonObject
from services.executor.errors import InvalidCallsError, ModelUnavailableError, RequestError
from services.executor.events import (
    Error,
    Finish,
    FinishStep,
    ModelRetry,
    ToolOutcome,
    ToolOutputError,
)
from services.executor.limits import DeploymentLimits, RunLimits
from tests.executor.builders import (
    ADD_SCHEMA,
    Stage,
    add,
    agent,
    calls,
    kinds,
    of_kind,
    says,
    stage,
    tool,
)
from tests.executor.test_cancellation import assert_every_call_is_answered

ADD = tool("add", ADD_SCHEMA)
ONE = ("c", "add", '{"a":1,"b":2}')


def counted(script: list[Any], tokens_in: int, tokens_out: int) -> list[Any]:
    usage = TokenUsage(tokens_in, tokens_out, source=UsageSource.PROVIDER)
    return [*script, UsageReport(usage)]


def adding(*scripts: Any, **parts: Any) -> Stage:
    runner = ScriptedRunner({"add": add})
    return stage(*scripts, **{"tools": [ADD], "runner": runner, **parts})


async def test_calls_over_budget_are_not_started() -> None:
    scene = adding(calls(ONE), calls(ONE, ONE), says("never"))
    events = await scene.run(limits=RunLimits(max_tool_calls=2), session_id="s")
    finish = of_kind(events, Finish)[0]
    assert finish.finish_reason is FinishReason.BUDGET
    assert finish.budget is not None
    assert (finish.budget.kind, finish.budget.limit, finish.budget.used) == (
        BudgetKind.TOOL_CALLS,
        2,
        1,
    )
    outcomes = [item.outcome for item in finish.effects.tool_calls]
    assert outcomes == [ToolOutcome.RETURNED, ToolOutcome.NOT_STARTED, ToolOutcome.NOT_STARTED]
    assert len(scene.runner.calls) == 1
    assert len(of_kind(events, ToolOutputError)) == 2
    assert finish.effects.session_saved
    assert_every_call_is_answered(next(iter(scene.sessions.kept.values())))


async def test_zero_tool_calls_may_be_allowed() -> None:
    scene = adding(calls(ONE), says("never"))
    events = await scene.run(limits=RunLimits(max_tool_calls=0))
    assert of_kind(events, Finish)[0].finish_reason is FinishReason.BUDGET
    assert not scene.runner.calls


async def test_answer_is_limited_by_remaining_tokens() -> None:
    scene = adding(counted(calls(ONE), 10, 60), counted(says("done"), 10, 40))
    await scene.run(limits=RunLimits(max_output_tokens=100))
    allowed = [query.settings["maxOutputTokens"] for query in scene.model.queries]
    assert allowed == [100, 40]


async def test_lower_answer_limit_of_bundle_holds() -> None:
    spec = agent(settings={"maxOutputTokens": 30})
    scene = stage(says("hi"))
    scene.bundles.bundle.manifest.agents["main"] = spec  # type: ignore[index]  # a dict in tests
    await scene.run(limits=RunLimits(max_output_tokens=100))
    assert scene.model.queries[0].settings["maxOutputTokens"] == 30


async def test_no_query_is_sent_without_tokens_left() -> None:
    scene = adding(counted(calls(ONE), 10, 100), says("never"))
    events = await scene.run(limits=RunLimits(max_output_tokens=100))
    finish = of_kind(events, Finish)[0]
    assert finish.budget is not None
    assert finish.budget.kind is BudgetKind.OUTPUT_TOKENS
    assert len(scene.model.queries) == 1
    assert "raise `spec.limits.max_output_tokens`" in finish.budget.text


async def test_prompt_over_budget_is_not_sent() -> None:
    scene = stage(says("never"))
    events = await scene.run("x" * 9000, limits=RunLimits(max_input_tokens=1000))
    finish = of_kind(events, Finish)[0]
    assert finish.budget is not None
    assert finish.budget.kind is BudgetKind.INPUT_TOKENS
    assert not scene.model.queries
    assert finish.steps == 0


PRICE = Price(input=1e-5, output=1e-4, cached_input=1e-6, cache_write_input=2e-5)


async def test_run_cost_is_reported_and_limited() -> None:
    usage = TokenUsage(1000, 100, 400, 0, UsageSource.PROVIDER, cache_write_input_tokens=100)
    script = [*calls(ONE), UsageReport(usage)]
    scene = adding(script, says("never"), prices=FixedPrices(PRICE))
    events = await scene.run(limits=RunLimits(max_cost_usd=0.0175))
    cost = 500 * 1e-5 + 400 * 1e-6 + 100 * 2e-5 + 100 * 1e-4
    assert of_kind(events, FinishStep)[0].usage.cost_usd == pytest.approx(cost)
    finish = of_kind(events, Finish)[0]
    assert finish.budget is not None
    assert finish.budget.kind is BudgetKind.COST
    assert finish.budget.used == pytest.approx(cost)
    assert len(scene.model.queries) == 1


async def test_answer_is_limited_by_remaining_cost() -> None:
    scene = stage(says("hi"), prices=FixedPrices(PRICE))
    await scene.run(limits=RunLimits(max_cost_usd=0.01))
    allowed = scene.model.queries[0].settings["maxOutputTokens"]
    assert 0 < allowed < 100


async def test_unknown_cost_cannot_be_limited() -> None:
    with pytest.raises(RequestError, match=r"price of \"openai/gpt-x\" is unknown") as caught:
        await stage(says("never")).run(limits=RunLimits(max_cost_usd=1.0))
    assert caught.value.violations[0].field == "spec.limits.max_cost_nano_usd"


async def test_no_cost_is_reported_without_a_price() -> None:
    events = await stage(counted(says("hi"), 10, 5)).run()
    assert of_kind(events, Finish)[0].usage.cost_usd is None


def broken(tokens_in: int, tokens_out: int) -> list[Any]:
    """An attempt that counted tokens, and broke before anything was seen of its answer."""
    return [*counted([], tokens_in, tokens_out), ModelUnavailableError("overloaded")]


async def test_usage_of_failed_attempt_is_reported() -> None:
    scene = stage(broken(100, 3), counted(says("hi"), 110, 7), prices=FixedPrices(PRICE))
    events = await scene.run(fallback_models=("mistral/second",))
    finish = of_kind(events, Finish)[0]
    assert (finish.usage.input_tokens, finish.usage.output_tokens) == (210, 10)
    assert finish.usage.cost_usd == pytest.approx(210 * 1e-5 + 10 * 1e-4)
    assert of_kind(events, FinishStep)[0].usage == finish.effects.usage == finish.usage


async def test_what_each_model_has_used_is_told_in_the_order_in_which_they_were_asked() -> None:
    adds = counted(calls(("c", "add", '{"a":1,"b":2}')), 60, 2)
    second = counted(says("hi"), 110, 7)
    failing = [broken(100, 3)] * 3
    scene = stage(
        adds,
        *failing,
        second,
        tools=[tool("add", ADD_SCHEMA)],
        runner=ScriptedRunner({"add": add}),
        prices=FixedPrices(PRICE),
    )
    effects = of_kind(await scene.run(fallback_models=("mistral/second",)), Finish)[0].effects
    (first, of_first), (other, of_other) = effects.models
    assert (first, of_first.input_tokens, of_first.output_tokens) == ("openai/gpt-x", 360, 11)
    assert (other, of_other.input_tokens, of_other.output_tokens) == ("mistral/second", 110, 7)
    assert effects.usage.input_tokens == 470
    assert of_first.cost_usd is not None
    assert of_other.cost_usd is not None
    assert effects.usage.cost_usd == pytest.approx(of_first.cost_usd + of_other.cost_usd)


async def test_what_a_broken_attempt_has_used_is_not_there_for_the_next() -> None:
    scene = stage(broken(100, 30), says("hi"))
    await scene.run(limits=RunLimits(max_output_tokens=100))
    allowed = [query.settings["maxOutputTokens"] for query in scene.model.queries]
    assert allowed == [100, 70]


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        (RunLimits(max_input_tokens=100), BudgetKind.INPUT_TOKENS),
        (RunLimits(max_output_tokens=30), BudgetKind.OUTPUT_TOKENS),
        (RunLimits(max_cost_usd=0.004), BudgetKind.COST),
    ],
)
async def test_no_retry_without_budget_for_it(limits: RunLimits, kind: BudgetKind) -> None:
    scene = stage(broken(100, 30), says("never"), prices=FixedPrices(PRICE))
    events = await scene.run(limits=limits)
    finish = of_kind(events, Finish)[0]
    assert finish.budget is not None
    assert finish.budget.kind is kind
    assert (finish.usage.input_tokens, finish.usage.output_tokens) == (100, 30)
    assert finish.steps == 0
    assert not of_kind(events, ModelRetry)
    assert len(scene.model.queries) == scene.model.closed == 1


async def test_tools_are_stopped_when_their_time_is_up() -> None:
    async def hang(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        await asyncio.Event().wait()
        return None

    runner = ScriptedRunner({"hang": hang, "add": add})
    scene = stage(
        calls(("c1", "add", '{"a":1,"b":2}'), ("c2", "hang", "{}")),
        says("never"),
        tools=[ADD, tool("hang")],
        runner=runner,
        clock=LoopClock(),
    )
    events = await scene.run(limits=RunLimits(tool_time_s=0.05), session_id="s")
    finish = of_kind(events, Finish)[0]
    assert finish.budget is not None
    assert finish.budget.kind is BudgetKind.TOOL_TIME
    outcomes = [item.outcome for item in finish.effects.tool_calls]
    assert outcomes == [ToolOutcome.RETURNED, ToolOutcome.UNFINISHED]
    assert runner.cancelled == 1
    told = [
        item.text
        for item in next(iter(scene.sessions.kept.values()))
        if isinstance(item, ToolMessage)
    ]
    assert told[0] == '{"sum": 3}'
    assert "may have taken effect" in told[1]


class LoopClock:
    """The time of the event loop."""

    def now_ns(self) -> int:
        return int(self.monotonic() * 1e9)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_lowest_limit_of_deployment_and_request_holds() -> None:
    scene = adding(calls(ONE, ONE), says("never"), limits=DeploymentLimits(max_tool_calls=1))
    finish = of_kind(await scene.run(limits=RunLimits(max_tool_calls=9)), Finish)[0]
    assert finish.budget is not None
    assert finish.budget.limit == 1


async def test_long_result_is_truncated_to_request_limit() -> None:
    async def much(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        return "x" * 5000

    runner = ScriptedRunner({"much": much})
    scene = stage(calls(("c", "much", "{}")), says("ok"), tools=[tool("much")], runner=runner)
    await scene.run(limits=RunLimits(tool_text_bytes=1000))
    told = scene.model.queries[1].messages[-1]
    assert told.text.startswith("x" * 1000 + "\n[cut here: the whole result is 5000 bytes")


@pytest.mark.parametrize("text", ["x" * 100, "é" * 50])
def test_a_result_is_cut_from_its_first_byte_too_many(text: str) -> None:
    assert cut_text(text, 100) == (text, 0)
    note = "\n[cut here: the whole result is 101 bytes, 100 are shown]"
    assert cut_text(text + "y", 100) == (text + note, 101)
    assert cut_text(text, 99)[0].partition("\n")[0] == text[:-1]


async def test_repeated_invalid_calls_end_run() -> None:
    wrong = calls(("c", "nonsense", "{}"))
    scene = adding(*[wrong] * 9)
    error = of_kind(await scene.run(), Error)[0]
    assert isinstance(error.error, InvalidCallsError)
    assert len(scene.model.queries) == 3
    assert error.effects.steps == 3


async def test_valid_call_between_invalid_ones_keeps_run_going() -> None:
    wrong = calls(("c", "nonsense", "{}"))
    events = await adding(wrong, wrong, calls(ONE), wrong, wrong, says("ok")).run()
    assert isinstance(events[-1].event, Finish)


async def test_failed_run_reports_and_keeps_earlier_steps() -> None:
    scene = adding(calls(ONE), [TextPiece("half"), ConnectionError("x")])
    events = await scene.run(session_id="s")
    error = of_kind(events, Error)[0]
    assert error.effects.steps == 1
    assert error.effects.session_saved
    assert [item.outcome for item in error.effects.tool_calls] == [ToolOutcome.RETURNED]
    kept = next(iter(scene.sessions.kept.values()))
    assert_every_call_is_answered(kept)
    assert not any(message.text == "half" for message in kept)
    assert kinds(events)[-1] == "Error"


async def test_empty_answer_ends_run() -> None:
    events = await stage([Finished(FinishReason.STOP)]).run()
    assert of_kind(events, Finish)[0].steps == 1
