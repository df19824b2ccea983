"""Confines LiteLLM's HTTP clients: each reaches only the endpoint of its query."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any, Final

import httpx

from services.executor.egress.web_url import PORTS
from services.executor.errors import ModelRefusedError
from services.executor.providers.access import Endpoint
from services.executor.providers.names import shown

PIECE_BYTES: Final = 64 * 1024


class QueryGuard:
    """What the requests of one query may reach, and what was received.

    ``refused`` is the destination of the first request that was refused.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.refused = ""
        self.responses: list[httpx.Response] = []

    def __repr__(self) -> str:
        return f"QueryGuard({self.endpoint.url.origin}, refused={self.refused!r})"

    def check(self, url: httpx.URL) -> None:
        """Raise httpx.UnsupportedProtocol unless a request may go to ``url``."""
        path = url.raw_path.partition(b"?")[0].decode("ascii", "replace")
        port = url.port or PORTS.get(url.scheme, 0)
        if url.userinfo or not self.endpoint.allows(url.scheme, url.host, port, path):
            self.refuse(f"{url.scheme}://{url.host}:{port}{path}")
            raise httpx.UnsupportedProtocol("this query may not be sent there")

    def refuse(self, where: str) -> None:
        """Remember the first refused request."""
        self.refused = self.refused or shown(where)

    def error(self) -> ModelRefusedError | None:
        """Return the error for a refused request, None if there was none."""
        if not self.refused:
            return None
        model, own = self.endpoint.model, self.endpoint.url
        return ModelRefusedError(
            f'Asking "{model}" would reach {self.refused}, but queries stay at the base URL of '
            f"its provider, which is {own} here. If that has moved, set its base URL.",
            {"model": str(model), "provider": model.provider.name},
        )


_query_guard: ContextVar[QueryGuard | None] = ContextVar("query_guard", default=None)


def set_query_guard(query_guard: QueryGuard) -> None:
    """Let this task, and tasks that it starts, make the requests of a query."""
    _query_guard.set(query_guard)


class PiecedBody(httpx.AsyncByteStream):
    """The body of a request, sent piece by piece so that the loop goes on meanwhile.

    A long conversation, or one with media, has megabytes, which a connection would encrypt and
    send in one go.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __repr__(self) -> str:
        return f"PiecedBody({len(self._content)} bytes)"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._content), PIECE_BYTES):
            if at:
                await asyncio.sleep(0)
            yield self._content[at : at + PIECE_BYTES]


class GuardedTransport(httpx.AsyncBaseTransport):
    """A transport that sends only requests the current query may make, redirects included."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return f"GuardedTransport({self._inner!r})"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises httpx.UnsupportedProtocol if it may not be made."""
        query_guard = _query_guard.get()
        if query_guard is None:
            raise httpx.UnsupportedProtocol("LiteLLM may only send queries")
        query_guard.check(request.url)
        response = await self._inner.handle_async_request(_in_pieces(request))
        query_guard.responses.append(response)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _in_pieces(request: httpx.Request) -> httpx.Request:
    """Return a request whose body is sent in pieces if it is long; its length stays announced."""
    try:
        content = request.content
    except httpx.RequestNotRead:
        return request  # it is a stream already
    if len(content) <= PIECE_BYTES:
        return request
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=PiecedBody(content),
        extensions=request.extensions,
    )


class BlockingTransport(httpx.BaseTransport):
    """Refuses every request: a blocking one would stall every stream."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raise httpx.UnsupportedProtocol."""
        query_guard = _query_guard.get()
        if query_guard is not None:
            query_guard.refuse(f"{request.url.scheme}://{request.url.host}")
        raise httpx.UnsupportedProtocol("LiteLLM may not make blocking requests")


def guard(litellm: Any, handler: Any) -> None:
    """Put the transports of this module under every HTTP client that LiteLLM creates.

    Args:
        litellm: the module.
        handler: its class of asynchronous clients, whose transport factory serves the OpenAI SDK's
            clients as well.
    """
    if isinstance(getattr(litellm, "sync_transport", None), BlockingTransport):
        return
    make: Callable[..., httpx.AsyncBaseTransport | None] = handler.create_async_transport

    def guarded(*given: Any, **named: Any) -> httpx.AsyncBaseTransport:
        made = make(*given, **named)
        return GuardedTransport(httpx.AsyncHTTPTransport() if made is None else made)

    handler.create_async_transport = staticmethod(guarded)
    handler._create_async_transport = handler.create_async_transport
    # Those created during the import.
    for early in list(litellm.in_memory_llm_clients_cache.cache_dict.values()):
        early.client = early.create_client(early.timeout, early.event_hooks, early.ssl_verify)
    litellm.in_memory_llm_clients_cache.flush_cache()
    litellm.sync_transport = BlockingTransport()
    litellm.client_session = httpx.Client(transport=BlockingTransport())
