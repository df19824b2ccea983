"""The metrics as scrapers read them: Prometheus text, or OpenMetrics with exemplars if asked for.

Made beside the event loop: a scrape of some thousand series takes tens of milliseconds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True)
class Exposed:
    """What one scrape is answered."""

    body: bytes
    content_type: str


def exposed(registry: CollectorRegistry, accept: str) -> Exposed:
    """Return all metrics in the form that an ``Accept`` header asks for."""
    encoder, content_type = choose_encoder(accept)
    return Exposed(encoder(registry), content_type)


class MetricsPage:
    """Answers ``GET /metrics``; scrapers wait for each other, so that many cost no more than one.

    Args:
        registry: what is shown.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"MetricsPage(busy={self._turn.locked()})"

    async def __call__(self, request: Request) -> Response:
        """Answer a scrape."""
        accept = request.headers.get("accept", "")
        async with self._turn:
            page = exposed(self._registry, accept)
        return Response(page.body, headers={"content-type": page.content_type})
