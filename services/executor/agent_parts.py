"""The parts of an agent: when it stops, and what running its bundle tells, with how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class ValueSource(Enum):
    """How a part of an agent is known.

    ``STATIC``: read from the bundle's source. ``SANDBOX``: asked of the sandbox once a program.
    ``DYNAMIC``: asked of the sandbox in each run, with the run's context.
    """

    STATIC = "STATIC"
    SANDBOX = "SANDBOX"
    DYNAMIC = "DYNAMIC"


class AgentPart(Enum):
    """A part of an agent that the sandbox can be asked for; the names are those of its protocol."""

    INSTRUCTIONS = "instructions"
    DESCRIPTION = "description"
    MODEL = "model"
    SETTINGS = "settings"
    TOOLS = "tools"


@dataclass(frozen=True)
class AskedPart:
    """A part of an agent that cannot be read from source, so that the sandbox is asked for it.

    ``path``, ``line`` and ``column`` are those of a diagnostic. ``source`` is SANDBOX or DYNAMIC.
    ``from_clock`` is set if its value may be made from the clock while the bundle loads, so that
    an old load gives an old value. ``otherwise`` is what holds if nobody asks; empty if the agent
    cannot run then. With ``if_granted`` it differs only in runs that are granted variables of the
    environment. ``is_known`` is set once the agent has the sandbox's answer.
    """

    part: AgentPart
    path: str
    reason: str
    line: int = 0
    column: int = 0
    source: ValueSource = ValueSource.DYNAMIC
    from_clock: bool = False
    otherwise: str = ""
    if_granted: bool = False
    is_known: bool = False


@dataclass(frozen=True)
class StepCount:
    """The bundle stops a run after this many model queries."""

    steps: int


@dataclass(frozen=True)
class ToolWasCalled:
    """The bundle stops a run once this tool, or any when ``tool`` is None, was called."""

    tool: str | None


StopCondition: TypeAlias = StepCount | ToolWasCalled
