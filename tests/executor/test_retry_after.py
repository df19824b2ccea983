"""How long providers ask to wait, in every form that they say it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import ModelRoute, UserMessage
from services.executor.errors import ModelError, ModelRateLimitError, ModelUnavailableError
from tests.executor.fake_provider import Refusal, fake_provider, text

BUSY: dict[str, Any] = {"error": {"message": "too busy"}}


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def failed(
    model: LiteLLMModel,
    script: Any,
    monkeypatch: pytest.MonkeyPatch,
    of: tuple[str, str] = ("openai/m", "OPENAI_BASE_URL"),
) -> ModelError:
    name, variable = of
    async with fake_provider(script) as provider:
        monkeypatch.setenv(f"{variable.partition('_')[0]}_API_KEY", "sk-test-123456789")
        monkeypatch.setenv(variable, provider.url)
        query = ModelQuery(ModelRoute(name), "s", (UserMessage("hi"),), (), {})
        with pytest.raises(ModelError) as caught:
            _ = [delta async for delta in model.stream(query)]
    return caught.value


def headers_by_name() -> dict[str, tuple[dict[str, str], float | None]]:
    return {
        "seconds": ({"retry-after": "7"}, 7.0),
        "half a second": ({"retry-after": "0.5"}, 0.5),
        "in the past": ({"retry-after": format_datetime(later(-60))}, 0.0),
        "date": ({"retry-after": format_datetime(later(100), usegmt=False)}, 100.0),
        "milliseconds": ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        "azure": ({"x-ms-retry-after-ms": "2500"}, 2.5),
        "duration": ({"retry-after": "1m30s"}, 90.0),
        "openai": (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "6m0s",
                "x-ratelimit-remaining-tokens": "100",
                "x-ratelimit-reset-tokens": "9m",
            },
            360.0,
        ),
        "groq": (
            {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m59.56s"},
            3779.56,
        ),
        "milliseconds of a limit": (
            {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "12ms"},
            0.012,
        ),
        "nothing is used up": (
            {"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "12ms"},
            None,
        ),
        "anthropic": (
            {
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": later(50).isoformat(),
                "anthropic-ratelimit-requests-remaining": "3",
                "anthropic-ratelimit-requests-reset": later(500).isoformat(),
            },
            50.0,
        ),
        "since 1970": (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{later(30).timestamp():.0f}"},
            30.0,
        ),
        "milliseconds since 1970": (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": f"{later(30).timestamp() * 1e3:.0f}",
            },
            30.0,
        ),
        "from now": ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}, 20.0),
        "no number": ({"retry-after": "soon"}, None),
        "no end": ({"retry-after": "inf", "retry-after-ms": "nan"}, None),
        "nothing": ({}, None),
    }


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", headers_by_name())
async def test_wait_in_headers(
    name: str, status: int, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, right = headers_by_name()[name]  # with times from now on, not from the collection on
    error = await failed(model, Refusal(status, BUSY, headers), monkeypatch)
    assert type(error) is (ModelRateLimitError if status == 429 else ModelUnavailableError)
    assert error.retry_after_s == (right if right is None else pytest.approx(right, abs=5, rel=0))
    if right is not None and right < 10:
        assert error.retry_after_s == pytest.approx(right)


SAID: dict[str, tuple[dict[str, Any], float]] = {
    "openai": ({"message": "Rate limit reached. Please try again in 1.2s."}, 1.2),
    "openai, milliseconds": ({"message": "Please try again in 20ms. Visit ..."}, 0.02),
    "groq": ({"message": "Limit 6000, Used 5900. Please try again in 7m12.5s."}, 432.5),
    "azure": ({"message": "Please retry after 26 seconds."}, 26.0),
    "gemini": ({"message": "Quota exceeded. Please retry in 34.07s.", "status": "X"}, 34.07),
}


@pytest.mark.parametrize("form", ["before", "in stream"])
@pytest.mark.parametrize("name", SAID)
async def test_wait_in_words(
    name: str, form: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, right = SAID[name]
    body = {"error": {**said, "code": 429}}
    script: Any = Refusal(429, body) if form == "before" else [body]
    error = await failed(model, script, monkeypatch)
    assert isinstance(error, ModelRateLimitError)
    assert error.retry_after_s == pytest.approx(right)


async def test_wait_in_details_of_gemini(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]
    error = {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED", "details": details}
    gemini = ("gemini/gemini-2.5-pro", "GEMINI_API_BASE")
    found = await failed(model, Refusal(429, {"error": error}), monkeypatch, gemini)
    assert isinstance(found, ModelRateLimitError)
    assert found.retry_after_s == pytest.approx(34.5)


@pytest.mark.parametrize(
    "line",
    [
        'error: {"code":503,"message":"slot unavailable","type":"unavailable_error"}\n\n',
        "error: slot unavailable\n\n",
    ],
)
async def test_error_field_of_a_stream(
    line: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of llama.cpp before it wrote errors as data."""
    error = await failed(model, [text("a"), line], monkeypatch)
    assert isinstance(error, ModelUnavailableError)
    assert "slot unavailable" in error.message


@pytest.mark.parametrize("status", [200, 502, 503])
async def test_web_page_is_no_answer(
    status: int, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
    error = await failed(model, Refusal(status, page), monkeypatch)
    assert isinstance(error, ModelUnavailableError)
    assert "web page" in error.message or "text/html" in error.message
    assert "<" not in error.message
