"""Single HTTP/1.1 requests over httpcore, to addresses checked before connecting.

httpcore gets the checked parts of a URL, and connects through ``CheckedNetwork``: the name is
resolved once, every address is checked, and the connection goes to one of them. TLS and the Host
header keep the name. No proxy, certificate or credential of the environment is used.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache, cached_property
from typing import Final

import certifi
import httpcore

from services.executor.adapters.http.name_service import NameService, Resolve
from services.executor.adapters.http.trouble import failed
from services.executor.clients import OWN_PROCESS, Client
from services.executor.egress.ports import ExchangeFactory, Headers, OutgoingRequest
from services.executor.egress.rules import Allowances
from services.executor.egress.web_url import WebUrl
from services.executor.errors import EgressError, SetupError
from services.telemetry.current import current_span
from services.telemetry.traces.names import (
    HTTP_METHOD,
    HTTP_STATUS,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_SCHEME,
)
from services.telemetry.traces.port import Kind, Span
from services.telemetry.traces.recorded import error_type
from services.telemetry.traces.w3c import TRACEPARENT, TRACESTATE

# Its debug log includes response headers, which may hold a secret.
logging.getLogger("httpcore").setLevel(logging.WARNING)

CONNECT_TIMEOUT_S: Final = 10.0
KEEPALIVE_S: Final = 5.0
MAX_CONNECTIONS: Final = 64
MAX_IDLE: Final = 8
TRIED_ADDRESSES: Final = 4
LEAST_ERROR: Final = 400

# The request that the current task connects for; httpcore passes on only its host and port.
_target: ContextVar[WebUrl] = ContextVar("_target")


@cache
def tls_context(extra_certificates: str = "") -> ssl.SSLContext:
    """Return a TLS context that trusts certifi's authorities, and those of a PEM file if given.

    Raises:
        SetupError: the file cannot be read.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if extra_certificates:
        try:
            context.load_verify_locations(cafile=extra_certificates)
        except (OSError, ssl.SSLError):
            raise SetupError(
                f"CAISSON_EXECUTOR_TLS_CERTIFICATES is {extra_certificates!r}, which is not a PEM "
                "file of certificates."
            ) from None
    return context


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that ``allowed`` permits, and to nothing else."""

    def __init__(
        self, allowed: Allowances, resolve: Resolve, network: httpcore.AsyncNetworkBackend
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check every address, and connect to the first that answers."""
        url = _target.get()
        addresses = [url.address] if url.address is not None else await self._resolve(url)
        for address in addresses:
            self._allowed.check_address(url, address)
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses[:TRIED_ADDRESSES]:
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class HttpConnections:
    """The connections of one run; see ``HttpExchange``.

    Args:
        allowed: which addresses may be connected to.
        certificates: a PEM file of certificates to trust besides the public ones, or nothing.
        resolve: finds the addresses of a host, once for each connection; None uses the system's
            resolver.
        network: connects to an address; None is the real network.
    """

    def __init__(
        self,
        allowed: Allowances,
        certificates: str = "",
        resolve: Resolve | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._certificates = certificates
        resolve = resolve or NameService().resolver(OWN_PROCESS)
        self._network = CheckedNetwork(allowed, resolve, network or httpcore.AnyIOBackend())

    @cached_property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        """The pool, created by the first request, since reading the certificates takes time."""
        return httpcore.AsyncConnectionPool(
            ssl_context=tls_context(self._certificates),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_IDLE,
            keepalive_expiry=KEEPALIVE_S,
            retries=0,
            network_backend=self._network,
        )

    def __repr__(self) -> str:
        """Show the pool, if any."""
        return f"HttpConnections({self.__dict__.get('_pool')!r})"

    @asynccontextmanager
    async def send(self, request: OutgoingRequest) -> AsyncIterator[HttpResponse]:
        """See ``HttpExchange.send``."""
        span = _span_of(request)
        try:
            response = await self._sent(traced(request, span) if request.traced else request)
            span.set(HTTP_STATUS, response.status)
            if response.status >= LEAST_ERROR:
                span.fail(str(response.status))
            try:
                yield HttpResponse(response, request.url)
            finally:
                await asyncio.shield(response.aclose())
        except BaseException as error:
            span.fail(error_type(error))
            raise
        finally:
            span.end()

    async def _sent(self, request: OutgoingRequest) -> httpcore.Response:
        url = request.url
        _target.set(url)
        try:
            return await self._pool.handle_async_request(_core_request(request))
        except EgressError:
            raise
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise failed(url, error) from None
        except (ssl.SSLError, OSError, ValueError) as error:
            raise failed(url, error) from None

    async def close(self) -> None:
        """See ``HttpExchange.close``."""
        if "_pool" in self.__dict__:
            await self._pool.aclose()


class HttpResponse:
    """A response of httpcore; see ``IncomingResponse``."""

    def __init__(self, response: httpcore.Response, url: WebUrl) -> None:
        self._response = response
        self._url = url
        self.status = response.status
        reason = response.extensions.get("reason_phrase", b"")
        self.reason = bytes(reason).decode("latin-1")
        self.headers: Headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers
        )

    def __repr__(self) -> str:
        """Show the status."""
        return f"HttpResponse({self.status})"

    async def pieces(self) -> AsyncIterator[bytes]:
        """See ``IncomingResponse.pieces``."""
        try:
            async for piece in self._response.aiter_stream():
                yield piece
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise failed(self._url, error, read=True) from None


def _span_of(request: OutgoingRequest) -> Span:
    """Begin the span of a request; its path and query are not in it, since they may be secret."""
    span = current_span().child(request.method, Kind.CLIENT)
    if span.recording:
        url = request.url
        span.set(HTTP_METHOD, request.method)
        span.set(SERVER_ADDRESS, url.host)
        span.set(SERVER_PORT, url.port)
        span.set(URL_SCHEME, url.scheme)
    return span


def traced(request: OutgoingRequest, span: Span) -> OutgoingRequest:
    """Return a request with the trace that it belongs to, instead of one that the tool gives."""
    if not span.traceparent:
        return request
    kept = [each for each in request.headers if each[0].lower() not in (TRACEPARENT, TRACESTATE)]
    kept.append((TRACEPARENT, span.traceparent))
    if span.tracestate:
        kept.append((TRACESTATE, span.tracestate))
    return replace(request, headers=tuple(kept))


def _core_request(request: OutgoingRequest) -> httpcore.Request:
    url = request.url
    target = httpcore.URL(
        scheme=url.scheme.encode(),
        host=url.host.encode(),
        port=url.port,
        target=(url.path + url.query).encode(),
    )
    headers = [(b"Host", url.authority.encode())]
    headers += [(name.encode(), value.encode("latin-1")) for name, value in request.headers]
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    return httpcore.Request(
        request.method,
        target,
        headers=headers,
        content=request.body,
        extensions={"timeout": {"connect": CONNECT_TIMEOUT_S}},
    )


def factory_of(certificates: str, names: NameService) -> ExchangeFactory:
    """Return what creates the connections of a run, whose hosts ``names`` resolves."""

    def connections(allowed: Allowances, client: Client) -> HttpConnections:
        return HttpConnections(allowed, certificates, names.resolver(client))

    return connections
