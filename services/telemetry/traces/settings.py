"""The settings of traces, a part of those of both services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from services.front.settings_fields import declared, seconds, whole, wrong_without

SCHEMES: Final = ("http", "https")
HEADER_NAME: Final = re.compile(r"[a-z0-9_.-]{1,128}")
HEADER_VALUE: Final = re.compile(r"[ -~]{0,4096}")
SERVICE_WORD: Final = re.compile(r"[!-~]{0,128}")
MOST_HEADERS: Final = 32
GRPCS_OWN: Final = ("grpc-", "te", "content-type", "user-agent")


@dataclass(frozen=True)
class TracesSettings:
    """Traces: where they are sent, and which. Without an endpoint nothing is traced.

    Attributes:
        otlp_endpoint: the collector that traces are sent to by OTLP over gRPC, such as
            ``http://collector:4317``, or ``https://...`` for TLS; by default there are no traces.
        otlp_headers: what each request to it carries, such as a key: ``NAME=VALUE`` with commas
            between them, values percent-encoded. A secret.
        otlp_ca: a PEM file of the authorities that sign its certificate; by default the public
            ones.
        otlp_timeout_s: seconds that it may take for one request.
        traces_ratio: the part of the traces that is recorded, from 0 to 1.
        traces_queue: spans that wait for the collector; what does not fit is dropped and counted.
        traces_service: the name of this service in traces; by default ``caisson-executor`` or
            ``caisson-toolrunner``.
        traces_instance: tells this process from others of its service; by default a random id.
    """

    otlp_endpoint: str = ""
    otlp_headers: str = field(default="", repr=False)
    otlp_ca: str = ""
    otlp_timeout_s: float = seconds(10.0, 0.05, 60.0)
    traces_ratio: float = declared(1.0, float, "a number from 0 to 1", low=0.0, high=1.0)
    traces_queue: int = whole(8192, 256, 1_000_000)
    traces_service: str = ""
    traces_instance: str = ""


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return the headers that a setting lists; raises ValueError, which shows no value."""
    found = []
    for number, each in enumerate(text.split(",") if text else (), 1):
        name, separator, value = each.partition("=")
        name, value = name.strip().lower(), unquote(value.strip())
        if not separator or not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise ValueError(f"header {number} is not NAME=VALUE in printable ASCII")
        if name.startswith(GRPCS_OWN) or name.endswith("-bin"):
            raise ValueError(f"header {number} has a name that gRPC sets itself")
        found.append((name, value))
    if len(found) > MOST_HEADERS:
        raise ValueError(f"there are {len(found)} headers; at most {MOST_HEADERS} are allowed")
    return tuple(found)


def wrong_traces_settings(
    prefix: str, values: Mapping[str, Any], part: type[TracesSettings] = TracesSettings
) -> list[str]:
    """Return the problems of the settings of ``part``; secrets are not shown."""
    problems = wrong_without(prefix, values, part, "otlp_endpoint", "where to")
    endpoint = values["otlp_endpoint"]
    if endpoint and not _is_endpoint(endpoint):
        problems.append(
            f"{prefix}OTLP_ENDPOINT is not shown, since a key may be in it; it must be "
            "http://HOST:PORT or https://HOST:PORT, such as http://127.0.0.1:4317."
        )
    try:
        headers_of(values["otlp_headers"])
    except ValueError as error:
        problems.append(f"{prefix}OTLP_HEADERS is not shown, since keys may be in it: {error}.")
    if values["otlp_ca"]:
        problems += _wrong_ca(prefix, values["otlp_ca"], endpoint)
    problems += [
        f"{prefix}{name.upper()} must have at most 128 printable ASCII characters, no spaces."
        for name in ("traces_service", "traces_instance")
        if not SERVICE_WORD.fullmatch(values[name])
    ]
    return problems


def _wrong_ca(prefix: str, path: str, endpoint: str) -> list[str]:
    if endpoint.startswith("http://"):
        return [f"{prefix}OTLP_CA is set, and {prefix}OTLP_ENDPOINT is http://, without TLS."]
    try:
        with Path(path).open("rb") as file:
            is_pem = b"-----BEGIN CERTIFICATE-----" in file.read(1024 * 1024)
    except (OSError, ValueError):
        is_pem = False
    return [] if is_pem else [f"{prefix}OTLP_CA is {path[:200]!r}, not a PEM file of certificates."]


def _is_endpoint(text: str) -> bool:
    try:
        url = urlsplit(text)
        is_place = bool(url.hostname) and bool(url.port)
    except ValueError:
        return False
    more = (url.path.strip("/"), url.query, url.fragment, url.username, url.password)
    return url.scheme in SCHEMES and is_place and not any(more)
