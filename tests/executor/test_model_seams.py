"""What reading streams below LiteLLM's wrapper relies on, with the LiteLLM that is pinned."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.streams import (
    OPENAI_ITERATORS,
    OPENAI_STREAM,
    PARSING_ITERATORS,
)
from services.executor.adapters.litellm.transport import QueryGuard, set_query_guard
from services.executor.agent.deltas import Finished, TextPiece, UsageReport
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import ModelRoute, UserMessage
from services.executor.providers.access import ProviderAccess
from services.executor.settings import keep_litellm_quiet
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.provider_forms import ANTHROPIC, GEMINI, OPENAI, Form, Spoken

# LiteLLM's names of providers, each with the form in which its fake speaks, and the iterator that
# LiteLLM reads it with; None for one that is read through the wrapper.
PROVIDERS: dict[str, tuple[Form, str | None]] = {
    "openai/x": (OPENAI, OPENAI_STREAM),
    "azure/x": (OPENAI, OPENAI_STREAM),
    "litellm_proxy/x": (OPENAI, OPENAI_STREAM),
    "perplexity/x": (OPENAI, OPENAI_STREAM),
    "deepseek/x": (OPENAI, "OpenAIChatCompletionStreamingHandler"),
    "together_ai/x": (OPENAI, "OpenAIChatCompletionStreamingHandler"),
    "hosted_vllm/x": (OPENAI, "OpenAIChatCompletionStreamingHandler"),
    "groq/x": (OPENAI, "GroqChatCompletionStreamingHandler"),
    "openrouter/x": (OPENAI, "OpenRouterChatCompletionStreamingHandler"),
    "xai/x": (OPENAI, "XAIChatCompletionStreamingHandler"),
    "mistral/x": (OPENAI, "MistralChatResponseIterator"),
    "fireworks_ai/x": (OPENAI, "FireworksAIChatCompletionStreamingHandler"),
    "anthropic/claude-sonnet-4-5": (ANTHROPIC, "anthropic.chat.handler.ModelResponseIterator"),
    "gemini/gemini-2.5-pro": (GEMINI, "google_ai_studio_gemini.ModelResponseIterator"),
    "databricks/x": (OPENAI, None),
}


@pytest.fixture
async def model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiteLLMModel]:
    keep_litellm_quiet()
    monkeypatch.setenv("AZURE_API_VERSION", "2024-02-01")
    made = LiteLLMModel(ModelTimeouts(5.0, 30.0), {"KEY": "sk-test-123456789"}.get)
    yield made
    await made.close()


@pytest.mark.parametrize("name", PROVIDERS)
async def test_every_provider_stream_is_read_to_its_end(name: str, model: LiteLLMModel) -> None:
    form, _ = PROVIDERS[name]
    async with fake_provider(form.chunks(Spoken(words=("Hel", "lo")))) as provider:
        root = provider.url.removesuffix("/v1") + form.path
        address = f"{root}/v1/messages" if form is ANTHROPIC else root
        route = ModelRoute(name, address, "KEY")
        query = ModelQuery(route, "", (UserMessage("hi"),), (), {})
        deltas = [delta async for delta in model.stream(query)]
    assert "".join(item.text for item in deltas if isinstance(item, TextPiece)) == "Hello"
    assert any(isinstance(item, Finished) for item in deltas)
    (usage,) = [item.usage for item in deltas if isinstance(item, UsageReport)][-1:]
    assert (usage.input_tokens, usage.output_tokens) == (11, 7)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_litellm_uses_expected_stream_iterator(name: str, model: LiteLLMModel) -> None:
    """An upgrade of LiteLLM that changes this would make streams slow, and fails here."""
    form, expected = PROVIDERS[name]
    litellm = await model.load()
    handlers = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    own = {"client": handlers.AsyncHTTPHandler()} if form is not OPENAI else {}
    async with fake_provider(form.chunks(Spoken(words=("Hel", "lo")))) as provider:
        root = provider.url.removesuffix("/v1") + form.path
        address = f"{root}/v1/messages" if form is ANTHROPIC else root
        set_query_guard(
            QueryGuard(ProviderAccess(lambda _: None).endpoint(ModelRoute(name, address)))
        )
        wrapper = await litellm.acompletion(
            model=name,
            api_base=address,
            api_key="sk-test-123456789",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            **own,
        )
        await wrapper.fetch_stream()
        inner = type(wrapper.completion_stream)
        kind = f"{inner.__module__}.{inner.__qualname__}"
        await wrapper.aclose()
        for client in own.values():
            await client.close()
    known = {*OPENAI_ITERATORS, *PARSING_ITERATORS, OPENAI_STREAM}
    assert (kind in known) is (expected is not None), kind
    assert expected is None or kind.endswith(expected), kind


class Watched(dict[str, Any]):
    """A message that counts how often its parts are looked through."""

    looks = 0

    def items(self) -> Any:
        self.looks += 1
        return super().items()


async def test_openai_client_does_not_walk_through_conversations(model: LiteLLMModel) -> None:
    """Else a long conversation holds up every other run; writing its JSON looks through it once."""
    await model.load()
    said = {"role": "user", "content": [{"type": "text", "text": "hi"}], "refusal": None}
    message = Watched(said)
    tools: Any = [{"type": "function", "function": {"name": "f", "parameters": {"default": None}}}]
    async with fake_provider(answer("Hello")) as provider:
        client = openai.AsyncOpenAI(api_key="sk-test", base_url=provider.url)
        given: Any = {"messages": [message], "tools": tools, "user": openai.NOT_GIVEN, "n": None}
        stream = await client.chat.completions.create(model="m", stream=True, **given)
        assert [each.choices[0].delta.content async for each in stream if each.choices] == [
            "Hello",
            None,
        ]
        await client.close()
    (request,) = provider.requests
    assert request == {"messages": [said], "model": "m", "stream": True, "tools": tools, "n": None}
    assert message.looks <= 1
