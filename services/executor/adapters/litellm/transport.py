"""The one way out of LiteLLM: each of its HTTP clients asks the endpoint of its query alone."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import httpx

from services.executor.egress.web_url import PORTS
from services.executor.errors import ModelRefusedError
from services.executor.providers.access import Endpoint
from services.executor.providers.names import shown


class Passage:
    """What the requests of one query may reach, and what came of them.

    ``responses`` are those that were received, ``refused`` is where the first request that may not
    be made was to go.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.refused = ""
        self.responses: list[httpx.Response] = []

    def __repr__(self) -> str:
        return f"Passage({self.endpoint.url.origin}, refused={self.refused!r})"

    def check(self, url: httpx.URL) -> None:
        """Raise httpx.UnsupportedProtocol unless a request may go to ``url``."""
        path = url.raw_path.partition(b"?")[0].decode("ascii", "replace")
        port = url.port or PORTS.get(url.scheme, 0)
        if url.userinfo or not self.endpoint.allows(url.scheme, url.host, port, path):
            self.refuse(f"{url.scheme}://{url.host}:{port}{path}")
            raise httpx.UnsupportedProtocol("this query may not be sent there")

    def refuse(self, where: str) -> None:
        """Remember the first request that may not be made."""
        self.refused = self.refused or shown(where)

    def error(self) -> ModelRefusedError | None:
        """Return what is to be told of a request that was refused, None when there was none."""
        if not self.refused:
            return None
        model, own = self.endpoint.model, self.endpoint.url
        return ModelRefusedError(
            f'Asking "{model}" was to go on to {self.refused}, and no query leaves the base URL of '
            f"its provider, which is {own} here. If that has moved, set its base URL.",
            {"model": str(model), "provider": model.provider.name},
        )


_passage: ContextVar[Passage | None] = ContextVar("passage", default=None)


def open_passage(passage: Passage) -> None:
    """Let this task, and those that it starts from now on, make the requests of a query."""
    _passage.set(passage)


class GuardedTransport(httpx.AsyncBaseTransport):
    """A transport that sends only what the current query may send; redirects come here, too."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return f"GuardedTransport({self._inner!r})"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises httpx.UnsupportedProtocol for one that may not be made."""
        passage = _passage.get()
        if passage is None:
            raise httpx.UnsupportedProtocol("LiteLLM sends nothing but queries")
        passage.check(request.url)
        response = await self._inner.handle_async_request(request)
        passage.responses.append(response)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class BlockingTransport(httpx.BaseTransport):
    """Refuses every request: one that blocks would stop everybody's streams."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raise httpx.UnsupportedProtocol."""
        passage = _passage.get()
        if passage is not None:
            passage.refuse(f"{request.url.scheme}://{request.url.host}")
        raise httpx.UnsupportedProtocol("LiteLLM makes no blocking request here")


def guard(litellm: Any, handler: Any) -> None:
    """Put the transports of this module below every HTTP client that LiteLLM makes.

    Args:
        litellm: the module.
        handler: its class of asynchronous clients, whose factory of transports makes those of the
            OpenAI SDK's clients as well.
    """
    if isinstance(getattr(litellm, "sync_transport", None), BlockingTransport):
        return
    make: Callable[..., httpx.AsyncBaseTransport | None] = handler.create_async_transport

    def guarded(*given: Any, **named: Any) -> httpx.AsyncBaseTransport:
        made = make(*given, **named)
        return GuardedTransport(httpx.AsyncHTTPTransport() if made is None else made)

    handler.create_async_transport = staticmethod(guarded)
    handler._create_async_transport = handler.create_async_transport
    # Those that it made while it was imported.
    for early in litellm.in_memory_llm_clients_cache.cache_dict.values():
        early.client = early.create_client(early.timeout, early.event_hooks, early.ssl_verify)
    litellm.in_memory_llm_clients_cache.flush_cache()
    litellm.sync_transport = BlockingTransport()
    litellm.client_session = httpx.Client(transport=BlockingTransport())
