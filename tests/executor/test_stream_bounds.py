"""What a provider may send for one answer: bytes, events, and events that bring nothing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.stream_bounds import StreamBounds, in_pieces
from services.executor.adapters.litellm.streams import decoded_pieces
from services.executor.agent.deltas import CallPiece, ModelDelta, ReasoningPiece, TextPiece
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import ModelRoute, UserMessage
from services.executor.errors import ModelRefusedError, ModelUnavailableError
from services.executor.settings import keep_litellm_quiet
from tests.executor.fake_provider import answer, call, chunk, fake_provider, text, usage

MIB = 1024 * 1024


def event(item: Any) -> str:
    return f"data: {json.dumps(item)}\n\n"


async def read(
    scripts: Sequence[Any], monkeypatch: pytest.MonkeyPatch, **bounds: int
) -> list[ModelDelta]:
    keep_litellm_quiet()
    model = LiteLLMModel(ModelTimeouts(5.0, 30.0), bounds=StreamBounds(**bounds))
    query = ModelQuery(ModelRoute("openai/gpt-x"), "", (UserMessage("hi"),), (), {})
    try:
        async with fake_provider(scripts) as provider:
            monkeypatch.setenv("OPENAI_API_KEY", "sk-test-12345678")
            monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
            async with aclosing(model.stream(query)) as deltas:
                return [delta async for delta in deltas]
    finally:
        await model.close()


NOTHING = {
    "empty texts": event(text("")),
    "empty deltas": event(chunk({})),
    "no choices": "data: {}\n\n",
    "comments": ": keep-alive\n",
    "calls without a word": event(call(0, None, None, "")),
    "counts only": event(usage(1, 1)),
    "empty lines": "\n" * 1024,
}


@pytest.mark.parametrize("nothing", NOTHING.values(), ids=NOTHING)
async def test_stream_without_content_ends(nothing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = [text("Let me see."), *[nothing * 100] * 1000]
    with pytest.raises(ModelUnavailableError, match="without any answer") as raised:
        await read(endless, monkeypatch, idle_events=500)
    assert "provider's fault" in str(raised.value)


async def test_empty_events_between_content_are_tolerated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces = [event(text("word ")) + NOTHING["empty deltas"] * 80] * 20
    deltas = await read([*pieces, *answer("end")], monkeypatch, idle_events=100)
    assert sum(isinstance(delta, TextPiece) for delta in deltas) == 21


async def test_reasoning_is_bounded_like_text(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = [event(chunk({"reasoning_content": "hm "})) * 100] * 1000
    with pytest.raises(ModelRefusedError, match="more than 2000 events") as raised:
        await read(endless, monkeypatch, answer_events=2000)
    assert "CAISSON_EXECUTOR_MODEL_ANSWER_EVENTS" in str(raised.value)


async def test_answer_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = [event({"junk": "x" * 10_000, **text("a")}) * 10] * 1000
    with pytest.raises(ModelRefusedError, match=f"more than {MIB} bytes"):
        await read(endless, monkeypatch, answer_bytes=MIB)


async def test_compressed_stream_arrives_in_bounded_pieces() -> None:
    response = httpx.Response(
        200,
        headers={"content-encoding": "gzip"},
        stream=_Body(gzip.compress(b"\n" * (8 * MIB))),
    )
    async with aclosing(decoded_pieces(response)) as pieces:
        sizes = [len(piece) async for piece in pieces]
    assert sum(sizes) == 8 * MIB
    assert max(sizes) <= 256 * 1024


class _Body(httpx.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> Any:
        yield self._data


def test_long_deltas_are_split_for_the_client() -> None:
    long = "x" * 150_000
    for delta in (
        TextPiece(long),
        ReasoningPiece(long, "signed"),
        CallPiece(0, "c1", "add", long, "signed"),
    ):
        parts: list[Any] = in_pieces(delta)
        key = "input_text" if isinstance(delta, CallPiece) else "text"
        assert "".join(getattr(part, key) for part in parts) == long
        assert len(parts) == 3
        assert [getattr(part, "signature", "") for part in parts].count("signed") in (0, 1)
    assert in_pieces(TextPiece("x")) == [TextPiece("x")]
