"""The effects that a stream's session returns, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from services.telemetry.traces.w3c import Remote
from services.toolrunner.domain import LoadGrant, Program, ToolCall
from services.toolrunner.messages import HostResult, Reply


@dataclass(frozen=True, slots=True)
class Admit:
    """Count the stream towards this tenant; an empty name means the peer itself."""

    tenant: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find the program, then feed ``ProgramHeld`` or ``ProgramMissing``."""

    digest: str
    is_module: bool


@dataclass(frozen=True, slots=True)
class Reserve:
    """Reserve ``size`` more bytes of the store for the arriving program."""

    size: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Store the program, which has arrived in full."""

    program: Program


@dataclass(frozen=True, slots=True)
class Load:
    """Evaluate the program, then feed ``ProgramLoaded`` or ``ProgramFailed``.

    If it depends on the grant, its load may feed ``HostCall`` with an empty call id before.
    """

    program: Program
    grant: LoadGrant = field(default_factory=LoadGrant)


@dataclass(frozen=True, slots=True)
class StartCall:
    """Start a call; feed its ``CallConsole`` and ``HostCall``, then one ``CallEnded``.

    ``trace`` is the caller's span of it, if there is one.
    """

    call_id: str
    call: ToolCall
    trace: Remote | None = None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Deliver the result of a host call to the call that made it."""

    result: HostResult


@dataclass(frozen=True, slots=True)
class CancelCall:
    """End a call; it still feeds its ``CallEnded``."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send a reply to the peer."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Close:
    """End the stream with status OK."""


Effect: TypeAlias = (
    Admit | LookUp | Reserve | Keep | Load | StartCall | Deliver | CancelCall | Send | Close
)
Effects: TypeAlias = tuple[Effect, ...]
