"""What the broker needs of the network; implemented in ``adapters/http/exchange.py``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from services.executor.clients import Client
from services.executor.egress.rules import Allowances
from services.executor.egress.web_url import WebUrl

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class OutgoingRequest:
    """One request as sent, secrets included; never shown or logged.

    ``traced``: it is sent with the trace that it belongs to.
    """

    method: str
    url: WebUrl
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    traced: bool = False


class IncomingResponse(Protocol):
    """The head of a response, and its body as it arrives."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def reason(self) -> str:
        """The reason phrase, which may be empty."""
        ...

    @property
    def headers(self) -> Headers:
        """The fields in their order of arrival."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as sent, without its framing.

        Raises:
            FetchFailedError: the connection broke, or the framing is invalid.
        """
        ...


class HttpExchange(Protocol):
    """Makes single requests of one run, without redirects, cookies or retries.

    A host is resolved once for a connection, every address is checked against the run's rules, and
    the connection goes to a checked address. No other run uses it.
    """

    def send(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingResponse]:
        """Connect, send, and yield the response; leaving closes it, read or not.

        Raises:
            FetchDeniedError: an address may not be reached.
            FetchFailedError: the host is unreachable, or its TLS or HTTP is invalid.
        """
        ...

    async def close(self) -> None:
        """Close every connection; idempotent."""
        ...


ExchangeFactory: TypeAlias = Callable[[Allowances, Client], HttpExchange]
"""Creates an exchange for one run of a client."""
