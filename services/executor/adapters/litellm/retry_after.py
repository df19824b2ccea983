"""How long a provider asks to wait, in the forms in which providers say it.

- `retry-after` in seconds or as a date (RFC 9110, 10.2.3), `retry-after-ms` (OpenAI, Azure),
  `x-ms-retry-after-ms` (Azure).
- When limits that are used up are restored: `x-ratelimit-reset-tokens: 6m0s` (OpenAI, Groq),
  `anthropic-ratelimit-tokens-reset` as a timestamp, `x-ratelimit-reset` as seconds from now, or
  seconds or milliseconds since 1970 (OpenRouter). Those with a rest say nothing.
- `retryDelay: "34s"` in an error's details (Gemini), and the words "try again in 1.2s" (OpenAI,
  Groq), "retry in 34.07s" (Gemini).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from services.executor.adapters.litellm.provider_errors import message_of

_UNITS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6}
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|us|[dhms])")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_SAID = re.compile(
    rf"(?i)retry_?delay[\"']*\s*:\s*[\"']?(?P<delay>{_DURATION.pattern})"
    rf"|(?:try again|retry|wait) (?:in|after|for) (?P<words>{_DURATION.pattern})"
    r"|(?:try again|retry|wait) (?:in|after|for) (?P<seconds>\d{1,9}(?:\.\d{1,9})?) ?seconds?\b"
)
_RESET = re.compile(r"(x-ratelimit-|anthropic-ratelimit-)(?:reset(-\w+)?|([\w-]+?)-reset)")
_MILLISECONDS_SINCE_1970, _SECONDS_SINCE_1970 = 1e11, 1e8


def retry_after_s(error: Exception) -> float | None:
    """Return the seconds that the provider asks to wait, None if it does not say."""
    given = [
        getattr(getattr(error, "response", None), "headers", None),
        getattr(error, "headers", None),
        getattr(error, "litellm_response_headers", None),
    ]
    all_headers = [headers for headers in given if headers]
    waits = [*map(_wait_in, all_headers), _wait_said(error), *map(_reset_in, all_headers)]
    return next((max(0.0, wait) for wait in waits if wait is not None), None)


def _wait_in(headers: Mapping[str, Any]) -> float | None:
    for name, unit in (
        ("retry-after-ms", 1000.0),
        ("x-ms-retry-after-ms", 1000.0),
        ("retry-after", 1.0),
    ):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            seconds = _duration(str(value)) or _until(str(value))
        if math.isfinite(seconds):
            return seconds
    return None


def _reset_in(headers: Mapping[str, Any]) -> float | None:
    """Return when all limits that are used up are restored, None if none is."""
    waits: list[float] = []
    for name, value in headers.items():
        match = _RESET.fullmatch(str(name).lower())
        if match is not None and any(
            str(headers.get(rest, "")).strip() == "0" for rest in _rests(match)
        ):
            waits += _times(str(value))
    return max(waits, default=None)


def _rests(match: re.Match[str]) -> Iterator[str]:
    """Yield the names of the header that says how much is left of a limit."""
    prefix, after, before = match.groups(default="")
    yield f"{prefix}remaining{after}"
    if before:
        yield f"{prefix}{before}-remaining"


def _times(value: str) -> Iterator[float]:
    """Yield the seconds from now that a time of a reset means, nothing if it is unknown."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = _duration(value) or _until(value)
    else:
        if seconds > _MILLISECONDS_SINCE_1970:
            seconds /= 1000.0
        if seconds > _SECONDS_SINCE_1970:
            seconds -= datetime.now(UTC).timestamp()
    if math.isfinite(seconds):
        yield seconds


def _wait_said(error: Exception) -> float | None:
    """Return the wait that the error's own text has."""
    said = _SAID.search(message_of(error))
    if said is None:
        return None
    if said["seconds"]:
        return float(said["seconds"])
    return _duration(said["delay"] or said["words"])


def _duration(text: str) -> float | None:
    """Return the seconds of a text such as "1m30s" or "12ms", None if it is no such text."""
    if _DURATION.fullmatch(text.strip()) is None:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _until(date: str) -> float:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(date)
        except (ValueError, TypeError, IndexError):
            continue
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return (aware - datetime.now(UTC)).total_seconds()
    return math.nan
