"""Secrets that never enter the sandbox: a tool sees a placeholder, the broker puts the value in.

A placeholder is made for one run and cannot be guessed. It is replaced in the values of headers, in
the query and in the body, and only of a request to a host that the secret is bound to; anywhere
else the request is refused. Values that come back in a response are turned into the placeholder
again, before anything of it reaches the guest, an event or a log.
"""

from __future__ import annotations

import base64
import json
import re
import secrets as random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import quote, quote_plus

from services.executor.egress.audience import EVERYBODY, Audience
from services.executor.egress.rules import FetchRule
from services.executor.egress.web_url import WebUrl
from services.executor.errors import FetchDeniedError, SetupError

PREFIX: Final = "caisson_secret_"
RANDOM_BYTES: Final = 24
PLACEHOLDER: Final = re.compile(rf"{PREFIX}[0-9a-f]{{{2 * RANDOM_BYTES}}}")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
LEAST_BYTES: Final = 8
"""A shorter value cannot be told from ordinary text in a response."""
MOST_BYTES: Final = 4096
URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
BASIC: Final = re.compile(r"(basic +)([A-Za-z0-9+/]+=*)", re.IGNORECASE)


class SecretSource(Protocol):
    """Where the values of secrets are kept."""

    async def value(self, name: str) -> str:
        """Return the value of the secret of this name.

        Raises:
            SetupError: it has none; the message does not show any value.
        """
        ...


@dataclass(frozen=True)
class SecretBinding:
    """One secret: its name, the hosts it may be sent to, where its value is, who may use it."""

    name: str
    hosts: tuple[FetchRule, ...]
    source: SecretSource
    audience: Audience = EVERYBODY


@dataclass(frozen=True)
class _Secret:
    """A secret in one run."""

    name: str
    hosts: tuple[FetchRule, ...]
    placeholder: str
    value: str = field(repr=False)


class RunSecrets:
    """The secrets of one run, with placeholders of its own.

    Args:
        held: bindings and the values of their secrets.
    """

    def __init__(self, held: Sequence[tuple[SecretBinding, str]] = ()) -> None:
        self._by_placeholder: dict[str, _Secret] = {}
        for binding, value in held:
            placeholder = PREFIX + random.token_hex(RANDOM_BYTES)
            secret = _Secret(binding.name, binding.hosts, placeholder, value)
            self._by_placeholder[placeholder] = secret
        self._shapes = _shapes(self._by_placeholder.values())
        self._pattern = _pattern(self._shapes)
        self._first_bytes = frozenset(shape[0] for shape in self._shapes)
        self.longest_shape: Final = max(map(len, self._shapes), default=0)

    def __repr__(self) -> str:
        """Show the names only."""
        return f"RunSecrets({', '.join(secret.name for secret in self._by_placeholder.values())})"

    @property
    def env(self) -> dict[str, str]:
        """What the guest sees: placeholders by name."""
        return {secret.name: secret.placeholder for secret in self._by_placeholder.values()}

    def named_in(self, text: str) -> list[str]:
        """Return the names of the secrets whose placeholders are in a text."""
        found = (self._by_placeholder.get(match) for match in PLACEHOLDER.findall(text))
        return [secret.name for secret in found if secret is not None]

    def check_elsewhere(self, what: str, text: str) -> None:
        """Refuse a placeholder where no secret belongs, such as a path.

        Raises:
            FetchDeniedError: there is one.
        """
        names = self.named_in(text)
        if names:
            raise FetchDeniedError(
                f"The secret {names[0]} was put into {what}; it may be in the value of a header, "
                "in the query or in the body."
            )

    def fill_header(self, value: str, url: WebUrl) -> str:
        """Return a header's value with secrets in it; those of Basic credentials too."""
        basic = BASIC.fullmatch(value)
        if basic is not None and self._by_placeholder:
            try:
                inside = base64.b64decode(basic[2] + "=" * (-len(basic[2]) % 4)).decode()
            except ValueError:
                return value
            filled = self._filled(inside, url, str)
            if filled != inside:
                return basic[1] + base64.b64encode(filled.encode()).decode()
            return value
        return self._filled(value, url, str)

    def fill_query(self, query: str, url: WebUrl) -> str:
        """Return a query with secrets in it, percent-encoded."""
        return self._filled(query, url, lambda value: quote(value, safe=""))

    def fill_body(self, body: bytes, content_type: str, url: WebUrl) -> bytes:
        """Return a body with secrets in it, encoded as its type of content wants."""
        if PREFIX.encode() not in body:
            return body
        kind = content_type.partition(";")[0].strip().lower()
        encoder: Callable[[str], str] = str
        if kind.endswith("json"):
            encoder = _json_text
        elif kind == "application/x-www-form-urlencoded":
            encoder = quote_plus
        # Latin-1 keeps every byte; placeholders are ASCII.
        text = self._filled(body.decode("latin-1"), url, lambda value: _latin(encoder(value)))
        return text.encode("latin-1")

    def redacted(self, data: bytes) -> bytes:
        """Return bytes with every value of a secret turned into its placeholder."""
        if self._pattern is None:
            return data
        return self._pattern.sub(lambda found: self._shapes[found[0]], data)

    def redacted_text(self, text: str) -> str:
        """Return a text with every value of a secret turned into its placeholder."""
        if self._pattern is None:
            return text
        return self.redacted(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def may_begin_at(self, data: bytes) -> int:
        """Return from where on the end of ``data`` may be the beginning of a secret's value."""
        for start in range(max(0, len(data) - self.longest_shape + 1), len(data)):
            if data[start] in self._first_bytes:
                tail = data[start:]
                if any(shape.startswith(tail) for shape in self._shapes):
                    return start
        return len(data)

    def _filled(self, text: str, url: WebUrl, encode: Callable[[str], str]) -> str:
        def value_of(found: re.Match[str]) -> str:
            secret = self._by_placeholder.get(found[0])
            if secret is None:
                return found[0]
            self._check_bound(secret, url)
            return encode(secret.value)

        return PLACEHOLDER.sub(value_of, text)

    def _check_bound(self, secret: _Secret, url: WebUrl) -> None:
        if any(rule.allows(url, "") for rule in secret.hosts):
            return
        bound = ", ".join(str(rule) for rule in secret.hosts)
        raise FetchDeniedError(
            f"The secret {secret.name} is not bound to {url.authority}; it is for {bound}."
        )


def check_value(name: str, value: str) -> str:
    """Return the value of a secret that can be used.

    Raises:
        SetupError: it is too short or too long to be told from other text, or breaks a header.
    """
    if not NAME.fullmatch(name):
        raise SetupError(f"{name[:60]!r} is no name of a secret; it has letters, digits and _.")
    size = len(value.encode())
    if not LEAST_BYTES <= size <= MOST_BYTES:
        raise SetupError(
            f"The secret {name} has {size} bytes; it must have {LEAST_BYTES} to {MOST_BYTES}."
        )
    if not value.isprintable() or not value.isascii() or value != value.strip():
        raise SetupError(
            f"The secret {name} must be printable ASCII on one line, without blanks around it."
        )
    return value


def _json_text(value: str) -> str:
    return json.dumps(value)[1:-1]


def _latin(text: str) -> str:
    return text.encode().decode("latin-1")


def _shapes(held: Iterable[_Secret]) -> Mapping[bytes, bytes]:
    """Return how each value may look in a response, and the placeholder that replaces it."""
    shapes: dict[bytes, bytes] = {}
    for secret in held:
        value, placeholder = secret.value, secret.placeholder.encode()
        looks = {value, _json_text(value), quote(value, safe=""), quote_plus(value)}
        looks |= {quote(value), value.replace("/", "\\/")}
        for look in looks:
            shapes[look.encode()] = placeholder
        for shift in range(3):
            inner = _inner_base64(value.encode(), shift)
            shapes[inner] = shapes[inner.translate(URL_SAFE)] = placeholder
    return shapes


def _inner_base64(value: bytes, shift: int) -> bytes:
    """Return what of a value's base64 is the same whatever stands around it.

    ``shift`` is the value's place in a group of three bytes.
    """
    encoded = base64.b64encode(b"\0" * shift + value)
    first = -(-shift * 8 // 6)
    whole = (shift + len(value)) * 8 // 6
    return encoded[first:whole]


def _pattern(shapes: Mapping[bytes, bytes]) -> re.Pattern[bytes] | None:
    if not shapes:
        return None
    longest_first = sorted(shapes, key=len, reverse=True)
    return re.compile(b"|".join(map(re.escape, longest_first)))
