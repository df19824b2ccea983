"""What providers are sent: media, schemas, cache marks, keys and addresses of routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.prices import LiteLLMPrices
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
from services.executor.domain import JsonObject
from services.executor.errors import ModelAuthError, RequestError
from services.executor.settings import keep_litellm_quiet
from tests.executor.builders import ADD_SCHEMA, tool
from tests.executor.fake_provider import FakeProvider, fake_provider
from tests.executor.provider_forms import ANTHROPIC, FORMS, GEMINI, OPENAI, Form, Spoken

PIXEL = b"\x89PNG\r\n\x1a\n0000"
IMAGE = MediaPart(MediaKind.IMAGE, "image/png", PIXEL)
LINKED = MediaPart(MediaKind.IMAGE, "", url="https://example.invalid/cat.png")
PDF = MediaPart(MediaKind.FILE, "application/pdf", b"%PDF-1.4 x", filename="a.pdf")
SCHEMA: JsonObject = {"type": "object", "properties": {"a": {"type": "number"}}}
HELLO = Spoken(words=("hello",))


@pytest.fixture
async def model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiteLLMModel]:
    keep_litellm_quiet()
    monkeypatch.setenv("OWN_KEY", "sk-own-12345678")
    made = LiteLLMModel(ModelTimeouts(5.0, 30.0))
    yield made
    await made.close()


def asked(form: Form, **changes: Any) -> ModelQuery:
    query = ModelQuery(ModelRoute(form.model), "Be brief.", (UserMessage("hi"),), (), {})
    return replace(query, **changes)


async def sent(
    model: LiteLLMModel, form: Form, query: ModelQuery, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Ask the fake provider, and return the request that came there."""
    async with fake_provider(form.chunks(HELLO)) as provider:
        await ask(model, form, query, provider, monkeypatch)
    return provider.requests[0]


async def ask(
    model: LiteLLMModel,
    form: Form,
    query: ModelQuery,
    provider: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in form.environment(provider.url).items():
        monkeypatch.setenv(name, value)
    assert [delta async for delta in model.stream(query)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_long_conversation_is_sent_in_pieces(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The HTTP client warns of a body over 1 MiB in one piece, and warnings are errors here."""
    words = "0123456789abcdef" * (3 * 65536) + "end"
    request = await sent(model, form, asked(form, messages=(UserMessage(words),)), monkeypatch)
    assert words in str(request)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_image_is_sent_as_bytes(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = UserMessage("what is this?", (IMAGE, TextPart("quick!")))
    request = await sent(model, form, asked(form, messages=(said,)), monkeypatch)
    written = str(request)
    assert "what is this?" in written
    assert "quick!" in written
    assert "iVBORw0KGgowMDAw" in written
    assert "image/png" in written


@pytest.mark.parametrize("form", [OPENAI, ANTHROPIC], ids=lambda form: form.name)
async def test_url_is_passed_to_providers_that_fetch_it(
    form: Form, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = UserMessage("look", (LINKED,))
    request = await sent(model, form, asked(form, messages=(said,)), monkeypatch)
    assert "https://example.invalid/cat.png" in str(request)


async def test_litellm_fetches_no_urls(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM would fetch it itself for Gemini: past every rule of what may be fetched."""
    async with fake_provider(GEMINI.chunks(HELLO)) as provider:
        trap = MediaPart(MediaKind.IMAGE, "image/png", url=f"{provider.url}/trap.png")
        query = asked(GEMINI, messages=(UserMessage("look", (trap,)),))
        with pytest.raises(RequestError, match="fetches no URLs") as caught:
            await ask(model, GEMINI, query, provider, monkeypatch)
        assert provider.connections == 0
    assert caught.value.violations[0].field == "content[0].image"


async def test_anthropic_is_sent_no_url_that_litellm_would_fetch(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_provider(ANTHROPIC.chunks(HELLO)) as provider:
        trap = MediaPart(MediaKind.IMAGE, "image/png", url=f"{provider.url}/trap.png")
        query = asked(ANTHROPIC, messages=(UserMessage("look", (trap,)),))
        with pytest.raises(RequestError, match="begin with https"):
            await ask(model, ANTHROPIC, query, provider, monkeypatch)
        assert provider.connections == 0


async def test_document_is_sent_as_bytes(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = UserMessage("read", (PDF,))
    request = await sent(model, ANTHROPIC, asked(ANTHROPIC, messages=(said,)), monkeypatch)
    document = request["messages"][0]["content"][1]
    assert document["type"] == "document"
    assert document["source"]["media_type"] == "application/pdf"


@pytest.mark.parametrize(("part", "what"), [(IMAGE, "image"), (PDF, "file")])
async def test_media_the_model_cannot_take_is_refused(
    part: MediaPart, what: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = ModelRoute("openai/gpt-3.5-turbo")
    query = asked(OPENAI, route=route, messages=(UserMessage("look", (part,)),))
    async with fake_provider(OPENAI.chunks(HELLO)) as provider:
        with pytest.raises(RequestError, match=f"accepts no {what}s"):
            await ask(model, OPENAI, query, provider, monkeypatch)
        assert not provider.requests


async def test_model_missing_from_catalogue_is_still_queried(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = asked(
        OPENAI, route=ModelRoute("openai/our-own"), messages=(UserMessage("look", (IMAGE,)),)
    )
    assert "iVBORw0KGgowMDAw" in str(await sent(model, OPENAI, query, monkeypatch))


async def test_route_has_its_own_address_and_key(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_provider(OPENAI.chunks(HELLO)) as provider:
        route = ModelRoute("openai/llama", provider.url, "OWN_KEY")
        assert [delta async for delta in model.stream(asked(OPENAI, route=route))]
    assert "sk-own-12345678" in provider.heads[0]
    assert provider.requests[0]["model"] == "llama"


async def test_route_error_names_unset_key_variable(model: LiteLLMModel) -> None:
    route = ModelRoute("openai/llama", "http://127.0.0.1:1/v1", "NO_SUCH_KEY")
    with pytest.raises(ModelAuthError, match="NO_SUCH_KEY"):
        assert [delta async for delta in model.stream(asked(OPENAI, route=route))]


@pytest.mark.parametrize(
    ("form", "with_tools", "native"),
    [
        (OPENAI, False, True),
        (OPENAI, True, True),
        (GEMINI, False, True),
        (GEMINI, True, False),
        (ANTHROPIC, False, True),
        (ANTHROPIC, True, True),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
async def test_schema_is_sent_natively_or_in_the_prompt(
    form: Form,
    with_tools: bool,
    native: bool,
    model: LiteLLMModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tools = (tool("add", ADD_SCHEMA),) if with_tools else ()
    query = asked(form, output_schema=SCHEMA, tools=tools)
    request = await sent(model, form, query, monkeypatch)
    told = "fits this JSON Schema" in str(request)
    places = ("response_format", "generationConfig", "output_format", "output_config")
    config = str([request.get(place) for place in places])
    assert told is not native
    assert ("schema" in config.lower()) is native


WORD: JsonObject = {"type": "object", "properties": {"default": {"type": "string"}}}
NEEDED: JsonObject = {**WORD, "required": ["default"]}


async def test_schemas_of_strict_tools_and_answers_are_closed_for_openai(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It refuses others."""
    words: JsonObject = {"type": "array", "items": NEEDED}
    schema: JsonObject = {"type": "object", "properties": {"a": words}, "required": ["a"]}
    strict, usual = (
        replace(tool(key, schema), strict=key == "strict") for key in ("strict", "usual")
    )
    query = asked(OPENAI, tools=(strict, usual), output_schema=schema)
    request = await sent(model, OPENAI, query, monkeypatch)
    first, second = (each["function"] for each in request["tools"])
    closed = {"type": "array", "items": {**NEEDED, "additionalProperties": False}}
    enforced = {**schema, "properties": {"a": closed}, "additionalProperties": False}
    assert (first["strict"], first["parameters"]) == (True, enforced)
    assert (second["strict"], second["parameters"]) == (False, schema)
    answer = request["response_format"]["json_schema"]
    assert (answer["strict"], answer["schema"]) == (True, enforced)


UNENFORCED: list[JsonObject] = [
    WORD,  # a property that need not be there
    {**NEEDED, "additionalProperties": {"type": "number"}},
    {**NEEDED, "properties": {"default": {"type": "string", "minLength": 1}}},
    {**NEEDED, "properties": {"default": {"type": "string", "format": "uri"}}},
    {**NEEDED, "properties": {"default": {}}},
    {**NEEDED, "properties": {"default": {"anyOf": [WORD, {"type": "null"}]}}},
    {**NEEDED, "$defs": {"one": WORD}},
]


@pytest.mark.parametrize("schema", UNENFORCED, ids=str)
async def test_schema_that_openai_does_not_enforce_is_sent_as_it_is(
    schema: JsonObject, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would refuse the query."""
    query = asked(OPENAI, tools=(replace(tool("a", schema), strict=True),), output_schema=schema)
    request = await sent(model, OPENAI, query, monkeypatch)
    for asked_for in (request["tools"][0]["function"], request["response_format"]["json_schema"]):
        assert not asked_for.get("strict")
        assert schema in asked_for.values()


@pytest.mark.parametrize("name", ["claude-sonnet-4-5", "claude-of-tomorrow"])
@pytest.mark.parametrize("thinks", [True, False])
async def test_answers_of_claude_are_as_long_as_it_can_write(
    name: str, thinks: bool, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking: JsonObject = {"thinking": {"type": "enabled", "budgetTokens": 2048}}
    settings = {"providerOptions": {"anthropic": thinking}} if thinks else {}
    route = ModelRoute(f"anthropic/{name}")
    query = asked(ANTHROPIC, settings=settings, route=route)
    request = await sent(model, ANTHROPIC, query, monkeypatch)
    assert request["max_tokens"] >= 32_000


async def test_images_of_results_are_sent_to_models_that_read_them(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenAI's chat form has none in results: they follow in a user's message."""
    result = ToolMessage("c1", "look", "[an image]", parts=(TextPart("a cat"), IMAGE))
    talk = (UserMessage("hi"), AssistantMessage("", (ToolCall("c1", "look", "{}"),)), result)
    by_claude = await sent(model, ANTHROPIC, asked(ANTHROPIC, messages=talk), monkeypatch)
    (block,) = by_claude["messages"][-1]["content"]
    assert [part["type"] for part in block["content"]] == ["text", "image"]
    more = (*talk, UserMessage("and?"))
    by_openai = await sent(model, OPENAI, asked(OPENAI, messages=more), monkeypatch)
    told, seen = by_openai["messages"][-2:]
    assert told["content"] == "[an image]"
    assert [part["type"] for part in seen["content"]] == ["text", "image_url", "text"]


async def test_claude_is_told_one_of_two_settings_that_it_does_not_take_together(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = asked(ANTHROPIC, settings={"temperature": 0.5, "topP": 0.9})
    request = await sent(model, ANTHROPIC, query, monkeypatch)
    assert (request["temperature"], "top_p" in request) == (0.5, False)


LONG = "a long instruction " * 400
TALK = (
    UserMessage("one"),
    AssistantMessage("", (ToolCall("c1", "add", "{}"),)),
    ToolMessage("c1", "add", "3"),
    AssistantMessage("three"),
    UserMessage("two"),
)


async def test_long_prompts_are_marked_for_anthropic_cache(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = asked(ANTHROPIC, system=LONG, messages=TALK, tools=(tool("add", ADD_SCHEMA),))
    request = await sent(model, ANTHROPIC, query, monkeypatch)
    assert request["system"][0]["cache_control"] == {"type": "ephemeral"}
    marked = [message for message in request["messages"] if "cache_control" in str(message)]
    assert [message["role"] for message in marked] == ["user", "user"]
    assert marked[-1] is request["messages"][-1]
    assert str(request).count("cache_control") <= 4


async def test_short_prompts_and_other_providers_get_no_cache_marks(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cache_control" not in str(await sent(model, ANTHROPIC, asked(ANTHROPIC), monkeypatch))
    for form in (OPENAI, GEMINI):
        request = await sent(model, form, asked(form, system=LONG, messages=TALK), monkeypatch)
        assert "cache_control" not in str(request)


async def test_openai_gets_prompt_cache_key(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await sent(model, OPENAI, asked(OPENAI, cache_key="digest:main:s"), monkeypatch)
    assert request["prompt_cache_key"] == "digest:main:s"


async def test_prices_come_from_the_price_list(model: LiteLLMModel) -> None:
    price = await LiteLLMPrices(model).price_of("anthropic/claude-sonnet-4-5")
    assert price is not None
    assert 0 < price.cached_input < price.input < price.cache_write_input < price.output
    assert await LiteLLMPrices(model).price_of("openai/our-own") is None
