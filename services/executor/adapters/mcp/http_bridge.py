"""The transport of MCP's HTTP client: each request goes through the run's broker.

Rules, address checks, secrets and bounds are those of a tool's ``fetch``. A request that fails is
answered with an error of JSON-RPC, so that only the call that it carries ends.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Final

import httpx2

from services.executor.domain import Json
from services.executor.egress.answers import OpenAnswer
from services.executor.egress.broker import RunBroker
from services.executor.egress.call_fetches import CallFetches
from services.executor.egress.fetch_request import FetchRequest
from services.executor.egress.web_url import parse_url
from services.executor.errors import EgressError

NOT_SENT: Final = -32097
"""The code of a failure before the server got a request."""
NOT_ANSWERED: Final = -32098
"""The code of a failure after the server may have got a request."""
MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
LAST_EVENT: Final = "last-event-id"
# The framing and the connection are the broker's.
_OWN: Final = frozenset({"accept-encoding", "connection", "content-length", "host"})

call_of_task: ContextVar[str] = ContextVar("call_of_task", default="")
"""The id of the tool call for which the current task makes requests."""


class BrokeredTransport(httpx2.AsyncBaseTransport):
    """Makes the requests of one server's connection.

    Args:
        broker: the run's.
        lasting: whether a stream of the server's own messages is opened; streamable HTTP works
            without one.
    """

    def __init__(self, broker: RunBroker, *, lasting: bool) -> None:
        self._broker = broker
        self._lasting = lasting
        self._streams: list[OpenAnswer] = []
        self.trouble = ""
        """What went wrong with the latest request that failed."""
        self.refused = False
        """Whether the server answered the latest request with a client's error (4xx)."""

    def __repr__(self) -> str:
        return f"BrokeredTransport({self._broker!r})"

    async def released(self) -> None:
        """Release the connections of all streams, those too whose closing was cancelled."""
        await asyncio.gather(*(each.close("") for each in self._streams), return_exceptions=True)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See ``httpx2.AsyncBaseTransport``."""
        if request.method == "GET" and not self._lasting and LAST_EVENT not in request.headers:
            return httpx2.Response(405, request=request)
        try:
            answer = await self._opened(request)
        except EgressError as error:
            return self._failed(request, error, NOT_SENT)
        self.refused = 400 <= answer.head.status < 500
        headers = [(name, value) for name, value in answer.head.headers if _is_kept(name)]
        kind = answer.head.header("content-type").lower()
        if kind.startswith("text/event-stream"):
            self._streams = [answer, *(each for each in self._streams if not each.closed)]
            return httpx2.Response(answer.head.status, headers=headers, stream=_Body(answer))
        try:
            content = await _read(answer)
        except EgressError as error:
            return self._failed(request, error, NOT_ANSWERED)
        return httpx2.Response(answer.head.status, headers=headers, content=content)

    async def _opened(self, request: httpx2.Request) -> OpenAnswer:
        """Send a request; raises EgressError."""
        body = await request.aread()
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name.decode("latin-1").lower() not in _OWN
        )
        url = parse_url(str(request.url))
        # Redirects come back to the client, which follows those of the same origin only.
        asked = FetchRequest(request.method, url, headers, body, redirect="manual")
        deadline = asyncio.get_running_loop().time() + self._broker.bounds.timeout_s
        return await CallFetches(self._broker, call_of_task.get(), "").followed(asked, deadline)

    def _failed(self, request: httpx2.Request, error: EgressError, code: int) -> httpx2.Response:
        self.trouble = error.message
        told: dict[str, Json] = {"code": code, "message": error.message}
        content = json.dumps({"jsonrpc": "2.0", "id": None, "error": told}).encode()
        kind = [("content-type", "application/json")]
        return httpx2.Response(502, headers=kind, content=content, request=request)


class _Body(httpx2.AsyncByteStream):
    """A stream of events, as it arrives."""

    def __init__(self, answer: OpenAnswer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = self._answer.body
        while not body.done:
            try:
                piece = await body.read()
            except EgressError as error:
                raise httpx2.ReadError(error.message) from None
            if piece:
                yield piece

    async def aclose(self) -> None:
        """Release the connection; idempotent.

        The package's client closes streams in a scope that it has cancelled already; what that
        leaves undone is awaited by ``released``.
        """
        await self._answer.close("")


async def _read(answer: OpenAnswer) -> bytes:
    """Return a whole body; raises EgressError for one that is too large for a message."""
    content = bytearray()
    try:
        while not answer.body.done and len(content) <= MAX_MESSAGE_BYTES:
            content += await answer.body.read()
    finally:
        await answer.close("")
    if len(content) > MAX_MESSAGE_BYTES:
        raise EgressError(
            f"{answer.request.url.authority} sent a message of MCP over the limit of "
            f"{MAX_MESSAGE_BYTES} bytes"
        )
    return bytes(content)


def _is_kept(name: str) -> bool:
    return name.lower() not in {"content-encoding", "content-length", "transfer-encoding"}
