"""The words of host calls: what one asks for, and what it is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.domain import FailureKind, Json, ToolFailure
from services.executor.errors import FetchDeniedError
from services.executor.side_thread import loads_json


@dataclass(frozen=True)
class HostAnswer:
    """What a host call is answered with: JSON when ``failure`` is None."""

    output_json: str = field(default="{}", repr=False)
    failure: ToolFailure | None = None


async def asked_object(text: str) -> Mapping[str, Json]:
    """Return what a host call asks for; raises FetchDeniedError when that is no JSON object."""
    try:
        value = await loads_json(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise FetchDeniedError("fetch was asked for in words that are no JSON object.")
    return value


def number_of(asked: Mapping[str, Json], name: str) -> int:
    """Return a number that a host call names, -1 when it names none."""
    value = asked.get(name)
    return value if isinstance(value, int) else -1


def failed_answer(kind: FailureKind, message: str) -> HostAnswer:
    """Return the answer of a host call that failed."""
    return HostAnswer("", ToolFailure(kind, message))
