"""Collects the problems of a request, to report them all at once."""

from __future__ import annotations

from services.executor.errors import FieldViolation, RequestError


class RequestChecker:
    """Collects the problems of a request."""

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    def wrong(self, field: str, description: str) -> None:
        """Add a problem of a field."""
        self.violations.append(FieldViolation(field, description))

    def size(self, field: str, size: int, limit: int) -> None:
        """Add a problem if a field has more than ``limit`` bytes."""
        if size > limit:
            self.wrong(field, f"It has {size} bytes; at most {limit} are allowed.")

    def finish(self) -> None:
        """Raise all problems in one error."""
        if self.violations:
            texts = [f"`{item.field}`: {item.description}" for item in self.violations]
            message = "The request is not valid. " + " ".join(texts)
            raise RequestError(message, violations=tuple(self.violations))
