"""Queries are asked again only while nothing was seen, and a broken stream is never an answer."""

from __future__ import annotations

import pytest

from services.executor.agent.deltas import Finished, TextPiece
from services.executor.conversation import FinishReason
from services.executor.errors import (
    ModelAuthError,
    ModelError,
    ModelRateLimitError,
    ModelUnavailableError,
)
from services.executor.events import Error, Finish
from tests.executor.builders import kinds, of_kind, says, stage

AWAY = ModelUnavailableError("away")


@pytest.mark.parametrize("failure", [AWAY, ModelRateLimitError("slow down")])
async def test_an_outage_before_the_first_output_is_not_seen(failure: ModelError) -> None:
    scene = stage([failure], [failure], says("hi"))
    events = await scene.run()
    assert isinstance(events[-1].event, Finish)
    assert kinds(events).count("StartStep") == 1
    assert len(scene.model.queries) == scene.model.closed == 3


async def test_the_third_failure_is_final() -> None:
    scene = stage([AWAY], [AWAY], [AWAY], says("never"))
    events = await scene.run()
    assert of_kind(events, Error)[0].error is AWAY
    assert len(scene.model.queries) == 3


async def test_an_outage_after_the_first_output_is_an_error() -> None:
    scene = stage([TextPiece("Hel"), AWAY], says("never"))
    events = await scene.run()
    assert kinds(events)[-2:] == ["TextDelta", "Error"]
    assert len(scene.model.queries) == 1


async def test_what_cannot_get_better_is_not_asked_again() -> None:
    scene = stage([ModelAuthError("wrong key")], says("never"))
    await scene.run()
    assert len(scene.model.queries) == 1


async def test_the_providers_wait_is_obeyed() -> None:
    scene = stage([ModelRateLimitError("slow", retry_after_s=7.0)], says("hi"))
    await scene.run()
    assert 7.0 in scene.clock.sleeps


async def test_a_wait_beyond_the_bound_fails_at_once() -> None:
    failure = ModelRateLimitError("slow", retry_after_s=3600.0)
    scene = stage([failure], says("never"))
    events = await scene.run()
    assert of_kind(events, Error)[0].error is failure
    assert len(scene.model.queries) == 1


@pytest.mark.parametrize("script", [[], [TextPiece("half of it")]])
async def test_a_stream_without_a_finish_reason_is_no_answer(script: list[TextPiece]) -> None:
    scene = stage(script, script, script)
    events = await scene.run(session_id="s")
    assert isinstance(of_kind(events, Error)[0].error, ModelUnavailableError)
    assert not of_kind(events, Finish)
    assert not scene.sessions.kept


async def test_a_finish_reason_alone_is_an_empty_answer() -> None:
    events = await stage([Finished(FinishReason.CONTENT_FILTER)]).run()
    assert of_kind(events, Finish)[0].finish_reason is FinishReason.CONTENT_FILTER
