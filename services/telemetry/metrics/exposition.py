"""The metrics as scrapers read them: Prometheus text, or OpenMetrics with exemplars."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


class MetricsPage:
    """The ASGI application that answers ``GET /metrics``.

    The values are read at once, in the event loop, whose objects some of them are of; the text is
    made beside it. Scrapers wait for each other, so that many take no more of a core than one.

    Args:
        registry: what is shown.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"MetricsPage(busy={self._turn.locked()})"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a scrape."""
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        encoder, content_type = choose_encoder(accept.decode("latin-1"))
        async with self._turn:
            body = await asyncio.to_thread(encoder, _Read(self._registry.collect()))
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Read(Collector):
    """Metrics that have been read."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._metrics
