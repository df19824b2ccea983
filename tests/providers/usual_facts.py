"""What the providers of OpenAI's chat form have in common: reasons, counts and errors."""

from __future__ import annotations

from typing import Any

from tests.providers.facts import RETRY_AFTER, Fault, Refusal, Stop

Stops = dict[Stop, str]

STOPS: Stops = {
    Stop.END: "stop",
    Stop.LENGTH: "length",
    Stop.CALLS: "tool_calls",
    Stop.FILTER: "content_filter",
}
UNFILTERED: Stops = {stop: word for stop, word in STOPS.items() if stop is not Stop.FILTER}
OPENAI_COUNTS = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "total_tokens": 130,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 10},
}
PLAIN_COUNTS = {"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": 130}
NONE_CACHED = (100, 30, 0, 0)


def said(message: str, kind: str, code: Any = None) -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def coded(code: Any, message: str, **more: Any) -> dict[str, Any]:
    """Return an error that has a code, often its status, and what else its provider says."""
    return {"error": {"code": code, "message": message, **more}}


def flat(message: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return an error whose fields are the body's own."""
    return {"object": "error", "message": message, "type": kind, **more}


OPENAI_ERRORS = {
    Fault.RATE: Refusal(
        429, said("Rate limit reached for m", "requests", "rate_limit_exceeded"), RETRY_AFTER
    ),
    Fault.KEY: Refusal(
        401, said("Incorrect API key provided", "invalid_request_error", "invalid_api_key")
    ),
    Fault.LONG: Refusal(
        400,
        said(
            "This model's maximum context length is 8 tokens.",
            "invalid_request_error",
            "context_length_exceeded",
        ),
    ),
    Fault.CREDIT: Refusal(
        429,
        said("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    ),
    Fault.BUSY: Refusal(503, said("The engine is currently overloaded", "server_error")),
}
BROKEN = said("The server had an error while processing", "server_error")
