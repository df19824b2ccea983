"""Answers in the forms of OpenAI-compatible servers, as ``openai_chunks.py`` lists them."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.agent.assembler import Answer, StepAssembler
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import FinishReason, ModelRoute, UserMessage
from services.executor.errors import (
    ModelAuthError,
    ModelContextError,
    ModelError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelUnavailableError,
    UnknownModelError,
)
from tests.executor.builders import ADD_SCHEMA, tool
from tests.executor.fake_provider import FakeProvider, Refusal, chunk, fake_provider, finish, text

INPUT = '{"a":1,"b":2}'


def query_of(provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> ModelQuery:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456789")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    return ModelQuery(
        ModelRoute("openai/m"), "s", (UserMessage("hi"),), (tool("add", ADD_SCHEMA),), {}
    )


async def read(model: LiteLLMModel, query: ModelQuery) -> Answer:
    step = StepAssembler(1, lambda given: given or "ours", tools=("add",))
    async with aclosing(model.stream(query)) as deltas:
        async for delta in deltas:
            step.feed(delta)
    return step.answer()


def calling(**function: Any) -> dict[str, Any]:
    return chunk({"tool_calls": [{"index": 0, "id": "c", "function": function}]})


def whole(message: dict[str, Any], finish_reason: str | None = "stop") -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    return {"object": "chat.completion", "choices": [choice], "usage": usage}


MESSAGE = {
    "role": "assistant",
    "content": "Sum.",
    "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "add", "arguments": INPUT}}
    ],
}
TOLD: dict[str, list[Any]] = {
    "object as input": [text("Sum."), calling(name="add", arguments={"a": 1, "b": 2})],
    "function_call": [
        text("Sum."),
        chunk({"function_call": {"name": "add", "arguments": ""}}),
        chunk({"function_call": {"arguments": INPUT}}),
    ],
    "message after deltas": [
        text("Sum."),
        calling(name="add", arguments=INPUT),
        whole(MESSAGE, None),
    ],
    "message instead of deltas": [whole(MESSAGE, None)],
    "null fields": [
        chunk({"content": None, "tool_calls": None, "reasoning_content": None}),
        text("Sum."),
        {"choices": [{"index": None, **calling(name="add", arguments=INPUT)["choices"][0]}]},
    ],
    "text in parts": [
        chunk({"content": [{"type": "text", "text": "Sum."}]}),
        calling(name="add", arguments=INPUT),
    ],
}


@pytest.mark.parametrize("reason", ["tool_calls", "stop", "unknown", "function_call", None])
@pytest.mark.parametrize("name", TOLD)
async def test_call_is_read_in_every_form(
    name: str, reason: str | None, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With any finish reason, and with none but the mark of the stream's end."""
    end = [] if reason is None else [finish(reason)]
    async with fake_provider([*TOLD[name], *end]) as provider:
        answer = await read(model, query_of(provider, monkeypatch))
    assert answer.message.text == "Sum."
    calls = [(call.tool, call.input_text.replace(" ", "")) for call in answer.message.calls]
    assert calls == [("add", INPUT)]


async def test_answer_may_come_whole(model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a server that does not stream although it was asked to."""
    async with fake_provider(Refusal(200, whole(MESSAGE))) as provider:
        answer = await read(model, query_of(provider, monkeypatch))
    assert (answer.message.text, len(answer.message.calls)) == ("Sum.", 1)
    assert answer.finish_reason is FinishReason.STOP
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 2)


async def test_text_without_finish_reason_is_no_answer(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_provider([text("Sum.")]) as provider:
        with pytest.raises(ModelUnavailableError):
            await read(model, query_of(provider, monkeypatch))


ERRORS: dict[str, tuple[Any, type[ModelError]]] = {
    "object": ({"error": {"message": "too busy", "code": 503}}, ModelUnavailableError),
    "text": ({"error": "too busy"}, ModelUnavailableError),
    "vllm": ({"object": "error", "message": "too busy", "code": 400}, ModelRefusedError),
    "detail": ({"detail": "too busy"}, ModelUnavailableError),
    "bare": ({"message": "too busy", "status": 429}, ModelRateLimitError),
    "numeral": ({"error": {"message": "too busy", "code": "429"}}, ModelRateLimitError),
    "word": ({"error": {"message": "too busy", "type": "overloaded_error"}}, ModelUnavailableError),
    "quota": (
        {"error": {"message": "too busy", "code": "insufficient_quota"}},
        ModelQuotaError,
    ),
    "key": ({"error": {"message": "no", "code": "invalid_api_key"}}, ModelAuthError),
    "unknown model": ({"error": {"message": "no", "code": "model_not_found"}}, UnknownModelError),
    "too long": (
        {"error": {"message": "too busy", "code": "context_length_exceeded"}},
        ModelContextError,
    ),
    "nested": ({"error": {"error": {"message": "too busy"}}}, ModelUnavailableError),
    "empty choices": ({"choices": [], "error": {"message": "too busy"}}, ModelUnavailableError),
    "type error": ({"type": "error", "message": "too busy"}, ModelUnavailableError),
}


@pytest.mark.parametrize("as_body", [False, True], ids=["in stream", "as body"])
@pytest.mark.parametrize("name", ERRORS)
async def test_error_has_its_kind_and_the_providers_words(
    name: str, as_body: bool, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a stream of status 200, and as the whole body of such an answer."""
    said, kind = ERRORS[name]
    script = Refusal(200, said) if as_body else [said]
    async with fake_provider(script) as provider:
        with pytest.raises(kind) as caught:
            await read(model, query_of(provider, monkeypatch))
    if "busy" in str(said):
        assert "too busy" in str(caught.value)


USAGES: dict[str, tuple[dict[str, Any], tuple[int, int, int, int]]] = {
    "openai": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 7,
            "total_tokens": 17,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
        (10, 7, 4, 3),
    ),
    "deepseek": (
        {"prompt_tokens": 10, "completion_tokens": 7, "prompt_cache_hit_tokens": 4},
        (10, 7, 4, 0),
    ),
    "moonshot": ({"prompt_tokens": 10, "completion_tokens": 7, "cached_tokens": 4}, (10, 7, 4, 0)),
    "xai": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 4,
            "total_tokens": 17,
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
        (10, 7, 0, 3),
    ),
    "anthropic's names": (
        {"input_tokens": 10, "output_tokens": 7, "cache_read_input_tokens": 4},
        (10, 7, 4, 0),
    ),
    "nulls": (
        {"prompt_tokens": 10, "completion_tokens": 7, "prompt_tokens_details": None},
        (10, 7, 0, 0),
    ),
}
ZEROS = {"prompt_tokens": 0, "completion_tokens": 0}


@pytest.mark.parametrize("place", ["last", "in choice", "each", "before finish", "then zeros"])
@pytest.mark.parametrize("name", USAGES)
async def test_usage_is_read_in_every_form(
    name: str, place: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, right = USAGES[name]
    begun = {**usage, "completion_tokens": 1, "output_tokens": 1, "total_tokens": 11}
    alone: dict[str, Any] = {"choices": [], "usage": usage}
    script: list[Any] = {
        "last": [text("hi"), finish("stop"), alone],
        "in choice": [text("hi"), {"choices": [{**finish("stop")["choices"][0], "usage": usage}]}],
        "each": [{**text("hi"), "usage": begun}, {**finish("stop"), "usage": usage}],
        "before finish": [text("hi"), alone, finish("stop")],
        "then zeros": [text("hi"), finish("stop"), alone, {"choices": [], "usage": ZEROS}],
    }[place]
    async with fake_provider(script) as provider:
        found = (await read(model, query_of(provider, monkeypatch))).usage
    counts = (found.input_tokens, found.output_tokens)
    assert (*counts, found.cached_input_tokens, found.reasoning_tokens) == right


# What providers say, with the status that goes with it.
SAID: dict[str, tuple[int, Any, type[ModelError]]] = {
    "openai, too long": (
        400,
        {
            "error": {
                "message": "maximum context length is 8 tokens",
                "code": "context_length_exceeded",
            }
        },
        ModelContextError,
    ),
    "anthropic, too long": (
        400,
        {
            "type": "error",
            "error": {"message": "prompt is too long: 206640 tokens > 200000 maximum"},
        },
        ModelContextError,
    ),
    "gemini, too long": (
        400,
        {
            "error": {
                "message": "The input token count (9) exceeds the maximum number of tokens allowed"
            }
        },
        ModelContextError,
    ),
    "llama.cpp, too long": (
        400,
        {"error": {"message": "the request exceeds the available context size, try increasing it"}},
        ModelContextError,
    ),
    "openai, used up": (
        429,
        {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}},
        ModelQuotaError,
    ),
    "deepseek, used up": (402, {"error": {"message": "Insufficient Balance"}}, ModelQuotaError),
    "anthropic, used up": (
        400,
        {"error": {"message": "Your credit balance is too low to access the API."}},
        ModelQuotaError,
    ),
    "too fast": (429, {"error": {"message": "Rate limit reached"}}, ModelRateLimitError),
    "too many tokens a minute": (
        429,
        {"error": {"message": "Rate limit reached on tokens per min (TPM): Limit 10"}},
        ModelRateLimitError,
    ),
    "bad request": (400, {"error": {"message": "temperature must be 1"}}, ModelRefusedError),
}


@pytest.mark.parametrize("in_stream", [False, True], ids=["before it", "in stream"])
@pytest.mark.parametrize("name", SAID)
async def test_refusals_have_their_kind(
    name: str, in_stream: bool, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the stream with the status, and within one that says the status in a chunk."""
    status, said, kind = SAID[name]
    script: Any = [{**said, "status": status}] if in_stream else Refusal(status, said)
    async with fake_provider(script) as provider:
        with pytest.raises(kind) as caught:
            await read(model, query_of(provider, monkeypatch))
    assert type(caught.value) is kind
    assert said["error"]["message"].rstrip(".") in str(caught.value)
