"""URLs, parsed once and in one place by the WHATWG URL standard (with Ada).

What is checked is what is connected to: the connection uses the parts of a ``WebUrl``, and no other
parser sees the text again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import ada_url

from services.executor.egress.addresses import Address, parse_address
from services.executor.errors import FetchDeniedError

VISIBLE: Final = re.compile(r"[!-~]*")
PORTS: Final = {"http": 80, "https": 443}
MAX_URL_BYTES: Final = 32 * 1024


@dataclass(frozen=True)
class WebUrl:
    """An http or https URL in its canonical form, without user, password and fragment.

    ``host`` is lower-case ASCII, an IPv6 address without brackets; ``path`` starts with a slash;
    ``query`` is empty or starts with a question mark and may hold private data.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = field(repr=False)

    def __str__(self) -> str:
        """Return the URL for messages and events: without its query, which may be a secret."""
        return f"{self.origin}{self.path}"[:300]

    @property
    def origin(self) -> str:
        """Scheme, host and port, without the scheme's default port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def href(self) -> str:
        """The whole URL."""
        return f"{self.origin}{self.path}{self.query}"

    @property
    def address(self) -> Address | None:
        """The address, if the host is one."""
        return parse_address(self.host)


def utf8_location(location: str) -> str:
    """Return a Location header, read as Latin-1, as text: other bytes than ASCII are UTF-8."""
    if VISIBLE.fullmatch(location):
        return location
    return location.encode("latin-1", "replace").decode("utf-8", "replace")


def parse_url(text: str, base: WebUrl | None = None) -> WebUrl:
    """Parse a URL, relative to ``base`` if given.

    Raises:
        FetchDeniedError: it is malformed, not http or https, too long, or has a password.
    """
    if len(text.encode("utf-8", "replace")) > MAX_URL_BYTES:
        raise FetchDeniedError(f"A URL may be at most {MAX_URL_BYTES // 1024} KiB long.")
    try:
        parsed = ada_url.URL(text) if base is None else ada_url.URL(text, base=base.href)
    except ValueError:
        raise FetchDeniedError(f"{text[:100]!r} is not a URL.") from None
    scheme = parsed.protocol.removesuffix(":")
    if scheme not in PORTS:
        raise FetchDeniedError(
            f"Only http:// and https:// URLs can be fetched, not {scheme[:20]!r}."
        )
    if parsed.username or parsed.password:
        raise FetchDeniedError(
            "A URL must not carry a user name or password; send an Authorization header."
        )
    host = parsed.hostname.removeprefix("[").removesuffix("]")
    if not host or not host.isascii():
        raise FetchDeniedError("A URL must name a host.")
    return WebUrl(
        scheme,
        # A trailing dot names the same host; rules and secrets use the name without it.
        host.removesuffix(".") or host,
        int(parsed.port or PORTS[scheme]),
        parsed.pathname,
        parsed.search,
    )
