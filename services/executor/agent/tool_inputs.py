"""Checks tool inputs written by the model against the agent's tools."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from services.executor.agent.agent_rules import end_by_failure
from services.executor.agent.state import RunEnding
from services.executor.agent_parts import SchemaSource
from services.executor.clients import Client
from services.executor.conversation import ToolCall
from services.executor.domain import (
    AgentSpec,
    Diagnostic,
    FailureKind,
    Json,
    Severity,
    ToolFailure,
    ToolSpec,
)
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Checked, Outcome, SchemaProcesses

MAX_INPUT_BYTES = 1024 * 1024
# The most schema parts of an agent's tools together: every query carries them all.
MAX_AGENT_PARTS = 20_000
MIB = 1024 * 1024
ENTRY_BYTES = 4096  # of the catalogue, besides its schemas


@dataclass(frozen=True)
class ValidCall:
    """A call that may run. ``input_json`` is compact ASCII JSON text of ``input``."""

    call: ToolCall
    input: Json
    input_json: str


@dataclass(frozen=True)
class InvalidCall:
    """A call that cannot run, and why, as shown to the model."""

    call: ToolCall
    error_text: str


class AgentTools:
    """The tools of one agent to offer to a model, with their schemas compiled once.

    Disabled tools are left out, and inactive ones unless hooks may activate them: ``usable`` has
    those, too. An input for a tool that parses it by its own schema has only to be JSON: the schema
    may accept what its JSON Schema would refuse.
    """

    def __init__(self, agent: AgentSpec) -> None:
        self._agent = agent
        self._checks: dict[str, SchemaCheck] = {}
        self._parts = 0
        self._any_json: SchemaCheck | None = None
        self.usable: dict[str, ToolSpec] = {}
        self.offered: dict[str, ToolSpec] = {}
        self.diagnostics: list[Diagnostic] = []

    @classmethod
    async def made(cls, agent: AgentSpec, schemas: SchemaProcesses, client: Client) -> AgentTools:
        """Return the tools of ``agent``; ``schemas`` checks costly schemas, for ``client`` now."""
        tools = cls(agent)
        for key, tool in agent.tools.items():
            if not tool.disabled and (agent.hooks or _is_active(agent, key)):
                await tools._add(key, tool, schemas, client)
        return tools

    def __repr__(self) -> str:
        return f"AgentTools({', '.join(self.offered)})"

    def are_of(self, agent: AgentSpec) -> bool:
        """Return whether ``agent`` has just these tools."""
        same = (self._agent.active_tools, self._agent.hooks) == (agent.active_tools, agent.hooks)
        return same and dict(self._agent.tools) == dict(agent.tools)

    @property
    def size(self) -> int:
        """About how many bytes of memory the schemas hold."""
        return sum(check.size for check in set(self._checks.values()))

    def needs_person(self, key: str) -> bool:
        """Tell whether a person must approve each call, so that none is made."""
        tool = self.usable[key]
        return tool.needs_approval and not tool.approval_asked

    def ending_of(self, tool: str, failure: ToolFailure | None) -> RunEnding | None:
        """Return how a failed call ends the run, None if it goes on.

        Failures of a server's and a client's tools are told to the model in every framework.
        """
        known = self.usable.get(tool)
        if failure is None:
            return None
        if known and (known.client_side or known.schema_source is SchemaSource.SERVER):
            return None
        return end_by_failure(self._agent, tool, failure)

    async def check(
        self, call: ToolCall, client: Client, offered: Collection[str] | None = None
    ) -> ValidCall | InvalidCall:
        """Return the call with its input parsed, or its problem.

        ``offered`` are the tools that it may call; None for those of the agent.
        """
        may_call = self.offered if offered is None else offered
        check = self._checks.get(call.tool) if call.tool in may_call else None
        if check is None:
            known = ", ".join(may_call) or "none"
            return InvalidCall(
                call, f'There is no tool "{call.tool[:128]}". The tools are: {known}.'
            )
        checked = await check.check(call.given_text, "input", client)
        if checked.outcome is not Outcome.FITS:
            return InvalidCall(call, _told(checked))
        if len(checked.compact) > MAX_INPUT_BYTES:
            return InvalidCall(call, f"The input is over the limit of {MAX_INPUT_BYTES} bytes.")
        return ValidCall(call, checked.value, checked.compact)

    async def _add(
        self, key: str, tool: ToolSpec, schemas: SchemaProcesses, client: Client
    ) -> None:
        if tool.input_schema is None:
            return
        try:
            check = await SchemaCheck.made(tool.input_schema, schemas)
            if self._parts + check.parts > MAX_AGENT_PARTS:
                raise ValueError(
                    f"it and the tools before it have more than {MAX_AGENT_PARTS} parts together; "
                    "give the agent fewer tools, or make their schemas smaller"
                )
            if check.strays and (reason := await check.usable(client)):
                raise ValueError(reason)
        except ValueError as error:
            path = f"agents.{self._agent.key}.tools.{key}.inputSchema"
            reason = f"The tool is left out: its input schema cannot be used: {error}"
            self.diagnostics.append(Diagnostic(Severity.ERROR, path, reason))
            return
        self._parts += check.parts
        if tool.parses_input and not tool.client_side:
            self._any_json = self._any_json or SchemaCheck({}, schemas)
            check = self._any_json
        self._checks[key] = check
        self.usable[key] = tool
        if _is_active(self._agent, key):
            self.offered[key] = tool


def needs_person(key: str) -> ToolFailure:
    """Return why a call is not made without a person; the sandbox says the same."""
    message = (
        f'a call of "{key}" needs a person\'s approval, and nobody can be asked here: the tool '
        "was not run"
    )
    return ToolFailure(FailureKind.NOT_APPROVED, message)


def _told(checked: Checked) -> str:
    """Return the text for the model about a rejected input; the tool was not run."""
    if checked.outcome is Outcome.NOT_JSON:
        return f"The input is not valid JSON: {checked.reason}. Send it again."
    if checked.outcome is Outcome.MISFIT:
        return "The input does not fit the tool's schema.\n" + checked.reason
    if checked.outcome is Outcome.STOPPED:
        return (
            "The input takes too long to check against the tool's schema, so the tool was not run: "
            f"{checked.reason}. Send a smaller or flatter one."
        )
    return f"The tool cannot be used because of its input schema: {checked.reason}"


class ToolCatalogue:
    """Caches the tools of recently used agents, by digest and agent key.

    Args:
        schemas: checks costly schemas.
        most_bytes: about how much memory they may take; the least recently used go first.
    """

    def __init__(self, schemas: SchemaProcesses, most_bytes: int = 64 * MIB) -> None:
        self._schemas = schemas
        self._most_bytes = most_bytes
        self._tools: OrderedDict[tuple[str, str], tuple[AgentTools, int]] = OrderedDict()
        self.held_bytes = 0

    def __repr__(self) -> str:
        return f"ToolCatalogue({len(self._tools)}, {self.held_bytes} of {self._most_bytes} bytes)"

    async def tools_of(self, digest: str, agent: AgentSpec, client: Client) -> AgentTools:
        """Return the tools of ``agent`` in the bundle of ``digest``.

        Those of an agent that the sandbox or a server is asked about, or that keeps notes in
        sessions only, may differ from run to run; the latest are cached.
        """
        key = (digest, agent.key)
        cached = self._tools.get(key)
        may_differ = bool(agent.asked or agent.memory or agent.mcp_servers)
        if cached is None or (may_differ and not cached[0].are_of(agent)):
            tools = await AgentTools.made(agent, self._schemas, client)
            self._keep(key, tools)
            return tools
        self._tools.move_to_end(key)
        return cached[0]

    def _keep(self, key: tuple[str, str], tools: AgentTools) -> None:
        size = tools.size + ENTRY_BYTES
        if size > self._most_bytes:
            return
        if key in self._tools:
            self.held_bytes -= self._tools.pop(key)[1]
        self._tools[key] = tools, size
        self.held_bytes += size
        while self.held_bytes > self._most_bytes:
            _, (_, dropped) = self._tools.popitem(last=False)
            self.held_bytes -= dropped


def _is_active(agent: AgentSpec, key: str) -> bool:
    return agent.active_tools is None or key in agent.active_tools
