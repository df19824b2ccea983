"""Secrets that never enter the sandbox: a tool sees a placeholder, the broker fills in the value.

A placeholder is that of one run and is unguessable. It is replaced in header values, in the
query and in the body, and only in requests that the secret is bound to; anywhere else the request
is refused. In responses of hosts that a secret is bound to, the value is replaced by the
placeholder before anything reaches the guest, an event or a log. Responses of other hosts are not
searched for the secret. While a secret has no value, its hosts are not asked: what they say could
not be searched for it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import quote, quote_plus

from services.executor.egress.audience import EVERYBODY, Audience
from services.executor.egress.forms import Form
from services.executor.egress.placeholders import Placeholders
from services.executor.egress.redaction import Redactor
from services.executor.egress.rules import FetchRule
from services.executor.egress.web_url import MAX_URL_BYTES, WebUrl
from services.executor.errors import FetchDeniedError, FetchFailedError, SetupError

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
LEAST_BYTES: Final = 8
"""A shorter value could match ordinary text in a response."""
MOST_BYTES: Final = 4096
MAX_FILLED_HEADER_BYTES: Final = 64 * 1024
BASIC: Final = re.compile(r"(basic +)([A-Za-z0-9+/]+=*)", re.IGNORECASE)
QUERY: Final = "the query"
BODY: Final = "the body"


class SecretSource(Protocol):
    """A store of secret values."""

    async def value(self, name: str) -> str:
        """Return the value of a secret.

        Raises:
            SetupError: it has none; the message shows no values.
        """
        ...


@dataclass(frozen=True)
class SecretBinding:
    """One secret: its name, the requests it is bound to, the source of its value, its users.

    ``hosts`` are rules, including paths and methods, for the requests that may carry it; ``header``
    is the one header, in lower case, that may hold it, or empty for all headers, query and body.
    ``form`` is that of its placeholder, for clients that check their key's.
    """

    name: str
    hosts: tuple[FetchRule, ...]
    source: SecretSource
    audience: Audience = EVERYBODY
    header: str = ""
    form: Form | None = None


@dataclass(frozen=True)
class MissingValue:
    """A secret has no value now; ``reason`` is a sentence that says why, without any value."""

    reason: str


@dataclass(frozen=True)
class _Secret:
    """A secret in one run."""

    name: str
    value: str | MissingValue = field(repr=False)
    placeholder: str
    uses: list[SecretBinding] = field(default_factory=list)

    def is_for_host(self, url: WebUrl) -> bool:
        return any(rule.covers_host(url) for use in self.uses for rule in use.hosts)

    def require(self) -> str:
        """Return its value; raises FetchFailedError if it has none."""
        if isinstance(self.value, MissingValue):
            raise FetchFailedError(
                f"The request needs the secret {self.name}, which has no value now. "
                f"{self.value.reason}"
            )
        return self.value

    def check(self, method: str, url: WebUrl, what: str, header: str | None) -> None:
        """Refuse a request that may not carry the secret there."""
        if not self.is_for_host(url):
            bound = ", ".join(str(rule) for use in self.uses for rule in use.hosts)
            raise FetchDeniedError(
                f"The secret {self.name} is not bound to {url.authority}; it is for {bound}."
            )
        meant = [use for use in self.uses if any(rule.allows(url, method) for rule in use.hosts)]
        if not meant:
            raise FetchDeniedError(
                f"The secret {self.name} is bound to other methods or paths of {url.authority}, "
                f"not to {method} {url.path[:100]}."
            )
        if not any(use.header in ("", header) for use in meant):
            named = " or ".join(sorted({use.header for use in meant}))
            raise FetchDeniedError(
                f"The secret {self.name} was used in {what}, but it is bound to the header {named}."
            )


class RunSecrets:
    """The secrets of one run, with placeholders of its own.

    Args:
        held: bindings with their values, or why they have none; equal names and values form one
            secret.
        placeholders: of the run; random ones by default.
    """

    def __init__(
        self,
        held: Sequence[tuple[SecretBinding, str | MissingValue]] = (),
        placeholders: Placeholders | None = None,
    ) -> None:
        made = placeholders or Placeholders()
        known: dict[tuple[str, str | MissingValue], _Secret] = {}
        forms = {(each.name, value): each.form for each, value in held if each.form is not None}
        for binding, value in held:
            key = (binding.name, value)
            if key not in known:
                # A secret keeps its number when its value changes while the run waits.
                number = sum(name == binding.name for name, _ in known)
                known[key] = _Secret(*key, made.made(binding.name, number, forms.get(key)))
            known[key].uses.append(binding)
        self._by_placeholder = {
            text: secret
            for secret in known.values()
            for text in (secret.placeholder, quote(secret.placeholder, safe=""))
        }
        self._pattern = _pattern_of(self._by_placeholder)
        self._secrets = tuple(known.values())
        self._redactors: dict[tuple[str, ...], Redactor] = {}

    def __repr__(self) -> str:
        """Show only the names."""
        return f"RunSecrets({', '.join(secret.name for secret in self._secrets)})"

    @property
    def env(self) -> dict[str, str]:
        """The guest's view: placeholders by name."""
        return {secret.name: secret.placeholder for secret in self._secrets}

    def redactor(self, url: WebUrl) -> Redactor:
        """Return a redactor for the secrets that the host of ``url`` may know.

        Without one that has no value: ``for_request`` lets no request go to its hosts.
        """
        meant = {
            each.placeholder: each.value
            for each in self._secrets
            if each.is_for_host(url) and isinstance(each.value, str)
        }
        key = tuple(meant)
        if key not in self._redactors:
            self._redactors[key] = Redactor([(value, shown) for shown, value in meant.items()])
        return self._redactors[key]

    def redactor_of_all(self) -> Redactor:
        """Return a redactor for every secret with a value, wherever a text comes from."""
        held = [each for each in self._secrets if isinstance(each.value, str)]
        return Redactor([(each.require(), each.placeholder) for each in held])

    def named_in(self, text: str) -> list[str]:
        """Return the names of the secrets with placeholders in a text."""
        if self._pattern is None:
            return []
        lower = text.lower()  # hosts and names of headers are
        return [
            secret.name
            for secret in self._secrets
            if secret.placeholder.lower() in lower
            or quote(secret.placeholder, safe="").lower() in lower
        ]

    def check_elsewhere(self, what: str, text: str) -> None:
        """Refuse a placeholder where secrets are not allowed, such as in a path.

        Raises:
            FetchDeniedError: there is one.
        """
        names = self.named_in(text)
        if names:
            raise FetchDeniedError(
                f"The secret {names[0]} was used in {what}; it may be in the value of a header, "
                "in the query or in the body."
            )

    def for_request(self, method: str, url: WebUrl) -> RequestSecrets:
        """Return the secrets for one request.

        Raises:
            FetchFailedError: the host may know one that has no value now.
        """
        for secret in self._secrets:
            if secret.is_for_host(url):
                secret.require()
        return RequestSecrets(self._by_placeholder, self._pattern, method, url)


@dataclass(frozen=True)
class RequestSecrets:
    """Replaces placeholders with values in one request.

    Every method raises ``FetchDeniedError`` if a secret is not bound to that part of the request,
    or if the values would make that part too large.
    """

    by_placeholder: Mapping[str, _Secret] = field(repr=False)
    pattern: re.Pattern[str] | None = field(repr=False)
    method: str
    url: WebUrl

    def header(self, name: str, value: str) -> str:
        """Return a header's value with secrets filled in, also inside Basic credentials."""
        what, lower, most = f"the header {name}", name.lower(), MAX_FILLED_HEADER_BYTES
        basic = BASIC.fullmatch(value)
        if basic is None or not self.by_placeholder:
            return self._filled(value, what, str, most, lower)
        try:
            inside = base64.b64decode(basic[2] + "=" * (-len(basic[2]) % 4)).decode()
        except ValueError:
            return value
        filled = self._filled(inside, what, str, most, lower)
        if filled == inside:
            return value
        return basic[1] + base64.b64encode(filled.encode()).decode()

    def query(self, query: str) -> str:
        """Return a query with secrets filled in, percent-encoded."""
        return self._filled(query, QUERY, lambda value: quote(value, safe=""), MAX_URL_BYTES)

    def body(self, body: bytes, content_type: str, most: int) -> bytes:
        """Return a body with secrets filled in, encoded for its content type."""
        if not any(text.encode() in body for text in self.by_placeholder):
            return body
        kind = content_type.partition(";")[0].strip().lower()
        encoder: Callable[[str], str] = str
        if kind.endswith("json"):
            encoder = _json_text
        elif kind == "application/x-www-form-urlencoded":
            encoder = quote_plus
        # Latin-1 keeps every byte; placeholders are ASCII.
        return self._filled(body.decode("latin-1"), BODY, encoder, most).encode("latin-1")

    def _filled(
        self,
        text: str,
        what: str,
        encode: Callable[[str], str],
        most: int,
        header: str | None = None,
    ) -> str:
        """Return a text with secrets filled in; ``header`` is its header's name, if any."""
        size = len(text)
        if self.pattern is None:
            return text

        def value_of(found: re.Match[str]) -> str:
            nonlocal size
            secret = self.by_placeholder.get(found[0])
            if secret is None:
                return found[0]
            secret.check(self.method, self.url, what, header)
            value = encode(secret.require())
            size += len(value) - len(found[0])
            if size > most:
                raise FetchDeniedError(
                    f"{what[:60]} with its secrets is over the limit of {most} bytes."
                )
            return value

        return self.pattern.sub(value_of, text)


def _pattern_of(placeholders: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds placeholders, the longest first; None if there are none."""
    texts = sorted(placeholders, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, texts))) if texts else None


def check_value(name: str, value: str) -> str:
    """Return the value of a secret if it is usable.

    Raises:
        SetupError: it is too short, too long, or not valid in a header.
    """
    if not NAME.fullmatch(name):
        raise SetupError(f"{name[:60]!r} is not a secret's name; use letters, digits and _.")
    size = len(value.encode())
    if not LEAST_BYTES <= size <= MOST_BYTES:
        raise SetupError(
            f"The secret {name} has {size} bytes; it must have {LEAST_BYTES} to {MOST_BYTES}."
        )
    if not value.isprintable() or not value.isascii() or value != value.strip():
        raise SetupError(
            f"The secret {name} must be printable ASCII on one line, without spaces around it."
        )
    return value


def _json_text(value: str) -> str:
    return json.dumps(value)[1:-1]
