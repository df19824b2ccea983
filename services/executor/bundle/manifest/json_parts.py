"""Reads the parts of a manifest that was written as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.executor.domain import Json, JsonObject

T = TypeVar("T")


def unless_none(value: Json, read: Callable[[Json], T]) -> T | None:
    """Return None for null, else what is read."""
    return None if value is None else read(value)


def each_of(value: Json, read: Callable[[Json], T]) -> tuple[T, ...]:
    """Return what is read of each item of a list; raises TypeError."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(read(item) for item in value)


def object_of(value: Json) -> JsonObject:
    """Return a JSON object; raises TypeError for another value."""
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def text_of(value: Json) -> str:
    """Return a text; raises TypeError for another value."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def whole_of(value: Json) -> int:
    """Return a whole number; raises TypeError for another value."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    return value
