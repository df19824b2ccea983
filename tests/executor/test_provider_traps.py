"""LiteLLM asks the endpoint of a query and nothing else, with its own key, and holds nobody.

Each test puts traps where it might go: on loopback, and behind the names that ``conftest.py``
refuses to resolve.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.prices import LiteLLMPrices
from services.executor.adapters.litellm.transport import (
    BlockingTransport,
    GuardedTransport,
    QueryGuard,
    set_query_guard,
)
from services.executor.agent.deltas import TextPiece
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import (
    AssistantMessage,
    MediaKind,
    MediaPart,
    ModelRoute,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.errors import (
    ExecutorError,
    ModelAuthError,
    ModelError,
    ModelRefusedError,
    UnknownModelError,
)
from services.executor.providers.access import ProviderAccess
from services.executor.providers.table import PROVIDERS, SYNONYMS
from services.executor.settings import keep_litellm_quiet, taken_environment
from tests import conftest
from tests.executor.fake_provider import SILENT, STALL, Refusal, fake_provider
from tests.executor.provider_forms import OPENAI, Spoken
from tests.executor.provider_traps import (
    OTHER_FORMS,
    deltas,
    foreign_values,
    form_of,
    key_of,
    name_of,
    query,
    steering_variables,
    trap,
    variables_of,
    watched,
)

HELLO = Spoken(words=("Hel", "lo"))
# Seconds that a provider may be silent, which is how long a blocking request would hold the loop.
SILENCE_S = 3.0
# Seconds that the loop may be held by one answer, and by asking all providers at once. Wall time
# counts, in which others compute as well: far more than the work itself takes, and far less than a
# blocking request.
ANSWER_S = 1.0
ALL_S = 2.0


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """What the deployment sets, for the model of the test; put back afterwards."""
    before = dict(os.environ)
    yield {}
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
async def model(environment: Mapping[str, str]) -> AsyncIterator[LiteLLMModel]:
    keep_litellm_quiet()
    made = LiteLLMModel(ModelTimeouts(connect_s=2.0, silence_s=SILENCE_S), environment.get)
    await made.load()
    yield made
    await made.close()


async def test_no_provider_receives_settings_of_another(
    model: LiteLLMModel, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every variable that LiteLLM and the OpenAI SDK know is set: it finds none of them."""
    for package in ("litellm", "openai"):
        folder = Path(str(importlib.import_module(package).__file__)).parent
        for variable in steering_variables(folder):
            monkeypatch.setenv(variable, key_of(variable))
    environment.update(taken_environment(), AZURE_API_VERSION="2024-10-21")
    before = len(conftest.reached)
    for provider in PROVIDERS:
        async with fake_provider(form_of(provider).chunks(HELLO)) as server:
            own = variables_of(provider, server.url.removesuffix("/v1") + "/own")
            environment.update(own)
            try:
                said = await deltas(model, query(name_of(provider)))
                text = "".join(each.text for each in said if isinstance(each, TextPiece))
                assert text == "Hello", provider
            except ModelError:
                assert provider in OTHER_FORMS
            assert len(server.requests) == 1, provider
            own |= dict.fromkeys(("OPENAI_ORGANIZATION",) if provider == "openai" else (), "")
            sent = server.heads[0] + json.dumps(server.requests[0])
            assert not foreign_values(sent, own), provider
            key = PROVIDERS[provider].keys[0]
            assert key_of(key) in sent, provider
            assert server.heads[0].split(" ")[1].startswith("/own"), provider
    assert conftest.reached[before:] == []


async def test_other_litellm_providers_are_refused(
    model: LiteLLMModel, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    litellm = await model.load()
    registry = importlib.import_module("litellm.llms.openai_like.json_loader").JSONProviderRegistry
    known = {*map(str, litellm.provider_list), *registry.list_providers(), *litellm.model_list}
    known |= {getattr(each, "value", each) for each in litellm.provider_list}
    assert len(known) > 150
    refused = 0
    async with trap() as server:
        for provider in PROVIDERS:
            environment.update(variables_of(provider, server.url))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        before = len(conftest.reached)
        for name in sorted(known):
            for asked in (f"{name}/x", f"{name}/{server.url}", f"{name}/stranger/repo"):
                ours = name.split("/")[0] in PROVIDERS.keys() | SYNONYMS.keys()
                if ours and asked.endswith(("/x", "/stranger/repo")):
                    continue
                with pytest.raises(UnknownModelError):
                    await deltas(model, query(asked))
                refused += 1
        assert server.connections == 0
    assert refused > 300
    assert conftest.reached[before:] == []


async def test_bare_id_never_matches_another_provider(model: LiteLLMModel) -> None:
    """LiteLLM has thousands of ids that it takes for a model of Replicate, SageMaker or others."""
    litellm = await model.load()
    bare = [name for name in litellm.model_cost if "/" not in name]
    assert len(bare) > 500
    access = ProviderAccess(
        {"OPENAI_API_KEY": "k", "GEMINI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}.get
    )
    asked = set()
    for name in bare:
        try:
            asked.add(access.endpoint(ModelRoute(name)).url.host)
        except UnknownModelError:
            continue
    assert asked == {
        "api.openai.com",
        "api.anthropic.com",
        "generativelanguage.googleapis.com",
    }


@pytest.mark.parametrize("provider", [name for name, row in PROVIDERS.items() if row.url])
async def test_only_provider_host_is_resolved(
    provider: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    environment.update(variables_of(provider))
    before = len(conftest.reached)
    with pytest.raises(ModelError):
        await deltas(model, query(name_of(provider)))
    own = ProviderAccess(environment.get).endpoint(ModelRoute(name_of(provider))).url.host
    assert set(conftest.reached[before:]) == {own}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_redirect_to_other_host_is_not_followed(
    provider: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    async with trap() as elsewhere:
        moved = Refusal(307, {}, {"location": f"{elsewhere.url}/own/chat/completions"})
        async with fake_provider(moved) as server:
            environment.update(variables_of(provider, f"{server.url.removesuffix('/v1')}/own"))
            with pytest.raises(ModelRefusedError, match="queries stay at the base URL"):
                await deltas(model, query(name_of(provider)))
            assert len(server.requests) == 1
        assert elsewhere.connections == 0


@pytest.mark.parametrize("kind", list(MediaKind), ids=lambda kind: kind.value)
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_urls_in_conversations_are_never_fetched(
    kind: MediaKind, provider: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    async with trap() as elsewhere:
        url = f"{elsewhere.url}/trap.png"
        part = MediaPart(
            kind, "image/png" if kind is MediaKind.IMAGE else "application/pdf", url=url
        )
        told = json.dumps({"type": "image_url", "image_url": {"url": url}, "url": url})
        asked = query(name_of(provider))
        history: Any = (
            UserMessage(f"look at {url}", (TextPart(told),)),
            AssistantMessage("", (ToolCall("c1", "look", told),)),
            ToolMessage("c1", "look", told),
            UserMessage("and this", (part,)),
        )
        async with fake_provider(form_of(provider).chunks(HELLO)) as server:
            environment.update(variables_of(provider, server.url.removesuffix("/v1")))
            for messages in (history, history[:3]):
                try:
                    await deltas(model, ModelQuery(asked.route, "", messages, (), {}))
                except ExecutorError:
                    continue
            assert server.requests
        assert elsewhere.connections == 0


async def answered(
    provider: str, script: Sequence[Any], model: LiteLLMModel, environment: dict[str, str]
) -> None:
    """Ask a provider that plays a script, and take what comes of it.

    What the model can do and costs is looked up, too: LiteLLM would ask some providers for it.
    """
    image = MediaPart(MediaKind.IMAGE, "image/png", b"\x89PNG\r\n")
    shown = replace(
        query(name_of(provider)),
        messages=(UserMessage("look", (image,)),),
        output_schema={"type": "object"},
    )
    async with fake_provider(script) as server:
        environment.update(variables_of(provider, server.url.removesuffix("/v1")))
        await LiteLLMPrices(model).price_of(name_of(provider))
        for asked in (shown, query(name_of(provider))):
            with suppress(ExecutorError):
                await deltas(model, asked)


async def least_wait(ask: Callable[[], Awaitable[Any]], bound_s: float) -> float:
    """Return how long the loop was held, at the best of three times: others use this machine."""
    longest = []
    for _ in range(3):
        with watched() as watch:
            await ask()
        longest.append(watch.longest)
        if watch.longest < bound_s:
            break
    return min(longest)


async def test_blocked_event_loop_is_detected() -> None:
    async def block() -> None:
        time.sleep(ANSWER_S)  # noqa: ASYNC251 - to be seen

    assert await least_wait(block, ANSWER_S) >= ANSWER_S


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_answer_parsing_does_not_block_the_loop(
    provider: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    chunks = form_of(provider).chunks(HELLO)

    async def ask() -> None:
        await answered(provider, chunks, model, environment)

    assert await least_wait(ask, ANSWER_S) < ANSWER_S


@pytest.mark.parametrize("kind", [SILENT, STALL])
async def test_silent_provider_delays_no_other_query(
    kind: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    """All of them at once say nothing, or nothing more, until the query gives up."""

    async def ask() -> None:
        scripts = {each: [form_of(each).chunks(HELLO)[0], STALL] for each in PROVIDERS}
        async with asyncio.TaskGroup() as asking:
            for each, script in scripts.items():
                played = [SILENT] if kind == SILENT else script
                asking.create_task(answered(each, played, model, environment))

    assert await least_wait(ask, ALL_S) < ALL_S


@pytest.mark.parametrize("token", ["", "session-token-of-aws"])
async def test_bedrock_uses_deployment_credentials(
    token: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    """Without the AWS SDK's search for others, in files and at the metadata server."""
    before = len(conftest.reached)
    async with fake_provider(Refusal(418, {})) as server:
        environment.update(
            AWS_ACCESS_KEY_ID="AKIDOWN",
            AWS_SECRET_ACCESS_KEY="secret-of-aws",
            AWS_SESSION_TOKEN=token,
            AWS_REGION="us-east-1",
            AWS_BEDROCK_RUNTIME_ENDPOINT=server.url.removesuffix("/v1"),
        )
        with pytest.raises(ModelError):
            await deltas(model, query(name_of("bedrock")))
        assert "AWS4-HMAC-SHA256 Credential=AKIDOWN/" in server.heads[0]
        assert "/us-east-1/bedrock/aws4_request" in server.heads[0]
        assert (token in server.heads[0]) if token else ("security-token" not in server.heads[0])
    assert conftest.reached[before:] == []


async def test_bedrock_without_credentials_searches_for_none(
    model: LiteLLMModel, environment: dict[str, str]
) -> None:
    before = len(conftest.reached)
    environment.update(AWS_REGION="us-east-1", AWS_ACCESS_KEY_ID="AKIDOWN")
    with pytest.raises(ModelAuthError, match="AWS_BEARER_TOKEN_BEDROCK is not set"):
        await deltas(model, query(name_of("bedrock")))
    assert conftest.reached[before:] == []


async def test_every_litellm_client_is_guarded(
    model: LiteLLMModel, environment: dict[str, str]
) -> None:
    """Those that it made while it was imported, those of every provider, and the blocking ones."""
    for provider in PROVIDERS:
        async with fake_provider(form_of(provider).chunks(HELLO)) as server:
            environment.update(variables_of(provider, server.url.removesuffix("/v1")))
            try:
                await deltas(model, query(name_of(provider)))
            except ModelError:
                continue
    litellm = await model.load()
    handlers = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    alive = [
        each
        for each in [*litellm.in_memory_llm_clients_cache.cache_dict.values(), *gc.get_objects()]
        if type(each) in {handlers.AsyncHTTPHandler, handlers.HTTPHandler}
    ]
    assert alive
    for handler in [*alive, litellm.module_level_aclient, litellm.module_level_client]:
        transport = handler.client._transport
        assert isinstance(transport, GuardedTransport | BlockingTransport), handler
    assert not litellm.aclient_session


@pytest.mark.parametrize(
    "name", ["openai/Replicate/x", "groq/meta-llama/llama-3.3-70b", "hosted_vllm/Llama-2-7b"]
)
async def test_no_tokenizer_is_loaded(
    name: str, model: LiteLLMModel, environment: dict[str, str]
) -> None:
    """LiteLLM's native code would fetch it from a host of its own, and hold the loop meanwhile."""
    litellm = await model.load()
    loaded = litellm.utils._load_huggingface_tokenizer.cache_info
    before, provider = loaded().misses, name.partition("/")[0]
    async with fake_provider(OPENAI.chunks(HELLO)) as server:
        environment.update(variables_of(provider, server.url))
        assert await deltas(model, query(name))
    assert loaded().misses == before


async def test_non_query_requests_are_not_sent(model: LiteLLMModel) -> None:
    """Templates, token exchanges, lists of models: LiteLLM gets them by these clients."""
    litellm = await model.load()
    handlers = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    async with trap() as server:
        access = ProviderAccess({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": f"{server.url}/v1"}.get)
        set_query_guard(QueryGuard(access.endpoint(ModelRoute("openai/x"))))
        with pytest.raises(httpx.UnsupportedProtocol):
            handlers.HTTPHandler().get(f"{server.url}/v1/models")
        with pytest.raises(httpx.UnsupportedProtocol):
            litellm.module_level_client.get(f"{server.url}/v1/models")
        client = handlers.AsyncHTTPHandler()
        for path in ("/tokenizer_config.json", "/v1/../x", "/v1/%2e%2e/x"):
            with pytest.raises(httpx.UnsupportedProtocol):
                await client.get(server.url + path)
        await client.close()
        assert server.connections == 0
