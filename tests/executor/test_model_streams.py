"""The model adapter in the forms of three providers: what is said, cut, closed and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.agent.assembler import Answer, StepAssembler
from services.executor.agent.deltas import ModelDelta, TextPiece
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    ModelRoute,
    ReasoningBlock,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.errors import ModelError, ModelUnavailableError
from tests.executor.builders import ADD_SCHEMA, tool
from tests.executor.fake_provider import BREAK, END, STALL, FakeProvider, Refusal, fake_provider
from tests.executor.provider_forms import ANTHROPIC, FORMS, GEMINI, Call, Form, Spoken
from tests.executor.responses_form import responses_answer, responses_chunks

WORDS = ("Let ", "me ", "add ", "thr\u00e9e.")
SPOKEN = Spoken(
    words=WORDS,
    calls=(
        Call("c1", "add", ('{"a"', ": 1, ", '"b": 2}')),
        Call("c2", "add", ('{"a": 3,', ' "b": 4}')),
    ),
)


@pytest.fixture(params=FORMS, ids=lambda form: form.name)
def form(request: pytest.FixtureRequest) -> Form:
    return request.param  # type: ignore[no-any-return]  # fixtures have no types


def reach(form: Form, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> ModelQuery:
    for name, value in form.environment(provider.url).items():
        monkeypatch.setenv(name, value)
    tools = (tool("add", ADD_SCHEMA),)
    return ModelQuery(ModelRoute(form.model), "Be brief.", (UserMessage("hi"),), tools, {})


async def assembled(model: LiteLLMModel, query: ModelQuery) -> Answer:
    step = StepAssembler(1, lambda given: given)
    async with aclosing(model.stream(query)) as deltas:
        async for delta in deltas:
            step.feed(delta)
    step.close()
    return step.answer()


async def test_answer_is_read_whole(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_provider(form.chunks(SPOKEN)) as provider:
        answer = await assembled(model, reach(form, provider, monkeypatch))
    assert answer.message.text == "".join(WORDS)
    assert answer.finish_reason is FinishReason.TOOL_CALLS
    assert [call.tool for call in answer.message.calls] == ["add", "add"]
    written = [call.input_text.replace(" ", "") for call in answer.message.calls]
    assert written == ['{"a":1,"b":2}', '{"a":3,"b":4}']
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (11, 7)
    assert answer.usage.source is UsageSource.PROVIDER


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("openai/responses/gpt-4o-mini", True),
        ("openai/gpt-5-codex", True),
        ("openai/gpt-5-pro", False),
        ("openai/responses/of-tomorrow", False),
    ],
)
async def test_answer_in_the_responses_form_is_read_whole(
    name: str, streams: bool, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of models that LiteLLM does not stream from, whose inputs it gives twice."""
    script: Any = responses_chunks(SPOKEN) if streams else Refusal(200, responses_answer(SPOKEN))
    async with fake_provider(script) as provider:
        query = replace(reach(FORMS[0], provider, monkeypatch), route=ModelRoute(name))
        answer = await assembled(model, query)
    assert provider.requests[0].get("stream") is (True if streams else None)
    assert provider.heads[0].split(" ", 2)[1] == "/v1/responses"
    assert answer.message.text == "".join(WORDS)
    written = [call.input_text.replace(" ", "") for call in answer.message.calls]
    assert written == ['{"a":1,"b":2}', '{"a":3,"b":4}']
    assert answer.finish_reason is FinishReason.TOOL_CALLS
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (11, 7)


@pytest.mark.parametrize(
    "said",
    [
        {"type": "error", "code": "server_error", "message": "out of tensors", "param": None},
        {"type": "error", "error": {"type": "server_error", "message": "out of tensors"}},
        {"type": "response.failed", "response": {"error": {"message": "out of tensors"}}},
    ],
)
async def test_error_in_the_responses_form_keeps_its_words(
    said: dict[str, Any], model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_provider([*responses_chunks(SPOKEN)[:3], said]) as provider:
        query = reach(FORMS[0], provider, monkeypatch)
        query = replace(query, route=ModelRoute("openai/responses/gpt-4o-mini"))
        _, error = await until_the_cut(model, query)
    assert isinstance(error, ModelUnavailableError)
    assert "out of tensors" in str(error)


async def test_event_of_the_responses_form_that_is_no_json_is_an_error(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM skips it, and what it may have said."""
    chunks = responses_chunks(SPOKEN)
    async with fake_provider([*chunks[:3], "data: {\n\n", *chunks[3:]]) as provider:
        query = reach(FORMS[0], provider, monkeypatch)
        query = replace(query, route=ModelRoute("openai/responses/gpt-4o-mini"))
        _, error = await until_the_cut(model, query)
    assert isinstance(error, ModelUnavailableError)


async def test_truncated_stream_is_never_an_answer(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at each chunk, by a broken connection and by an orderly end of the body."""
    chunks = form.chunks(SPOKEN)
    scripts = [[*chunks[:at], cut] for at in range(len(chunks)) for cut in (BREAK, END)]
    async with fake_provider(*scripts) as provider:
        query = reach(form, provider, monkeypatch)
        outcomes = [await until_the_cut(model, query) for _ in scripts]
    assert len(provider.requests) == len(scripts)
    for text, error in outcomes:
        assert "".join(WORDS).startswith(text)
        assert error is None or isinstance(error, ModelUnavailableError)
    texts = [text for text, _ in outcomes]
    assert texts == sorted(texts, key=len)
    whole = [error is None for _, error in outcomes]
    assert whole == sorted(whole)
    assert sum(whole) <= 4  # only what follows the finish reason may be missing


async def until_the_cut(model: LiteLLMModel, query: ModelQuery) -> tuple[str, ModelError | None]:
    step = StepAssembler(1, lambda given: given)
    try:
        async with aclosing(model.stream(query)) as deltas:
            async for delta in deltas:
                step.feed(delta)
        step.answer()
    except ModelError as error:
        return step.text, error
    return step.text, None


@pytest.mark.parametrize("chunk", ["data: {not json\n\n", "data: [1]\n\n", 'data: "x"\n\n'])
async def test_malformed_chunk_is_an_error(
    chunk: str, form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = form.chunks(Spoken(words=WORDS))
    async with fake_provider([*chunks[:3], chunk, *chunks[3:]]) as provider:
        text, error = await until_the_cut(model, reach(form, provider, monkeypatch))
    assert isinstance(error, ModelUnavailableError)
    assert "".join(WORDS).startswith(text)


ERRORS: dict[str, Any] = {
    "openai": {"error": {"message": "overloaded", "code": 503}},
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "overloaded"}},
    "gemini": {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}},
}


async def test_error_in_stream_is_reported(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = form.chunks(Spoken(words=WORDS))
    async with fake_provider([*chunks[:3], ERRORS[form.name]]) as provider:
        _, error = await until_the_cut(model, reach(form, provider, monkeypatch))
    assert isinstance(error, ModelUnavailableError)
    assert "overloaded" in str(error)


@pytest.mark.parametrize("at", [0, 1, 3])
async def test_cancelled_query_closes_its_connection(
    at: int, form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while it waits: for the first chunk, and for one in the middle."""
    chunks = form.chunks(Spoken(words=WORDS))
    async with fake_provider([*chunks[:at], STALL]) as provider:
        query = reach(form, provider, monkeypatch)
        seen: list[ModelDelta] = []
        reading = asyncio.create_task(read_into(seen, model, query))
        await provider.stalled.wait()
        reading.cancel()
        await asyncio.wait([reading])
        await asyncio.wait_for(provider.gone.wait(), 60)


async def test_closing_query_between_pieces_closes_connection(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = form.chunks(Spoken(words=WORDS))
    async with fake_provider([*chunks[:4], STALL]) as provider:
        query = reach(form, provider, monkeypatch)
        async with aclosing(model.stream(query)) as deltas:
            async for delta in deltas:
                if isinstance(delta, TextPiece):
                    break
        await asyncio.wait_for(provider.gone.wait(), 60)


async def read_into(seen: list[ModelDelta], model: LiteLLMModel, query: ModelQuery) -> None:
    async with aclosing(model.stream(query)) as deltas:
        seen.extend([delta async for delta in deltas])


@pytest.mark.parametrize("named", FORMS[:2], ids=lambda form: form.name)
async def test_missing_token_counts_are_estimated(
    named: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = named.chunks(Spoken(words=WORDS))
    if named is ANTHROPIC:
        chunks = [chunk for chunk in chunks if "usage" not in chunk]
        stop = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}}
        chunks = [*chunks[:-1], stop, chunks[-1]]
    else:
        chunks = chunks[:-1]
    async with fake_provider(chunks) as provider:
        answer = await assembled(model, reach(named, provider, monkeypatch))
    assert answer.usage.source is UsageSource.ESTIMATED
    assert answer.usage.output_tokens == 5
    assert answer.usage.input_tokens > 10


@pytest.mark.parametrize("named", [ANTHROPIC, GEMINI], ids=lambda form: form.name)
async def test_reasoning_is_kept_with_its_signature_and_replayed(
    named: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = Spoken(words=WORDS, calls=SPOKEN.calls[:1], reasoning=("Hm, ", "add."))
    async with fake_provider(named.chunks(spoken), named.chunks(Spoken(words=("3",)))) as provider:
        query = reach(named, provider, monkeypatch)
        first = (await assembled(model, query)).message
        assert "".join(block.text for block in first.reasoning) == "Hm, add."
        if named is ANTHROPIC:
            assert first.reasoning == (ReasoningBlock("Hm, add.", "proof"),)
            await assembled(model, with_history(query, first))
            said = provider.requests[1]["messages"][1]["content"][0]
            assert said == {"type": "thinking", "thinking": "Hm, add.", "signature": "proof"}


async def test_gemini_thought_signature_is_sent_back(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = {"functionCall": {"name": "add", "args": {"a": 1, "b": 2}}, "thoughtSignature": "c2ln"}
    content = {"parts": [call], "role": "model"}
    calling = {"candidates": [{"content": content, "index": 0, "finishReason": "STOP"}]}
    async with fake_provider([calling], GEMINI.chunks(Spoken(words=("3",)))) as provider:
        query = reach(GEMINI, provider, monkeypatch)
        first = (await assembled(model, query)).message
        assert [call.signature for call in first.calls] == ["c2ln"]
        await assembled(model, with_history(query, first))
    sent = provider.requests[1]["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in sent if "function_call" in part] == ["c2ln"]


def with_history(query: ModelQuery, said: AssistantMessage) -> ModelQuery:
    answers = [ToolMessage(call.id, call.tool, "3") for call in said.calls]
    return replace(query, messages=(*query.messages, said, *answers))


async def test_many_queries_share_connections(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = FORMS[0]
    async with fake_provider(named.chunks(Spoken(words=WORDS))) as provider:
        query = reach(named, provider, monkeypatch)
        for _ in range(3):
            await assembled(model, query)
        answers: Sequence[Answer] = await asyncio.gather(
            *(assembled(model, query) for _ in range(60))
        )
        assert {answer.message.text for answer in answers} == {"".join(WORDS)}
        assert provider.connections <= 61


BROKEN_OFF: dict[str, Any] = {
    "openai": {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]},
    "gemini": {
        "candidates": [
            {
                "content": {"parts": [{"text": ""}], "role": "model"},
                "index": 0,
                "finishReason": "MALFORMED_FUNCTION_CALL",
            }
        ]
    },
}


@pytest.mark.parametrize("named", [FORMS[0], GEMINI], ids=lambda form: form.name)
async def test_answer_cut_off_by_provider_is_an_error(
    named: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM would tell of these as of an answer that is complete."""
    chunks = named.chunks(Spoken(words=WORDS))[:3]
    async with fake_provider([*chunks, BROKEN_OFF[named.name]]) as provider:
        _, error = await until_the_cut(model, reach(named, provider, monkeypatch))
    assert isinstance(error, ModelUnavailableError)
    assert "broke its answer off" in str(error)


@pytest.mark.parametrize(
    "delta",
    [{"content": 5}, {"tool_calls": [{"index": "0"}]}, {"tool_calls": 7}, {"content": [{}]}, [1]],
)
async def test_chunk_of_wrong_shape_is_an_error(
    delta: Any, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = {"choices": [{"index": 0, "delta": delta}]}
    async with fake_provider([chunk, *FORMS[0].chunks(Spoken(words=WORDS))]) as provider:
        text, error = await until_the_cut(model, reach(FORMS[0], provider, monkeypatch))
    assert isinstance(error, ModelUnavailableError)
    assert not text
