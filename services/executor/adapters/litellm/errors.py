"""Translates exceptions of LiteLLM and its clients: the only place that knows their classes."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import httpx

from services.executor.adapters.litellm.provider_errors import MOST_READ_TEXT, error_in, message_of
from services.executor.adapters.litellm.retry_after import retry_after_s
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
from services.executor.providers.names import HOW_TO_NAME
from services.executor.providers.table import PROVIDERS

logger = logging.getLogger(__name__)

MAX_PROVIDER_TEXT = 400
MAX_CAUSES = 10
# The statuses below 500, other than 429, that may be transient.
PASSING = {408, 409, 425, 498}
SECRET = re.compile(
    r"(?i)\b(?:sk|pk|rk|key|xai|gsk|AIza)[-_][\w*.-]{6,}|AIza[\w-]{10,}|bearer\s+\S+|"
    r"(?:api[-_ ]?key|token|secret)\"?\s*[:=]\s*\"?\S+|//[^/\s@]+@"
)
WEB_PAGE = re.compile(r"(?i)<(?:!doctype html|html|head|body)\b")
HOST_PATH = re.compile(r"(?:/[\w.+-]+){3,}/[\w.+-]+\.py\b")
CLASS_NAMES = re.compile(r"\blitellm\.\w+:\s*|\b\w*(?:Error|Exception)(?: - |:\s*)")
# LiteLLM's to its own users.
ADVICE = re.compile(r",? To drop (?:these|it|unsupported|this)\b|\. If you want to drop")
NO_KEY = re.compile(r"(?i)missing credentials|missing .{0,40}api.?key|api_key .{0,40}must be set")


# What providers say of a prompt that is too long; most use the status of any bad request.
TOO_LONG = re.compile(
    r"(?i)context_length_exceeded|context (?:length|window|size|limit)|prompt (?:is|was) too long|"
    r"too many (?:input )?tokens|input (?:is|was) too long|input token count .{0,40}exceeds|"
    r"exceeds? .{0,40}(?:maximum|available|allowed|model's) .{0,20}(?:context|tokens?|input)|"
    r"maximum .{0,20}prompt length|reduce the length of the (?:messages|input|prompt)|"
    r"exceeded model token limit|exceeds max length|"
    r"range of input length|max_new_tokens`? must be <="
)
# A request that is over what is left of a rate's limit, even alone.
TOO_LARGE = re.compile(r"(?i)request too large .{0,200}tokens")
USED_UP = re.compile(
    r"(?i)insufficient_quota|exceeded your current quota|insufficient (?:balance|credit|funds)|"
    r"credit balance is too low|billing hard limit|payment required|out of credits|"
    r"used all available credits|spending limit|account is in arrears|arrearage|"
    r"account is in good standing|exceeded_current_quota|budget has been exceeded|"
    r"reached your (?:specified )?(?:workspace )?api usage limits|enforced_spend_limit_reached|"
    r"allocationquota\.freetieronly|"
    r"code[\"']:\s*[\"']1113[\"']"  # Z.ai's, in any language
)
# Limits of a minute have the words of an account's: Gemini's and OpenRouter's come with a short
# wait, which Gemini sends with those of a day, too; DashScope's with this status alone.
LONGEST_WINDOW_S = 120.0
OF_A_DAY = "PerDay"
# Wrong keys that come with the status of a bad request: from Gemini and xAI.
WRONG_KEY = re.compile(r"(?i)(?:incorrect|invalid) api key|api key (?:is )?(?:not valid|invalid)")
# Prompts that are refused for what they say; OpenRouter does it with the status of a wrong key,
# as Together does with prompts that are too long.
FLAGGED = re.compile(r"(?i)flagged by moderation|flagged_input|content_filter")
OVERLOADED = re.compile(r"(?i)overloaded")


def to_model_error(
    error: Exception, model: str, provider: str, litellm: Any, base: str = ""
) -> ModelError:
    """Return ``error`` as one of ours, without keys or local paths in its message.

    Args:
        error: what LiteLLM, or a client below it, raised.
        model: the requested model, by LiteLLM's name.
        provider: the name of the provider.
        litellm: the module with the exception classes.
        base: the variable that sets the base URL, empty for the provider's own URL.
    """
    error = _original(error)
    known = litellm.exceptions
    text = provider_text(error)
    metadata = {"model": model, "provider": provider}
    if base:
        metadata["base_variable"] = base
    if isinstance(error, ModelError):
        return error
    status = getattr(error, "status_code", None)
    whole = _whole(error)
    if _is_used_up(error, status, provider, whole):
        message = (
            f'The account of this deployment at the provider of "{model}" is used up: {text} '
            "Its operator has to add credit there, or to configure another model."
        )
        return ModelQuotaError(message, metadata)
    if _is_about_the_key(error, status, whole, known):
        return auth_error(model, provider)
    if isinstance(error, known.NotFoundError) or status == 404 or _names_unknown_model(error, text):
        return unknown_model(model, metadata)
    limited = isinstance(error, known.RateLimitError) or status in {402, 429}
    too_large = TOO_LARGE.search(whole)
    if limited and not too_large and not OVERLOADED.search(text):
        message = f'The provider of "{model}" limits the rate of requests: {text} Try again later.'
        return ModelRateLimitError(message, metadata, retry_after_s=retry_after_s(error))
    refused = isinstance(error, known.BadRequestError) and status not in PASSING
    if (
        isinstance(error, known.ContextWindowExceededError)
        or too_large
        or (TOO_LONG.search(whole) and (refused or _is_refusal(error) or status == 500))
    ):
        message = (
            f'The conversation is too long for "{model}": {text} Send less of it, or use a model '
            "that reads more."
        )
        return ModelContextError(message, metadata)
    if not limited and (refused or _is_refusal(error)):
        message = f'The provider of "{model}" refused the request: {text}'
        return ModelRefusedError(message, metadata)
    if isinstance(error, known.Timeout) or _timed_out(error):
        text = "it was silent for too long."
    return _unavailable(error, model, text, metadata)


def _whole(error: Exception) -> str:
    """Return all that is known of an error: LiteLLM leaves out the type that its client read."""
    client = getattr(error.__cause__ or error.__context__, "body", None)
    return f"{getattr(error, 'code', '')} {error} {client or ''}"[:MOST_READ_TEXT]


def _is_used_up(error: Exception, status: int | None, provider: str, whole: str) -> bool:
    """Tell whether the account is used up, and not only what it may use in this minute."""
    if status != 402 and not USED_UP.search(whole):
        return False
    wait_s = retry_after_s(error)
    is_short = wait_s is not None and wait_s <= LONGEST_WINDOW_S and OF_A_DAY not in whole
    return not is_short and not (provider == "dashscope" and status == 429)


def _is_about_the_key(error: Exception, status: int | None, whole: str, known: Any) -> bool:
    if FLAGGED.search(whole) or (status == 403 and TOO_LONG.search(whole)):
        return False
    refused = isinstance(error, known.AuthenticationError | known.PermissionDeniedError)
    wrong = status == 400 and WRONG_KEY.search(whole)
    return bool(refused or status in {401, 403} or wrong or NO_KEY.search(whole))


def is_broken_connection(error: Exception) -> bool:
    """Tell whether the connection broke, as opposed to an error of the provider."""
    return isinstance(error, httpx.TransportError | OSError)


def auth_error(model: str, provider: str) -> ModelAuthError:
    """Return the error for a missing or refused key, with the variable to set."""
    variable = PROVIDERS[provider].keys[0]
    return ModelAuthError(
        f'The provider of "{model}" refused the API key, or no key is set. '
        f"Set {variable}, or the variable that its alias names, in the environment of the executor "
        "to a valid key.",
        {"model": model, "provider": provider, "variable": variable},
    )


def unknown_model(model: str, metadata: dict[str, str]) -> UnknownModelError:
    """Return the error for a model that its provider does not know."""
    base = metadata.get("base_variable", "")
    wrong = f", or {base}, which sets its base URL, is wrong" if base else ""
    what = f'The provider "{metadata["provider"]}" does not know the model "{model}"{wrong}.'
    return UnknownModelError(f"{what} {HOW_TO_NAME}", metadata)


def provider_text(error: Exception) -> str:
    """Return the provider's message, short, on one line, without secrets or paths."""
    text = _message_in(CLASS_NAMES.sub("", message_of(error)))
    text = " ".join(ADVICE.split(text.split("\nTraceback")[0])[0].split())
    if WEB_PAGE.match(text):
        return "it returned a web page instead of an API response."
    text = HOST_PATH.sub("(path)", SECRET.sub("(secret)", text))
    text = text[:MAX_PROVIDER_TEXT] or f"it gave no reason ({type(error).__name__})"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _message_in(text: str) -> str:
    """Return the message of a JSON error, or the text itself."""
    start, end = text.find("{"), text.rfind("}")
    try:
        body = json.loads(text[start : end + 1]) if start >= 0 else None
    except (ValueError, RecursionError):
        return text
    said = error_in(body) if isinstance(body, dict) else None
    return said.message if said and said.message else text


def _original(error: Exception) -> Exception:
    """Return the cause of an error that LiteLLM wrapped because the stream had started."""
    inner = getattr(error, "original_exception", None)
    return inner if isinstance(inner, Exception) else error


def _names_unknown_model(error: Exception, text: str) -> bool:
    code = getattr(error, "code", None)
    return code == "model_not_found" or "LLM Provider NOT provided" in text


def _timed_out(error: BaseException | None) -> bool:
    """Tell whether one of our timeouts caused ``error``."""
    for _ in range(MAX_CAUSES):
        if error is None or isinstance(error, httpx.TimeoutException | TimeoutError):
            break
        error = error.__cause__ or error.__context__
    return isinstance(error, httpx.TimeoutException | TimeoutError)


def _is_refusal(error: Exception) -> bool:
    """Tell whether the provider refused the request for good."""
    status = getattr(error, "status_code", None)
    return isinstance(status, int) and 400 <= status < 500 and status not in PASSING


def _unavailable(
    error: Exception, model: str, text: str, metadata: dict[str, str]
) -> ModelUnavailableError:
    logger.info("model %s: %s: %s", model, type(error).__name__, text)
    fault = "This is the provider's fault or the network's; try again."
    if base := metadata.get("base_variable"):
        fault += f" {base} sets its base URL: check that a model server answers there."
    return ModelUnavailableError(
        f'The provider of "{model}" cannot be reached, or its stream broke: {text} {fault}',
        metadata,
        retry_after_s=retry_after_s(error),
    )
