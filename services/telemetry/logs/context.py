"""Whose work a log line is about; tasks inherit it from the one that starts them."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol


class Subject(Protocol):
    """What work is about."""

    @property
    def run_id(self) -> str:
        """The id of a run; empty if it is not known."""

    @property
    def organisation(self) -> str:
        """Whose the run is; empty if it is not known."""


@dataclass(frozen=True)
class RunSubject:
    """A run of an organisation."""

    run_id: str
    organisation: str


SUBJECT: Final[ContextVar[Subject | None]] = ContextVar("subject", default=None)
