"""The parts of an agent, and how they are known: from source, or from running its bundle."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias


class ValueSource(Enum):
    """How a part of an agent is known.

    ``STATIC``: read from the bundle's source. ``SANDBOX``: asked of the sandbox once a program.
    ``DYNAMIC``: asked of the sandbox in each run, with the run's context.
    """

    STATIC = "STATIC"
    SANDBOX = "SANDBOX"
    DYNAMIC = "DYNAMIC"


class SchemaSource(Enum):
    """How a tool's input schema was found; an MCP server tells those of its tools in each run."""

    STATIC = "STATIC"
    SANDBOX = "SANDBOX"
    SERVER = "SERVER"


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


class HookName(Enum):
    """A function of an agent that its framework calls around model queries, by its protocol's name.

    ``PREPARE_CALL`` is called before a run's first query, ``PREPARE_STEP`` before each query,
    ``STOP_WHEN`` and ``TOOL_USE_BEHAVIOR`` after each step with calls, ``REPAIR_TOOL_CALL`` for a
    call that cannot be made. ``INPUT_GUARDRAILS`` and ``PROCESS_INPUT`` come before the first
    query, ``PROCESS_INPUT_STEP`` before each; ``PROCESS_OUTPUT`` sees each answer, and
    ``OUTPUT_GUARDRAILS`` the last one, before anybody else does. ``HANDOFFS`` tells before each
    query which handoffs the model is offered. ``HANDOFF`` is called where one is made; an agent
    that has ``HANDOFFS`` has this one too. ``AGENT_TOOL`` stands for what an agent says of others
    that are its tools: it is asked around a call, and is no hook of the loop.
    """

    PREPARE_CALL = "prepareCall"
    PREPARE_STEP = "prepareStep"
    STOP_WHEN = "stopWhen"
    REPAIR_TOOL_CALL = "repairToolCall"
    INPUT_GUARDRAILS = "inputGuardrails"
    OUTPUT_GUARDRAILS = "outputGuardrails"
    TOOL_USE_BEHAVIOR = "toolUseBehavior"
    PROCESS_INPUT = "processInput"
    PROCESS_INPUT_STEP = "processInputStep"
    PROCESS_OUTPUT = "processOutput"
    HANDOFFS = "handoffs"
    HANDOFF = "handoff"
    AGENT_TOOL = "agentTool"


PROCESSORS: Final = frozenset({HookName.PROCESS_INPUT, HookName.PROCESS_OUTPUT})
"""The hooks of an agent with processors: of its input, of its output, or both."""


@dataclass(frozen=True)
class AgentHook:
    """A hook that an agent has, which the sandbox runs; the place is as in a diagnostic."""

    name: HookName
    path: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class StepCount:
    """The bundle stops a run after this many model queries."""

    steps: int


@dataclass(frozen=True)
class ToolWasCalled:
    """The bundle stops a run once this tool, or any when ``tool`` is None, was called."""

    tool: str | None


StopCondition: TypeAlias = StepCount | ToolWasCalled


@dataclass(frozen=True)
class Factory:
    """The exported function that makes an agent, whose key is the function's path and ``()``.

    ``parameters`` are the names of its parameters, "" for one without a name. The manifest has what
    the function makes without arguments, where it needs none; ``varies`` is set if other arguments
    may give another agent than the manifest's.
    """

    parameters: tuple[str, ...]
    varies: bool


@dataclass(frozen=True)
class Insertion:
    """Text that makes an agent reachable that the bundle does not export.

    ``at`` is where it is put, in bytes of the program; no line or column before it changes.
    """

    at: int
    text: str


@dataclass(frozen=True)
class AgentLink:
    """How one agent refers to another: as a handoff, or as a tool.

    ``agent`` is the other's key in the manifest, empty if it is missing; ``tool`` is its tool name
    for the model: the bundle's, else the one that its framework generates. With ``asked`` the
    sandbox is asked whether the model is offered it, and under which name: once a run, or with
    ``varies`` before each query. ``max_steps`` limits the queries of one call of it; None where its
    own limits are all.
    """

    agent: str
    name: str
    tool: str = ""
    description: str = ""
    asked: bool = False
    varies: bool = False
    max_steps: int | None = None


@dataclass(frozen=True)
class HeaderUse:
    """An environment variable, and the header that carries its value, in lower case."""

    env: str
    header: str
