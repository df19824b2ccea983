"""Queries are asked again only while nothing was seen, and a broken stream is never an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from services.executor.agent.deltas import Finished, ModelDelta, TextPiece, UsageReport
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.errors import (
    ModelAuthError,
    ModelContextError,
    ModelError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelSettingError,
    ModelUnavailableError,
)
from services.executor.events import Error, Finish, FinishStep, ModelRetry, ModelWarning
from services.executor.limits import RunLimits
from tests.executor.builders import MODEL, calls, kinds, of_kind, says, stage, tool

AWAY = ModelUnavailableError("away")


@pytest.mark.parametrize("failure", [AWAY, ModelRateLimitError("slow down")])
async def test_outage_before_first_output_is_retried(failure: ModelError) -> None:
    scene = stage([failure], [failure], says("hi"))
    events = await scene.run()
    assert isinstance(events[-1].event, Finish)
    assert kinds(events).count("StartStep") == 1
    assert len(scene.model.queries) == scene.model.closed == 3


async def test_third_failure_is_final() -> None:
    scene = stage([AWAY], [AWAY], [AWAY], says("never"))
    events = await scene.run()
    assert of_kind(events, Error)[0].error is AWAY
    assert len(scene.model.queries) == 3


async def test_outage_after_first_output_is_an_error() -> None:
    scene = stage([TextPiece("Hel"), AWAY], says("never"))
    events = await scene.run()
    assert kinds(events)[-2:] == ["TextDelta", "Error"]
    assert len(scene.model.queries) == 1


async def test_permanent_errors_are_not_retried() -> None:
    scene = stage([ModelAuthError("wrong key")], says("never"))
    await scene.run()
    assert len(scene.model.queries) == 1


async def test_provider_retry_delay_is_obeyed() -> None:
    scene = stage([ModelRateLimitError("slow", retry_after_s=7.0)], says("hi"))
    await scene.run()
    assert 7.0 in scene.clock.sleeps


async def test_retry_delay_over_limit_fails_at_once() -> None:
    failure = ModelRateLimitError("slow", retry_after_s=3600.0)
    scene = stage([failure], says("never"))
    events = await scene.run()
    assert of_kind(events, Error)[0].error is failure
    assert len(scene.model.queries) == 1


@pytest.mark.parametrize("script", [[], [TextPiece("half of it")]])
async def test_stream_without_finish_reason_is_not_an_answer(script: list[TextPiece]) -> None:
    scene = stage(script, script, script)
    events = await scene.run(session_id="s")
    assert isinstance(of_kind(events, Error)[0].error, ModelUnavailableError)
    assert not of_kind(events, Finish)
    assert not scene.sessions.kept


async def test_finish_reason_alone_is_empty_answer() -> None:
    events = await stage([Finished(FinishReason.CONTENT_FILTER)]).run()
    assert of_kind(events, Finish)[0].finish_reason is FinishReason.CONTENT_FILTER


async def test_retry_event_carries_delay_and_cause() -> None:
    scene = stage([ModelRateLimitError("slow", retry_after_s=7.0)], says("hi"))
    told = of_kind(await scene.run(), ModelRetry)
    assert [(item.step, item.attempt, item.wait_s) for item in told] == [(1, 1, 7.0)]
    assert told[0].model == told[0].next_model == "openai/gpt-x"
    assert told[0].error.reason == "MODEL_RATE_LIMITED"


async def test_retry_delays_grow_and_vary() -> None:
    first, second = [], []
    for _ in range(5):
        scene = stage([AWAY], [AWAY], says("hi"))
        waits = [item.wait_s for item in of_kind(await scene.run(), ModelRetry)]
        assert waits[1] > waits[0] * 1.2
        first.append(waits[0])
        second.append(waits[1])
    assert len(set(first)) > 1
    assert min(first) >= 0.5
    assert min(second) >= 1.0


@pytest.mark.parametrize("failure", [AWAY, ModelAuthError("wrong key"), ModelRefusedError("no")])
async def test_fallbacks_are_queried_in_order(failure: ModelError) -> None:
    retries = 3 if failure is AWAY else 1
    scene = stage(*[[failure]] * retries, *[[failure]] * retries, says("hi"))
    events = await scene.run(fallback_models=("anthropic/second", "gemini/third"))
    asked = [query.model for query in scene.model.queries]
    expected = [*["openai/gpt-x"] * retries, *["anthropic/second"] * retries, "gemini/third"]
    assert asked == expected
    assert of_kind(events, FinishStep)[0].model == "gemini/third"
    changes = [item for item in of_kind(events, ModelRetry) if item.model != item.next_model]
    assert [item.next_model for item in changes] == ["anthropic/second", "gemini/third"]


async def test_refused_setting_is_left_out_of_the_whole_run() -> None:
    """Told once, without a retry; a fallback gets it, and a run that is gone on with does not."""
    refused = ModelSettingError("no top_k", setting="top_k")
    scene = stage([refused], calls(("c", "unknown", "{}")), says("hi"))
    events = await scene.run()
    assert isinstance(events[-1].event, Finish)
    (told,) = of_kind(events, ModelWarning)
    assert (told.step, told.model, told.setting) == (1, "openai/gpt-x", "top_k")
    assert not of_kind(events, ModelRetry)
    left_out = [query.left_out for query in scene.model.queries]
    assert left_out == [{}, *[{"openai/gpt-x": ("top_k",)}] * 2]


async def test_refused_setting_is_for_the_fallback_to_refuse() -> None:
    refused = ModelSettingError("no top_k", setting="top_k")
    scene = stage([refused], [refused], [refused], says("hi"))
    events = await scene.run(fallback_models=("anthropic/second",))
    told = of_kind(events, ModelWarning)
    assert [each.model for each in told] == ["openai/gpt-x", "anthropic/second"]
    assert isinstance(events[-1].event, Finish)


async def test_conversation_too_long_is_shortened_once() -> None:
    """About half of it is shown; what still is too long goes to the next model, whole."""
    too_long = ModelContextError("too long")
    earlier = [says(f"{turn} " + "x" * 2000) for turn in range(4)]
    scene = stage(*earlier, [too_long], [too_long], says("hi"))
    for turn in range(4):
        await scene.run(f"question {turn}", session_id="s")
    events = await scene.run("now", session_id="s", fallback_models=("anthropic/second",))
    assert isinstance(events[-1].event, Finish)
    first, shorter, other = (list(query.messages) for query in scene.model.queries[-3:])
    assert len(first) == len(other) == 9
    assert 1 < len(shorter) < len(first)
    assert shorter == first[-len(shorter) :]
    assert [(item.model, item.next_model) for item in of_kind(events, ModelRetry)] == [
        (MODEL, MODEL),
        (MODEL, "anthropic/second"),
    ]


async def test_single_message_that_is_too_long_is_refused() -> None:
    scene = stage([ModelContextError("too long")], says("never"))
    events = await scene.run("x" * 5000)
    assert of_kind(events, Error)[0].error.reason == "MODEL_CONTEXT_TOO_LONG"
    assert len(scene.model.queries) == 1


async def test_no_fallback_after_first_output() -> None:
    scene = stage([TextPiece("Hel"), AWAY], says("never"))
    events = await scene.run(fallback_models=("anthropic/second",))
    assert of_kind(events, Error)[0].error is AWAY
    assert len(scene.model.queries) == 1


async def test_next_step_queries_first_model_again() -> None:
    scene = stage(
        [ModelRefusedError("no")], calls(("c", "none", "{}")), says("hi"), tools=[tool("add")]
    )
    await scene.run(fallback_models=("anthropic/second",))
    asked = [query.model for query in scene.model.queries]
    assert asked == ["openai/gpt-x", "anthropic/second", "openai/gpt-x"]


@pytest.mark.parametrize(
    ("script", "limits"),
    [
        ([asyncio.Event()], RunLimits(first_token_s=0.02)),
        ([UsageReport(TokenUsage(5)), asyncio.Event()], RunLimits(first_token_s=0.02)),
        ([TextPiece("Hel"), asyncio.Event()], RunLimits(token_gap_s=0.02)),
    ],
)
async def test_silent_model_times_out(script: list[Any], limits: RunLimits) -> None:
    scene = stage(*[script] * 3)
    error = of_kind(await scene.run(limits=limits), Error)[0].error
    assert isinstance(error, ModelUnavailableError)
    assert "silent for too long (0.02 s)" in str(error)
    seen = isinstance(script[0], TextPiece)
    assert scene.model.closed == len(scene.model.queries) == (1 if seen else 3)


async def test_token_report_does_not_start_the_answer() -> None:
    """A model that thinks for longer than its pieces may take has until its first one is due."""
    scene = stage([])
    scene.model = SlowModel(0.05)
    events = await scene.run(limits=RunLimits(token_gap_s=0.01))
    assert isinstance(events[-1].event, Finish)


class SlowModel:
    """Counts the prompt at once, and answers some seconds later."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        yield UsageReport(TokenUsage(5))
        await asyncio.sleep(self._seconds)
        for piece in says("hi"):
            yield piece
