"""What schema checks need of the outside: processes that can be killed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.executor.clients import Client
from services.executor.domain import Json


class Outcome(Enum):
    """The outcome of a check; the values are those of the process protocol."""

    FITS = "fits"
    NOT_JSON = "not_json"
    MISFIT = "misfit"
    UNUSABLE = "unusable"
    """The schema itself is unusable."""
    STOPPED = "stopped"
    """The check hit its limit of time or memory: it is unknown whether the text fits."""


@dataclass(frozen=True)
class Checked:
    """The result of checking a text against a schema.

    Attributes:
        outcome: the outcome.
        value: the parsed value, if it fits.
        compact: the same as compact ASCII JSON.
        reason: otherwise the problem: one line for each place, or a clause.
    """

    outcome: Outcome
    value: Json = None
    compact: str = ""
    reason: str = ""


class SchemaProcesses(Protocol):
    """Compiles schemas and checks texts against them, in other processes, within limits.

    Cancellation takes effect at once. ``schema`` is JSON text that ``measure`` accepted. Processes
    are shared in turns of clients.
    """

    async def compile(self, schema: bytes, client: Client) -> Checked:
        """Return ``FITS`` if ``schema`` is usable, else ``UNUSABLE`` or ``STOPPED``."""
        ...

    async def check(self, schema: bytes, text: str, name: str, client: Client) -> Checked:
        """Check ``text``, called ``name`` in reasons."""
        ...

    async def close(self) -> None:
        """End the processes; idempotent."""
        ...
