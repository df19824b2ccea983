"""What checking by schemas needs of the outside: processes that can be killed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import Json


class Outcome(Enum):
    """What came of a check; the values are what processes say."""

    FITS = "fits"
    NOT_JSON = "not_json"
    MISFIT = "misfit"
    UNUSABLE = "unusable"
    """The schema itself cannot be used."""
    STOPPED = "stopped"
    """The check met its limit of time or memory: whether the text fits is not known."""


@dataclass(frozen=True)
class Checked:
    """A text that was checked by a schema.

    Attributes:
        outcome: what came of it.
        value: what the text says, of one that fits.
        compact: the same as compact ASCII JSON.
        reason: of any other, what is wrong: one line for each place, or a clause.
    """

    outcome: Outcome
    value: Json = None
    compact: str = ""
    reason: str = ""


class SchemaProcesses(Protocol):
    """Compiles schemas and checks texts by them, apart from this process, within limits.

    What is cancelled stops at once. ``schema`` is JSON text that ``measure`` let pass. The time it
    takes counts for ``client``, and does not keep others waiting.
    """

    async def compile(self, schema: bytes, client: Client = OWN_PROCESS) -> Checked:
        """Return ``FITS`` when ``schema`` can be used, else ``UNUSABLE`` or ``STOPPED``."""
        ...

    async def check(
        self, schema: bytes, text: str, name: str, client: Client = OWN_PROCESS
    ) -> Checked:
        """Check ``text``, which the reasons call ``name``."""
        ...

    async def close(self) -> None:
        """End the processes; idempotent."""
        ...
