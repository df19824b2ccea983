"""Collects what is wrong with a request, so that all of it is told at once."""

from __future__ import annotations

from services.executor.errors import FieldViolation, RequestError


class RequestChecker:
    """Collects what is wrong with a request."""

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    def wrong(self, field: str, description: str) -> None:
        """Note what is wrong with a field."""
        self.violations.append(FieldViolation(field, description))

    def size(self, field: str, size: int, limit: int) -> None:
        """Note a field of more than ``limit`` bytes."""
        if size > limit:
            self.wrong(field, f"It has {size} bytes; at most {limit} are allowed.")

    def finish(self) -> None:
        """Raise what was found, all of it in one error."""
        if self.violations:
            texts = [f"`{item.field}`: {item.description}" for item in self.violations]
            message = "The request is not valid. " + " ".join(texts)
            raise RequestError(message, violations=tuple(self.violations))
