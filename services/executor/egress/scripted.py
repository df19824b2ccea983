"""A scripted fake of the network, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.executor.egress.ports import Headers, OutgoingRequest
from services.executor.errors import EgressError, FetchFailedError


@dataclass(frozen=True)
class ScriptedResponse:
    """A response; ``body`` arrives piece by piece, and an exception in it is raised."""

    status: int = 200
    headers: Headers = ()
    body: Sequence[bytes | Exception] = ()
    reason: str = ""

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        for piece in self.body:
            if isinstance(piece, Exception):
                raise piece
            yield piece


@dataclass(eq=False)
class ScriptedExchange:
    """Answers a request by its URL; ``sent`` holds the requests, ``open`` counts open responses."""

    answers: Mapping[str, ScriptedResponse | EgressError] = field(default_factory=dict)
    sent: list[OutgoingRequest] = field(default_factory=list)
    open: int = 0
    closed: bool = False

    @asynccontextmanager
    async def send(self, request: OutgoingRequest) -> AsyncIterator[ScriptedResponse]:
        """Respond, or fail."""
        self.sent.append(request)
        answer = self.answers.get(request.url.href)
        if answer is None:
            raise FetchFailedError(f"{request.url.authority} cannot be reached")
        if isinstance(answer, EgressError):
            raise answer
        self.open += 1
        try:
            yield answer
        finally:
            self.open -= 1

    async def close(self) -> None:
        """Note the end."""
        self.closed = True
