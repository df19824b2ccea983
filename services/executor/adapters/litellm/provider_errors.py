"""Errors that providers report with the status of success: within a stream, or instead of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The HTTP status for the words that providers use, in `code`, `type` or `status`.
STATUSES = {
    400: (
        *("bad_request", "context_length_exceeded", "content_filter", "invalid_argument"),
        *("invalid_function_parameters", "invalid_json_schema", "invalid_prompt"),
        *("invalid_request", "invalid_request_error", "string_above_max_length"),
        *("unknown_parameter", "unsupported_parameter", "unsupported_value"),
    ),
    401: ("authentication_error", "invalid_api_key", "unauthenticated", "unauthorized"),
    402: ("billing_error", "insufficient_balance", "insufficient_quota", "payment_required"),
    403: ("permission_denied", "permission_error"),
    404: ("model_not_found", "not_found", "not_found_error"),
    408: ("deadline_exceeded", "request_timeout", "timeout_error"),
    413: ("request_too_large",),
    429: (
        *("limit_requests", "rate_limit_error", "rate_limit_exceeded", "rate_limited"),
        *("resource_exhausted", "throttling", "throttlingexception", "too_many_requests"),
    ),
    503: (
        *("engine_overloaded", "engine_overloaded_error", "overloaded", "overloaded_error"),
        *("service_unavailable_error", "unavailable"),
    ),
}
# MiniMax numbers its errors itself, in `base_resp` (its reference of error codes).
MINIMAX_STATUSES = {
    1001: 408,
    1002: 429,
    1004: 401,
    1008: 402,
    1026: 400,
    1027: 400,
    1039: 429,
    2013: 400,
    2049: 401,
}
STATUS_OF = {word: status for status, words in STATUSES.items() for word in words}
UNKNOWN = 500
# How much of a provider's error is searched: an error body has no limit of its own.
MOST_READ_TEXT = 16 * 1024


class ProviderSaidError(Exception):
    """The provider reports an error in its stream, or in a body with status 200."""

    def __init__(self, message: str, status_code: int, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.param = param
        self.message = message
        self.status_code = status_code
        self.code = code


def message_of(error: Exception) -> str:
    """Return an error's own text, without what is over ``MOST_READ_TEXT``."""
    return str(getattr(error, "message", "") or error)[:MOST_READ_TEXT]


def error_in(chunk: Mapping[str, Any]) -> ProviderSaidError | None:
    """Return the error that a chunk, or a whole body, is; None if it is part of an answer.

    ``{"error": ...}`` is OpenAI's form, ``{"object": "error"}`` that of vLLM, ``{"detail": ...}``
    that of FastAPI, a list of ``errors`` Cloudflare's, ``{"base_resp": ...}`` MiniMax's, and a bare
    ``{"message": ...}``, perhaps with a status, that of many gateways.
    """
    if error := chunk.get("error") or chunk.get("errors"):
        return _of(error[0] if isinstance(error, list) else error, chunk)
    base = chunk.get("base_resp") or {}
    if code := base.get("status_code"):
        status = MINIMAX_STATUSES.get(code, UNKNOWN)
        return ProviderSaidError(_text(base.get("status_msg")), status, _text(code))
    if chunk.get("choices") is not None:
        return None
    if chunk.get("object") == "error" or chunk.get("type") == "error":
        return _of(chunk, chunk)
    said = next((chunk[name] for name in ("message", "detail", "msg") if chunk.get(name)), None)
    return None if said is None else _of({**chunk, "message": _text(said)}, chunk)


def _of(error: Any, whole: Mapping[str, Any]) -> ProviderSaidError:
    if not isinstance(error, dict):
        return ProviderSaidError(_text(error), _status(whole) or UNKNOWN)
    message = error.get("message") or error.get("msg") or error.get("detail") or error
    status = _status(error) or _status(whole) or UNKNOWN
    code = _text(error.get("code") or error.get("type") or "")
    return ProviderSaidError(_text(message), status, code, _text(error.get("param") or ""))


def _status(error: Mapping[str, Any]) -> int | None:
    """Return the HTTP status that an error stands for, by its number or its words."""
    for name in ("code", "status", "status_code", "type"):
        said = error.get(name)
        if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) == 3:
            said = int(said)
        if isinstance(said, int) and 400 <= said < 600:
            return said
        if isinstance(said, str) and said.lower() in STATUS_OF:
            return STATUS_OF[said.lower()]
    return None


def _text(said: Any) -> str:
    return said if isinstance(said, str) else str(said)[:2000]
