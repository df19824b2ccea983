"""The response to one brokered request, as the guest may see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from services.executor.domain import Json
from services.executor.egress.fetch_request import FetchRequest
from services.executor.egress.ports import Headers, IncomingResponse
from services.executor.egress.redaction import Redactor
from services.executor.egress.response_body import ResponseBody


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
    closed: bool = False

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

    async def close(self, error: str) -> None:
        """Release the connection and record the request; idempotent."""
        if self.closed:
            return
        self.closed = True
        try:
            await self.body.close()
        finally:
            await self.record(self.head.status, self.body.received, error)


def clean_head(response: IncomingResponse, redactor: Redactor, *, raw: bool) -> AnswerHead:
    """Return the head of a response with placeholders for secrets.

    The names of headers are in lower case, unless the request is ``raw``.
    """
    texts = [response.reason, *(text for pair in response.headers for text in pair)]
    reason, *clean = redactor.redacted_texts(texts)
    names = clean[::2] if raw else [name.lower() for name in clean[::2]]
    return AnswerHead(response.status, reason, tuple(zip(names, clean[1::2], strict=True)))
