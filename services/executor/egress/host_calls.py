"""Host calls: what a tool asks of the outside world, and the results that it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.domain import FailureKind, Json, ToolFailure
from services.executor.errors import FetchDeniedError
from services.executor.side_thread import loads_json


@dataclass(frozen=True)
class HostCall:
    """A tool call asks for the outside world; ``host_call_id`` counts within that call."""

    call_id: str
    host_call_id: int
    capability: str
    input_json: str = field(repr=False)


@dataclass(frozen=True)
class HostResult:
    """The outcome of a host call: JSON when ``failure`` is None."""

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


def failed_result(kind: FailureKind, message: str) -> HostResult:
    """Return the result of a host call that failed."""
    return HostResult("", ToolFailure(kind, message))
