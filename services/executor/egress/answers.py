"""The response to one brokered request, as the guest may see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from services.executor.domain import Json
from services.executor.egress.content_coding import is_decoded
from services.executor.egress.fetch_request import FetchRequest
from services.executor.egress.ports import Headers, IncomingResponse
from services.executor.egress.redaction import Redactor
from services.executor.egress.response_body import ResponseBody

WITHOUT_CONTENT: Final = frozenset({204, 205, 304})
OF_THE_CODING: Final = frozenset({"content-encoding", "content-length"})


@dataclass(frozen=True)
class AnswerHead:
    """The head of a response as the guest may see it, without secrets."""

    status: int
    reason: str
    headers: Headers

    def header(self, name: str) -> str:
        """Return the value of the first header of a lower-case name, empty if there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")

    def values(self, name: str) -> str:
        """Return the values of all headers of a lower-case name, joined by commas."""
        return ", ".join(value for each, value in self.headers if each.lower() == name)

    def without(self, names: frozenset[str]) -> AnswerHead:
        """Return the head without the headers of these lower-case names."""
        kept = tuple(each for each in self.headers if each[0].lower() not in names)
        return replace(self, headers=kept)


@dataclass(eq=False)
class OpenAnswer:
    """A response whose body may still be read."""

    request: FetchRequest
    head: AnswerHead
    body: ResponseBody
    record: Callable[[int, int, str], Awaitable[None]]
    redirected: bool
    _closing: asyncio.Task[None] | None = None

    def shown(self) -> dict[str, Json]:
        """Return the head for the guest."""
        return {
            "status": self.head.status,
            "statusText": self.head.reason,
            "url": self.request.url.href,
            "redirected": self.redirected,
            "type": "basic",
            "headers": [[name, value] for name, value in self.head.headers],
        }

    @property
    def closed(self) -> bool:
        """Whether its connection was released."""
        return self._closing is not None and self._closing.done()

    async def close(self, error: str) -> None:
        """Release the connection and record the request; idempotent.

        It is done to the end, also if whoever waits for it is cancelled.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(error))
        await asyncio.shield(self._closing)

    async def _close(self, error: str) -> None:
        try:
            await self.body.close()
        finally:
            await self.record(self.head.status, self.body.received, error)


def head_and_coding(
    request: FetchRequest, response: IncomingResponse, redactor: Redactor
) -> tuple[AnswerHead, str]:
    """Return the head of a response for the guest, and the coding to undo, which may be empty."""
    head = clean_head(response, redactor, raw=request.raw)
    coding = head.values("content-encoding")
    if request.method == "HEAD" or response.status in WITHOUT_CONTENT:
        return head, ""
    if request.raw and not redactor:
        return head, ""
    if request.raw and is_decoded(coding):
        # Secrets are found in decoded text only, so that is what the guest gets.
        head = head.without(OF_THE_CODING)
    return head, coding


def clean_head(response: IncomingResponse, redactor: Redactor, *, raw: bool) -> AnswerHead:
    """Return the head of a response with placeholders for secrets.

    The names of headers are in lower case, unless the request is ``raw``.
    """
    texts = [response.reason, *(text for pair in response.headers for text in pair)]
    reason, *clean = redactor.redacted_texts(texts)
    names = clean[::2] if raw else [name.lower() for name in clean[::2]]
    return AnswerHead(response.status, reason, tuple(zip(names, clean[1::2], strict=True)))
