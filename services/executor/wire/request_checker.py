"""Collects the problems of a request, to report them all at once."""

from __future__ import annotations

from typing import Final, Protocol

from services.executor.errors import FieldViolation, RequestError
from services.executor.wire.page_tokens import BadTokenError, PageTokens

MAX_VIOLATIONS: Final = 20


class PageRequest(Protocol):
    """A request for a page of something."""

    page_size: int
    page_token: str


class RequestChecker:
    """Collects the first problems of a request."""

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    @property
    def full(self) -> bool:
        """Whether there are as many problems as are reported, so that reading can stop."""
        return len(self.violations) >= MAX_VIOLATIONS

    def wrong(self, field: str, description: str) -> None:
        """Add a problem with a field."""
        if not self.full:
            self.violations.append(FieldViolation(field, description))

    def size(self, field: str, size: int, limit: int) -> None:
        """Add a problem if a field has more than ``limit`` bytes."""
        if size > limit:
            self.wrong(field, f"It has {size} bytes; at most {limit} are allowed.")

    def text(self, field: str, text: str, limit: int) -> str:
        """Return a text; add a problem if it has more than ``limit`` bytes."""
        if 4 * len(text) > limit:
            self.size(field, len(text.encode()), limit)
        return text

    def page(
        self, request: PageRequest, tokens: PageTokens, about: tuple[str, ...]
    ) -> tuple[int, ...]:
        """Return where the requested page starts; nothing for the first."""
        if request.page_size < 0:
            self.wrong("page_size", "It must not be negative; leave it out for the default.")
        if not request.page_token:
            return ()
        try:
            return tokens.place(about, request.page_token)
        except BadTokenError:
            self.wrong(
                "page_token",
                "It must be empty, or `next_page_token` of an answer to the same question. Start "
                "again with the first page if the executor was restarted or replaced meanwhile.",
            )
            return ()

    def finish(self) -> None:
        """Raise all problems in one error."""
        if self.violations:
            texts = [f"`{item.field}`: {item.description}" for item in self.violations]
            if self.full:
                texts.append(f"More than these {MAX_VIOLATIONS} may be wrong.")
            message = "The request is not valid. " + " ".join(texts)
            raise RequestError(message, violations=tuple(self.violations))
