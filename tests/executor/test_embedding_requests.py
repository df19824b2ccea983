"""Requests to embedding models: what providers are sent, and what of their answers is taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.executor.adapters.litellm.embeddings import (
    IN_OPENAI_FORM,
    MAX_BESIDE,
    ProviderEmbeddings,
)
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.prices import LiteLLMPrices
from services.executor.adapters.litellm.stream_bounds import StreamBounds
from services.executor.agent.embeddings import MAX_DIMENSIONS, MAX_NUMBERS, EmbeddingQuery
from services.executor.conversation import ModelRoute, TokenUsage, UsageSource
from services.executor.errors import (
    ExecutorError,
    ModelAuthError,
    ModelContextError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelUnavailableError,
    UnknownModelError,
)
from services.executor.providers.table import PROVIDERS
from services.executor.settings import keep_litellm_quiet
from tests.executor.fake_provider import END, SILENT, FakeProvider, Refusal, fake_provider

HANG_S = 10.0
KEYS = {"KEY": "sk-test-123456789", "OPENAI_ORGANIZATION": "org-1"}


@pytest.fixture
async def model() -> AsyncIterator[LiteLLMModel]:
    keep_litellm_quiet()
    made = LiteLLMModel(ModelTimeouts(5.0, 30.0), KEYS.get)
    yield made
    await made.close()


@pytest.fixture
async def vectors(model: LiteLLMModel) -> AsyncIterator[ProviderEmbeddings]:
    bounds = StreamBounds(answer_bytes=200_000)
    made = ProviderEmbeddings(model, ModelTimeouts(5.0, 30.0), KEYS.get, bounds)
    yield made
    await made.close()


def answer(*found: Any, **more: Any) -> Refusal:
    rows = [{"embedding": each} for each in found]
    return Refusal(200, {"object": "list", "data": rows, "usage": {"prompt_tokens": 4}, **more})


def query(provider: FakeProvider, *values: str, name: str = "openai", **more: Any) -> Any:
    route = ModelRoute(f"{name}/some-embedding", provider.url, "KEY")
    return EmbeddingQuery(route, values or ("Oslo",), **more)


async def test_request_has_the_deployment_s_key_and_what_was_asked(
    vectors: ProviderEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with fake_provider(answer([0.5, -1], [1e-9, 2])) as provider:
        found = await vectors.embed(query(provider, "Oslo", "fjord", dimensions=2, user="ada"))
    assert [each.tolist() for each in found.vectors] == [[0.5, -1.0], [1e-9, 2.0]]
    assert found.usage == TokenUsage(4, source=UsageSource.PROVIDER)
    assert provider.requests == [
        {
            "model": "some-embedding",
            "input": ["Oslo", "fjord"],
            "encoding_format": "float",
            "dimensions": 2,
            "user": "ada",
        }
    ]
    head = provider.heads[0].lower()
    assert head.startswith("post /v1/embeddings ")
    assert "authorization: bearer sk-test-123456789\r\n" in head
    assert "openai-organization: org-1\r\n" in head


@pytest.mark.parametrize("name", sorted(IN_OPENAI_FORM))
async def test_providers_in_openai_s_form_are_asked(name: str, vectors: ProviderEmbeddings) -> None:
    async with fake_provider(answer([1.0])) as provider:
        await vectors.embed(query(provider, name=name))
    assert provider.heads[0].startswith("POST /v1/embeddings ")


@pytest.mark.parametrize("name", sorted(PROVIDERS.keys() - IN_OPENAI_FORM - {"azure", "bedrock"}))
async def test_other_providers_are_refused_by_name(name: str, vectors: ProviderEmbeddings) -> None:
    async with fake_provider(answer([1.0])) as provider:
        with pytest.raises(ModelRefusedError, match=f"{name}/some-embedding.*only in"):
            await vectors.embed(query(provider, name=name))
    assert not provider.requests


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


@pytest.mark.parametrize(
    ("refusal", "kind", "told"),
    [
        (Refusal(400, error("too odd")), ModelRefusedError, "too odd"),
        (Refusal(401, error("wrong")), ModelAuthError, "OPENAI_API_KEY"),
        (Refusal(404, error("none")), UnknownModelError, "some-embedding"),
        (Refusal(400, error("reduce the length of the input")), ModelContextError, "too long"),
        (Refusal(402, error("payment required")), ModelQuotaError, "used up"),
        (Refusal(503, "<html>down</html>"), ModelUnavailableError, "web page"),
        (Refusal(302, {}, {"location": "http://169.254.0.1/"}), ModelRefusedError, "redirects"),
        (Refusal(200, error("late", code=400)), ModelRefusedError, "late"),
        (Refusal(200, "no JSON"), ModelUnavailableError, "not JSON"),
        (answer(), ModelUnavailableError, "0 vectors for 1"),
        (answer([1.0], [2.0]), ModelUnavailableError, "2 vectors for 1"),
        (answer([]), ModelUnavailableError, "1 to 8192 numbers"),
        (answer([1.0] * (MAX_DIMENSIONS + 1)), ModelUnavailableError, "1 to 8192 numbers"),
        (answer("AAAA"), ModelUnavailableError, "1 to 8192 numbers"),
        (answer(["a"]), ModelUnavailableError, "other than numbers"),
        (answer([None]), ModelUnavailableError, "other than numbers"),
        (answer([float("nan")]), ModelUnavailableError, "other than numbers"),
        (answer([10**400]), ModelUnavailableError, "other than numbers"),
        (answer([1.0], data=7), ModelUnavailableError, "unexpected shape"),
        (answer([1.0], usage={"prompt_tokens": -1}), ModelUnavailableError, "unexpected shape"),
        (answer([1.0], pad="x" * 300_000), ModelRefusedError, "200000 bytes"),
        (answer([1.0], pad=[0] * 90_000), ModelRefusedError, "200000 bytes"),
        (Refusal(500, error("x" * 500_000)), ModelUnavailableError, "try again"),
    ],
)
async def test_answers_that_are_none_are_errors_of_their_kinds(
    refusal: Refusal, kind: type[ExecutorError], told: str, vectors: ProviderEmbeddings
) -> None:
    async with fake_provider(refusal) as provider:
        with pytest.raises(kind) as caught:
            await vectors.embed(query(provider))
    assert len(provider.requests) == 1
    assert type(caught.value) is kind
    assert told in caught.value.message
    assert len(caught.value.message) < 1000


async def test_rate_limit_tells_how_long_to_wait(vectors: ProviderEmbeddings) -> None:
    refusal = Refusal(429, error("slow down"), {"retry-after": "7"})
    async with fake_provider(refusal) as provider:
        with pytest.raises(ModelRateLimitError) as caught:
            await vectors.embed(query(provider))
    assert caught.value.retry_after_s == 7.0


async def test_missing_usage_is_told_as_such(vectors: ProviderEmbeddings) -> None:
    async with fake_provider(answer([1.0], usage=None)) as provider:
        assert (await vectors.embed(query(provider))).usage.source is None


async def test_long_answers_are_read_whole(vectors: ProviderEmbeddings) -> None:
    long = [float(at) for at in range(8000)]
    assert len(json.dumps(long)) > 32 * 1024
    async with fake_provider(answer(long, long)) as provider:
        found = await vectors.embed(query(provider, "a", "b"))
    assert [each.tolist() for each in found.vectors] == [long, long]


async def test_number_of_values_in_an_answer_is_bounded(model: LiteLLMModel) -> None:
    asking = ProviderEmbeddings(model, ModelTimeouts(5.0, 30.0), KEYS.get)
    async with fake_provider(answer([1.0], pad=[0] * (MAX_NUMBERS + MAX_BESIDE))) as provider:
        with pytest.raises(ModelUnavailableError, match="too many values"):
            await asking.embed(query(provider))
    await asking.close()


async def test_chunked_body_is_bounded_as_it_arrives(vectors: ProviderEmbeddings) -> None:
    async with fake_provider(["x" * 50_000] * 1000) as provider:
        with pytest.raises(ModelRefusedError, match="200000 bytes"):
            await vectors.embed(query(provider))
        async with asyncio.timeout(HANG_S):
            await provider.all_closed()
    assert sum(provider.sent) < 1000


async def test_body_that_breaks_off_is_an_outage(vectors: ProviderEmbeddings) -> None:
    async with fake_provider(['{"data": [', END]) as provider:
        with pytest.raises(ModelUnavailableError):
            await vectors.embed(query(provider))


async def test_cancelled_query_ends_its_request(vectors: ProviderEmbeddings) -> None:
    async with fake_provider([SILENT]) as provider:
        asking = asyncio.create_task(vectors.embed(query(provider)))
        async with asyncio.timeout(HANG_S):
            await provider.stalled.wait()
            asking.cancel()
            await provider.gone.wait()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_providers_cookies_are_not_sent_back(vectors: ProviderEmbeddings) -> None:
    given = answer([1.0])
    script = Refusal(200, given.body, {"set-cookie": "who=ada; Path=/"})
    async with fake_provider(script) as provider:
        await vectors.embed(query(provider))
        await vectors.embed(query(provider))
    assert all("who=ada" not in head for head in provider.heads)


async def test_prices_of_embedding_models_are_known(model: LiteLLMModel) -> None:
    prices = LiteLLMPrices(model)
    for name in ("openai/text-embedding-3-small", "mistral/mistral-embed"):
        price = await prices.price_of(name)
        assert price is not None
        assert price.input > 0
        assert price.output == 0
