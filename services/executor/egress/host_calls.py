"""Host calls: requests of tools to the outside world, and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.domain import FailureKind, Json, ToolFailure
from services.executor.errors import FetchDeniedError
from services.executor.side_thread import loads_json


@dataclass(frozen=True)
class HostCall:
    """A request of a tool call to the outside world; ``host_call_id`` counts within that call.

    ``span_id`` is the toolrunner's span of it, empty for none.
    """

    call_id: str
    host_call_id: int
    capability: str
    input_json: str = field(repr=False)
    span_id: str = ""


@dataclass(frozen=True)
class HostResult:
    """The outcome of a host call: JSON if ``failure`` is None."""

    output_json: str = field(default="{}", repr=False)
    failure: ToolFailure | None = None


async def asked_object(text: str) -> Mapping[str, Json]:
    """Parse the arguments of a host call; raises FetchDeniedError unless a JSON object."""
    try:
        value = await loads_json(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise FetchDeniedError("The arguments of fetch must be a JSON object.")
    return value


def number_of(asked: Mapping[str, Json], name: str) -> int:
    """Return a number among the arguments, -1 if it is missing."""
    value = asked.get(name)
    return value if isinstance(value, int) else -1


def failed_result(kind: FailureKind, message: str, code: str = "") -> HostResult:
    """Return the result of a host call that failed; ``code`` is what Node calls the failure."""
    return HostResult("", ToolFailure(kind, message, name=code))
