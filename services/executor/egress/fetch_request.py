"""Parses a tool's ``fetch`` request from untrusted guest input."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from services.executor.domain import Json
from services.executor.egress.ports import Headers
from services.executor.egress.web_url import WebUrl, parse_url
from services.executor.errors import FetchDeniedError

MAX_HEADERS: Final = 200
MAX_HEADER_BYTES: Final = 64 * 1024
PIECE_CHARACTERS: Final = 256 * 1024
TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
"""A token of RFC 9110, section 5.6.2: header names and methods."""
VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""A field value of RFC 9110, section 5.5; no line breaks, no NUL."""
REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})
REDIRECTS: Final = frozenset({"follow", "manual", "error"})
# Framing, connection and the broker's own headers: a tool cannot set these.
OWN_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
CREDENTIALS: Final = frozenset({"authorization", "cookie", "www-authenticate"})
OF_THE_BODY: Final = frozenset(
    {"content-type", "content-encoding", "content-language", "content-location"}
)
IDEMPOTENCY_KEY: Final = "idempotency-key"
ACCEPT_ENCODING: Final = "accept-encoding"


@dataclass(frozen=True)
class FetchRequest:
    """One validated request of a tool, still with placeholders."""

    method: str
    url: WebUrl
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    redirect: str
    raw: bool = False
    """Node's HTTP client asks: nothing is added, and the body comes as it was sent."""
    accepted: str = ""
    """The content codings that a raw request accepts, as its Accept-Encoding."""

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")

    def with_idempotency_key(self, key: str) -> FetchRequest:
        """Return the request with an idempotency key, if its method is unsafe and it has none."""
        if not key or self.method in SAFE_METHODS or self.header(IDEMPOTENCY_KEY):
            return self
        return replace(self, headers=(*self.headers, ("Idempotency-Key", key)))

    def redirected(self, status: int, url: WebUrl, credentials: frozenset[str]) -> FetchRequest:
        """Return the request to make for a redirect (Fetch standard, HTTP-redirect fetch).

        ``credentials`` are the headers that another origin must not see.
        """
        to_get = (status in (301, 302) and self.method == "POST") or (
            status == 303 and self.method not in ("GET", "HEAD")
        )
        dropped: frozenset[str] = OF_THE_BODY if to_get else frozenset()
        if url.origin != self.url.origin:
            dropped |= CREDENTIALS | credentials
        headers = tuple(each for each in self.headers if each[0].lower() not in dropped)
        if to_get:
            return replace(self, method="GET", url=url, headers=headers, body=b"")
        return replace(self, url=url, headers=headers)


def read_request(asked: Mapping[str, Json], max_body_bytes: int) -> FetchRequest:
    """Parse a request of the guest.

    Raises:
        FetchDeniedError: it cannot be sent; the message says why.
    """
    url, redirect = asked.get("url"), asked.get("redirect", "follow")
    if not isinstance(url, str):
        raise FetchDeniedError("fetch needs a URL.")
    if redirect not in REDIRECTS:
        raise FetchDeniedError("fetch does not know this redirect mode.")
    method = _method(asked.get("method", "GET"))
    body = _body(asked.get("body"), max_body_bytes)
    raw = asked.get("raw") is True
    if body and method in WITHOUT_BODY and not raw:
        raise FetchDeniedError(f"A request of method {method} cannot have a body.")
    headers = _headers(asked.get("headers"))
    accepted = ", ".join(text for name, text in headers if name.lower() == ACCEPT_ENCODING)
    kept = tuple(each for each in headers if each[0].lower() not in OWN_HEADERS)
    return FetchRequest(
        method, parse_url(url), kept, body, str(redirect), raw, accepted if raw else ""
    )


def _method(value: Json) -> str:
    if not isinstance(value, str) or not TOKEN.fullmatch(value):
        raise FetchDeniedError("fetch needs a method that is an HTTP token.")
    if value.upper() in REFUSED_METHODS:
        raise FetchDeniedError(f"fetch cannot use the method {value}.")
    return value


def _headers(value: Json) -> Headers:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_HEADERS:
        raise FetchDeniedError(f"A request may have at most {MAX_HEADERS} headers.")
    headers: list[tuple[str, str]] = []
    size = 0
    for each in value:
        if not isinstance(each, list) or len(each) != 2:
            raise FetchDeniedError("A header must be a name and a value.")
        name, text = each
        if not isinstance(name, str) or not TOKEN.fullmatch(name):
            raise FetchDeniedError("A header's name must be an HTTP token.")
        if not isinstance(text, str) or not VALUE.fullmatch(text):
            raise FetchDeniedError(f"The value of the header {name} has invalid characters.")
        size += len(name) + len(text)
        headers.append((name, text.strip("\t ")))
    if size > MAX_HEADER_BYTES:
        raise FetchDeniedError(f"The headers have {size} bytes; the limit is {MAX_HEADER_BYTES}.")
    return tuple(headers)


def _body(value: Json, most: int) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise FetchDeniedError("The request's body is not base64.")
    too_large = FetchDeniedError(
        f"The request's body is over the limit of {most} bytes "
        "(CAISSON_EXECUTOR_TOOL_FETCH_REQUEST_BYTES)."
    )
    if len(value) > most * 4 // 3 + 4:
        raise too_large
    try:
        # In pieces of whole groups of four, so that no call holds the interpreter's lock for long.
        starts = range(0, len(value), PIECE_CHARACTERS)
        if 0 <= value.find("=") < max(starts, default=0):
            raise binascii.Error
        pieces = (value[at : at + PIECE_CHARACTERS] for at in starts)
        body = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except binascii.Error:
        raise FetchDeniedError("The request's body is not base64.") from None
    if len(body) > most:
        raise too_large
    return body
