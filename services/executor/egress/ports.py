"""What the broker needs of the network; ``adapters/http/exchange.py`` has it."""

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
    """One request as it goes to the wire, secrets included; never shown or logged."""

    method: str
    url: WebUrl
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)


class IncomingResponse(Protocol):
    """The head of an answer, and its body as it comes."""

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
        """The fields in the order in which they came."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it is on the wire, without its framing.

        Raises:
            FetchFailedError: the connection broke, or the framing is no HTTP.
        """
        ...


class HttpExchange(Protocol):
    """Makes the single requests of one run; follows no redirect, keeps no cookie, repeats nothing.

    A host is resolved once for a connection, every address is checked by the run's allowances, and
    the connection goes to one that was checked. No other run uses it.
    """

    def send(self, request: OutgoingRequest) -> AbstractAsyncContextManager[IncomingResponse]:
        """Connect, send, and yield the answer; leaving closes it, read or not.

        Raises:
            FetchDeniedError: an address may not be reached.
            FetchFailedError: the host is away, its TLS is wrong, or it speaks no HTTP.
        """
        ...

    async def close(self) -> None:
        """Close every connection; idempotent."""
        ...


ExchangeFactory: TypeAlias = Callable[[Allowances, Client], HttpExchange]
"""Returns an exchange for one run of a client."""
