"""llmock as provider, with every fault it has: clients get true reports, llmock finds no fault.

Before the first visible output the executor asks again by itself. After it the run ends in an error
that asks to try again: the client here does so, as a true one would, and gets the whole answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import grpc
import pytest
from llmock.pytest_plugin import LLMock

from caisson.executor.v1 import run_event_pb2
from caisson.executor.v1.errors_pb2 import ERROR_REASON_MODEL_RATE_LIMITED
from services.executor.settings import Settings
from tests.executor.builders import agent, bundle
from tests.executor.served import Client, Outcome, served
from tests.repeats import sampled

WORDS = "One two three four five six seven eight nine ten eleven twelve."
KEY = "llmock-test-key"
PATIENCE_S = 2.5  # for a provider that says nothing, and none that works takes so long


@dataclass(frozen=True)
class Provider:
    """One provider's format, and how many of its chunks come before the first word."""

    name: str
    model: str
    silent_chunks: int


PROVIDERS = (
    Provider("openai", "openai/gpt-4o-mini", 1),
    Provider("anthropic", "anthropic/claude-sonnet-4-5", 3),
    Provider("gemini", "gemini/gemini-2.5-pro", 0),
)


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest) -> Provider:
    return request.param  # type: ignore[no-any-return]  # fixtures have no types


@pytest.fixture
async def client(
    provider: Provider, llmock: LLMock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_BASE", f"{llmock.url}/gemini/v1beta")
    llmock.tool_mode("off")
    async with served(
        bundle(agent(model=provider.model)),
        model_retry_first_wait_s=0.1,
        model_first_token_s=PATIENCE_S,
        model_silence_s=PATIENCE_S,
    ) as made:
        yield made


def whole(outcome: Outcome) -> None:
    """The run is complete, with all of the model's text."""
    assert outcome.code is grpc.StatusCode.OK, outcome.message
    assert outcome.text == WORDS
    assert outcome.kinds[-1] == "finish"
    usage = outcome.ended.effects.usage
    assert usage.source == run_event_pb2.USAGE_SOURCE_PROVIDER
    assert usage.output_tokens > 0


def failed(outcome: Outcome, code: grpc.StatusCode, reason: str) -> None:
    """The run failed, and every report of it agrees."""
    assert outcome.kinds[-1] == "error"
    assert sum(kind in {"finish", "abort", "error"} for kind in outcome.kinds) == 1
    assert (outcome.code, outcome.reason) == (code, reason)
    assert outcome.ended.error.code == code.value[0]
    assert WORDS.startswith(outcome.text)
    assert KEY not in outcome.message


@sampled(3, "provider")
@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_transient_error_is_retried(client: Client, llmock: LLMock, status: int) -> None:
    llmock.fail(status).reply(WORDS)
    outcome = await client.run()
    whole(outcome)
    assert outcome.kinds.count("model_retry") == 1
    llmock.assert_resilient(strict=True)


async def test_retry_after_is_obeyed(client: Client, llmock: LLMock) -> None:
    llmock.rate_limit(times=2, retry_after=0.4).reply(WORDS)
    outcome = await client.run()
    whole(outcome)
    retries = [event.model_retry for event in outcome.events if event.HasField("model_retry")]
    assert [retry.reason for retry in retries] == [ERROR_REASON_MODEL_RATE_LIMITED] * 2
    llmock.assert_resilient(strict=True)


async def test_outage_is_reported_after_the_last_retry(client: Client, llmock: LLMock) -> None:
    llmock.outage()
    outcome = await client.run()
    failed(outcome, grpc.StatusCode.UNAVAILABLE, "MODEL_UNAVAILABLE")
    assert len(llmock.requests) == 3
    llmock.assert_resilient(strict=True)


REFUSALS = {
    400: (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_REFUSED"),
    401: (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_AUTHENTICATION_FAILED"),
    403: (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_AUTHENTICATION_FAILED"),
    404: (grpc.StatusCode.INVALID_ARGUMENT, "MODEL_NOT_FOUND"),
    422: (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_REFUSED"),
}


@pytest.mark.parametrize("status", REFUSALS)
async def test_refused_query_is_not_retried(client: Client, llmock: LLMock, status: int) -> None:
    llmock.fail(status)
    failed(await client.run(), *REFUSALS[status])
    assert len(llmock.requests) == 1
    llmock.assert_resilient(strict=True)


async def test_too_long_prompt_is_reported(client: Client, llmock: LLMock) -> None:
    llmock.context_overflow()
    outcome = await client.run()
    failed(outcome, grpc.StatusCode.FAILED_PRECONDITION, "MODEL_CONTEXT_TOO_LONG")
    assert "maximum context length" in outcome.message
    llmock.assert_resilient(strict=True)


STREAM_FAULTS: dict[str, Callable[[LLMock, int], LLMock]] = {
    "disconnect": lambda llmock, at: llmock.disconnect(after_chunks=at),
    "truncate": lambda llmock, at: llmock.truncate(after_chunks=at),
    "malformed": lambda llmock, at: llmock.corrupt(after_chunks=at),
    "stall": lambda llmock, at: llmock.stall(after_chunks=at, seconds=20.0),
}


@pytest.mark.parametrize("fault", STREAM_FAULTS)
async def test_stream_broken_before_output_is_retried(
    client: Client, provider: Provider, llmock: LLMock, fault: str
) -> None:
    STREAM_FAULTS[fault](llmock.pace(15), provider.silent_chunks).reply(WORDS, times=2)
    outcome = await client.run()
    whole(outcome)
    assert outcome.kinds.count("model_retry") == 1
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("fault", STREAM_FAULTS)
async def test_stream_broken_after_output_is_a_retryable_error(
    client: Client, provider: Provider, llmock: LLMock, fault: str
) -> None:
    STREAM_FAULTS[fault](llmock.pace(15), provider.silent_chunks + 4).reply(WORDS, times=2)
    outcome = await client.run()
    failed(outcome, grpc.StatusCode.UNAVAILABLE, "MODEL_UNAVAILABLE")
    assert outcome.text.split() == WORDS.split()[: len(outcome.text.split())]
    assert len(outcome.text.split()) == 4
    assert "model_retry" not in outcome.kinds
    assert "try again" in outcome.message
    whole(await client.run())
    llmock.assert_resilient(strict=True)


async def test_slow_provider_within_limits_succeeds(client: Client, llmock: LLMock) -> None:
    llmock.delay(0.2).slow_first_token(0.2).pace(10).reply(WORDS)
    whole(await client.run())
    llmock.assert_resilient(strict=True)


async def test_too_slow_provider_times_out(client: Client, llmock: LLMock) -> None:
    llmock.delay(2 * PATIENCE_S).reply(WORDS, times=2)
    outcome = await client.run()
    whole(outcome)
    (retry,) = [event.model_retry for event in outcome.events if event.HasField("model_retry")]
    assert "silent for too long" in retry.error_text
    llmock.assert_resilient(strict=True)


async def test_long_retry_after_is_reported_at_once(client: Client, llmock: LLMock) -> None:
    llmock.limits(rpm=1).reply(WORDS, times=None)
    whole(await client.run("first"))
    outcome = await client.run("second")
    failed(outcome, grpc.StatusCode.RESOURCE_EXHAUSTED, "MODEL_RATE_LIMITED")
    assert len(llmock.requests) == 2
    # llmock would have a client wait for the whole minute; ours tells its caller how long it is.
    assert [finding.code for finding in llmock.verdict().findings] == ["gave_up"]


async def test_fallback_provider_answers_during_an_outage(
    client: Client, provider: Provider, llmock: LLMock
) -> None:
    others = [other for other in PROVIDERS if other is not provider]
    for down in (provider, others[0]):
        llmock.outage(provider=down.name)
    llmock.reply(WORDS)
    outcome = await client.run(fallback_models=[other.model for other in others])
    whole(outcome)
    (step,) = [event.finish_step for event in outcome.events if event.HasField("finish_step")]
    assert step.model == others[1].model
    llmock.assert_resilient(strict=True)


def test_default_first_retry_wait_is_half_a_second() -> None:
    assert Settings().model_retry_first_wait_s == 0.5
