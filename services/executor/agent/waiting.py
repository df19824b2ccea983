"""What a run waits for, and the answers to it, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from services.executor.domain import JsonText
from services.executor.lifecycle_events import InputKind

EXPIRED: Final = "Nobody answered in time."


@dataclass(frozen=True)
class Waiting:
    """What a pending call waits for.

    ``expires_ns`` is since 1970, and ``reason`` says who wants it, for a person.
    """

    input_id: str
    kind: InputKind
    expires_ns: int
    reason: str = ""


@dataclass(frozen=True)
class Suspended:
    """A run has ended for now: it goes on from its state once these inputs have answers."""

    inputs: tuple[Waiting, ...]


@dataclass(frozen=True)
class Approved:
    """The call may be made, with another input where ``edited`` is JSON text."""

    edited: str | None = None


@dataclass(frozen=True)
class Denied:
    """The call may not be made; the model is told ``reason``, or what its framework says."""

    reason: str = ""


@dataclass(frozen=True)
class ClientOutput:
    """What the tool of a client returned, JSON text."""

    output: JsonText


@dataclass(frozen=True)
class ClientError:
    """Why the tool of a client failed."""

    text: str


@dataclass(frozen=True)
class Expired:
    """Nobody answered in time: the call is not made."""


InputAnswer: TypeAlias = Approved | Denied | ClientOutput | ClientError | Expired
