"""URLs, parsed once and in one place as the WHATWG URL standard says (by Ada).

What is checked here is what is connected to: the parts of a ``WebUrl`` go to the connection, and no
other parser sees the text again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import ada_url

from services.executor.egress.addresses import Address, parse_address
from services.executor.errors import FetchDeniedError

PORTS: Final = {"http": 80, "https": 443}
MAX_URL_BYTES: Final = 32 * 1024


@dataclass(frozen=True)
class WebUrl:
    """An http or https URL in its canonical form, without user, password and fragment.

    ``host`` is lower-case ASCII, an IPv6 address without brackets; ``path`` begins with a slash;
    ``query`` is empty or begins with a question mark and may hold a caller's data.
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
        """Scheme, host and port, the last where it is not the scheme's own."""
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
        """The address when the host is one and no name."""
        return parse_address(self.host)


def parse_url(text: str, base: WebUrl | None = None) -> WebUrl:
    """Return the URL of a text, relative to ``base`` where there is one.

    Raises:
        FetchDeniedError: it is none, not of http or https, too long, or carries a password.
    """
    if len(text.encode("utf-8", "replace")) > MAX_URL_BYTES:
        raise FetchDeniedError(f"A URL may have at most {MAX_URL_BYTES // 1024} KiB.")
    try:
        parsed = ada_url.URL(text) if base is None else ada_url.URL(text, base=base.href)
    except ValueError:
        raise FetchDeniedError(f"{text[:100]!r} is no URL.") from None
    scheme = parsed.protocol.removesuffix(":")
    if scheme not in PORTS:
        raise FetchDeniedError(
            f"Only URLs of http:// and https:// can be fetched, not those of {scheme[:20]!r}."
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
        # A trailing dot names the same host, which rules and secrets are bound to without it.
        host.removesuffix(".") or host,
        int(parsed.port or PORTS[scheme]),
        parsed.pathname,
        parsed.search,
    )
