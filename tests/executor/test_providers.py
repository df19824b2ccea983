"""Through the real server, LiteLLM and HTTP: what providers do, and what the client is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from caisson.executor.v1 import run_event_pb2
from services.executor.domain import AgentSpec, ToolChoice, ToolChoiceMode
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.executor.builders import ADD_SCHEMA, agent, bundle, tool
from tests.executor.fake_provider import (
    BREAK,
    END,
    STALL,
    FakeProvider,
    Refusal,
    answer,
    call,
    fake_provider,
    finish,
    text,
    usage,
)
from tests.executor.served import Outcome, served
from tests.toolrunner.scripted_worker import ScriptedLauncher

SCRIPTED = ToolRunnerSettings(address="127.0.0.1:0", workers=1)
SECRET = "sk-test-verysecret12345"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


async def ask(
    monkeypatch: pytest.MonkeyPatch,
    provider: FakeProvider,
    spec: AgentSpec | None = None,
    **how: object,
) -> Outcome:
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    async with served(bundle(spec or agent()), model_retry_wait_s=0.01, **how) as client:
        return await client.run()


async def test_answer_streams_with_provider_token_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    script = [text("Hel"), text("lo"), finish("stop"), usage(10, 5, cached=4)]
    async with fake_provider(script) as provider:
        outcome = await ask(monkeypatch, provider)
    assert outcome.code is grpc.StatusCode.OK
    assert outcome.text == "Hello"
    assert [event.sequence for event in outcome.events] == list(range(1, len(outcome.events) + 1))
    spent = outcome.ended.effects.usage
    assert (spent.input_tokens, spent.output_tokens, spent.cached_input_tokens) == (10, 5, 4)
    assert spent.source == run_event_pb2.USAGE_SOURCE_PROVIDER
    assert provider.requests[0]["messages"][0] == {"role": "system", "content": "Be brief."}


async def test_estimated_token_counts_are_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with fake_provider([text("Hello"), finish("stop")]) as provider:
        outcome = await ask(monkeypatch, provider)
    assert outcome.ended.effects.usage.source == run_event_pb2.USAGE_SOURCE_ESTIMATED


async def test_settings_and_tools_reach_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "temperature": 0.5,
        "maxOutputTokens": 99,
        "topP": 0.9,
        "seed": 7,
        "stopSequences": ["END"],
        "parallelToolCalls": False,
        "providerOptions": {"openai": {"reasoningEffort": "low", "store": False, "unheardOf": 1}},
        "unheardOf": True,
    }
    choice = ToolChoice(ToolChoiceMode.TOOL, "math.add")
    spec = agent(tool("math.add", ADD_SCHEMA), settings=settings, tool_choice=choice)
    async with (
        fake_provider(answer("hi")) as provider,
        running_toolrunner(SCRIPTED, ScriptedLauncher()) as toolrunner,
    ):
        await ask(monkeypatch, provider, spec, toolrunner=toolrunner)
    sent = provider.requests[0]
    assert sent["temperature"] == 0.5
    assert sent["max_tokens"] == 99
    assert (sent["top_p"], sent["seed"], sent["stop"]) == (0.9, 7, ["END"])
    assert sent["store"] is False
    offered = sent["tools"][0]["function"]
    assert offered["parameters"] == ADD_SCHEMA
    assert "." not in offered["name"]
    assert sent["tool_choice"]["function"]["name"] == offered["name"]
    assert "unheardOf" not in sent


async def test_invalid_call_is_replayed_in_a_form_providers_accept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [call(0, "c1", "ad d", '{"a":'), finish("tool_calls")]
    async with fake_provider(asked, answer("sorry")) as provider:
        outcome = await ask(monkeypatch, provider, agent())
    assert outcome.kinds[-1] == "finish", outcome.message
    said, told = provider.requests[1]["messages"][-2:]
    assert said["tool_calls"][0]["function"]["arguments"] == '{"invalid_input": "{\\"a\\":"}'
    assert told["tool_call_id"] == "c1"
    assert "no tool" in told["content"]


FAILURES: dict[str, tuple[Sequence[Any] | Refusal, grpc.StatusCode, str, str]] = {
    "wrong key": (
        Refusal(401, {"error": {"message": f"Incorrect API key provided: {SECRET}"}}),
        grpc.StatusCode.FAILED_PRECONDITION,
        "MODEL_AUTHENTICATION_FAILED",
        "Set OPENAI_API_KEY",
    ),
    "unknown model": (
        Refusal(404, {"error": {"message": "no such model", "code": "model_not_found"}}),
        grpc.StatusCode.INVALID_ARGUMENT,
        "MODEL_NOT_FOUND",
        "provider/model",
    ),
    "refused": (
        Refusal(400, {"error": {"message": "Invalid schema for function"}}),
        grpc.StatusCode.FAILED_PRECONDITION,
        "MODEL_REFUSED",
        "Invalid schema for function",
    ),
    "rate limit": (
        Refusal(429, {"error": {"message": "slow down"}}, {"retry-after": "30"}),
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "MODEL_RATE_LIMITED",
        "later",
    ),
    "server error": (
        Refusal(503, {"error": {"message": "overloaded"}}),
        grpc.StatusCode.UNAVAILABLE,
        "MODEL_UNAVAILABLE",
        "overloaded",
    ),
    "broken in mid-stream": (
        [text("Hel"), BREAK],
        grpc.StatusCode.UNAVAILABLE,
        "MODEL_UNAVAILABLE",
        "provider's fault",
    ),
    "ended in mid-stream": (
        [text("Hel"), END],
        grpc.StatusCode.UNAVAILABLE,
        "MODEL_UNAVAILABLE",
        "before the answer was complete",
    ),
    "silent": (
        [text("Hel"), STALL],
        grpc.StatusCode.UNAVAILABLE,
        "MODEL_UNAVAILABLE",
        "silent for too long",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_provider_failure_is_reported_clearly(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, code, reason, words = FAILURES[name]
    async with fake_provider(script) as provider:
        outcome = await ask(monkeypatch, provider, model_silence_s=0.5)
    assert outcome.code is code
    assert outcome.reason == reason
    assert words in outcome.message
    assert outcome.kinds[-1] == "error"
    assert outcome.ended.error == outcome.status
    assert outcome.ended.error.message == outcome.message
    assert outcome.status.ByteSize() < 4096
    for leak in (SECRET, "Traceback", "site-packages"):
        assert leak not in str(outcome)


async def test_rate_limit_error_carries_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fake_provider(FAILURES["rate limit"][0]) as provider:
        outcome = await ask(monkeypatch, provider)
    assert outcome.detail(error_details_pb2.RetryInfo()).retry_delay.seconds == 30
    assert len(provider.requests) == 1


async def test_passing_outage_is_invisible(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fake_provider(FAILURES["server error"][0], [BREAK], answer("hi")) as provider:
        outcome = await ask(monkeypatch, provider)
    assert outcome.text == "hi"
    assert len(provider.requests) == 3


async def test_unreachable_provider_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    async with served(model_retries=0) as client:
        outcome = await client.run()
    assert outcome.code is grpc.StatusCode.UNAVAILABLE
    assert outcome.reason == "MODEL_UNAVAILABLE"


@pytest.mark.parametrize("model", ["no-such-model", "nowhere/model"])
async def test_unknown_model_is_refused(model: str) -> None:
    async with served() as client:
        outcome = await client.run(model=model)
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert outcome.reason == "MODEL_NOT_FOUND"
        assert model in outcome.message
        assert "openai/" in outcome.message


@pytest.mark.parametrize(
    ("model", "variable"),
    [("openai/x", "OPENAI_API_KEY"), ("anthropic/x", "ANTHROPIC_API_KEY")],
)
async def test_missing_key_error_names_its_variable(
    model: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    async with served() as client:
        outcome = await client.run(model=model)
    assert outcome.code is grpc.StatusCode.FAILED_PRECONDITION
    assert f"{variable} is not set" in outcome.message


async def test_disconnected_client_cancels_provider_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with fake_provider([text("Hel"), STALL], answer("hi")) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served() as client:
            call_ = client.start()
            async for event in call_:
                if event.WhichOneof("event") == "text_delta":
                    break
            call_.cancel()
            async with asyncio.timeout(60):
                await provider.gone.wait()
            assert (await client.run()).text == "hi"


async def test_client_deadline_cancels_provider_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with fake_provider(answer("hi"), [text("Hel"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served() as client:
            await client.run()
            outcome = await client.run(timeout_s=3.0)
            assert outcome.code is grpc.StatusCode.DEADLINE_EXCEEDED
            async with asyncio.timeout(60):
                await provider.gone.wait()


STEERING = (
    "pinstripes/x",
    "oobabooga/http://127.0.0.1:{port}",
    "replicate/stranger/repo",
    "sagemaker/stranger",
    "bedrock/agentcore/arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/x",
    "gemini/../../v1beta/files/x",
    "gemini/%2e%2e/%2e%2e/v1beta/files/x",
    "openai/x\x1b[31m\nline",
)


@pytest.mark.parametrize("where", ["request", "fallback", "bundle", "bundle's fallback"])
@pytest.mark.parametrize("name", STEERING)
async def test_name_that_steers_keys_or_hosts_is_refused(
    name: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked, with a sentence in which the name cannot do harm either."""
    for other in ("GEMINI", "ANTHROPIC", "HUGGINGFACE", "REPLICATE"):
        monkeypatch.setenv(f"{other}_API_KEY", SECRET)
    async with fake_provider(answer("hi")) as provider:
        bad = name.format(port=provider.url.rpartition(":")[2].removesuffix("/v1"))
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        monkeypatch.setenv("GEMINI_API_BASE", provider.url)
        spec = agent(model=bad) if where == "bundle" else agent()
        spec = agent(fallback_models=(bad,)) if where == "bundle's fallback" else spec
        asked: dict[str, Any] = {"model": bad} if where == "request" else {}
        asked |= {"fallback_models": [bad]} if where == "fallback" else {}
        async with served(bundle(spec)) as client:
            outcome = await client.run(**asked)
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert outcome.reason == "MODEL_NOT_FOUND"
        assert outcome.message.isprintable()
        assert SECRET not in outcome.message
        assert provider.connections == 0
