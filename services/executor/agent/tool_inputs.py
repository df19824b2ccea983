"""Tool inputs: what the model wrote, checked against the tools that the agent has."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from services.executor.agent.json_schema import (
    Validator,
    compile_schema,
    problems_of,
    reason_of,
    refuse_constant,
)
from services.executor.conversation import ToolCall
from services.executor.domain import AgentSpec, Diagnostic, Json, JsonObject, Severity, ToolSpec

MAX_INPUT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ValidCall:
    """A call that may run. ``input_json`` is compact ASCII JSON text of ``input``."""

    call: ToolCall
    input: Json
    input_json: str


@dataclass(frozen=True)
class InvalidCall:
    """A call that cannot run, and why, as the model is told."""

    call: ToolCall
    error_text: str


class AgentTools:
    """The tools of one agent that a model can be offered, their schemas compiled once.

    Left out are those that cannot be read, those that the agent does not have active, and those
    whose calls a person is to approve, since nobody can be asked.
    """

    def __init__(self, agent: AgentSpec) -> None:
        self._validators: dict[str, Validator] = {}
        self.diagnostics: list[Diagnostic] = []
        for key, tool in agent.tools.items():
            if _is_offered(agent, tool) and tool.input_schema is not None:
                self._compile(f"agents.{agent.key}.tools.{key}", key, tool.input_schema)
        self.offered: Mapping[str, ToolSpec] = {key: agent.tools[key] for key in self._validators}

    def __repr__(self) -> str:
        return f"AgentTools({', '.join(self.offered)})"

    def check(self, call: ToolCall) -> ValidCall | InvalidCall:
        """Return the call with its input parsed, or what is wrong with it."""
        validator = self._validators.get(call.tool)
        if validator is None:
            known = ", ".join(self.offered) or "none"
            return InvalidCall(
                call, f'There is no tool "{call.tool[:128]}". The tools are: {known}.'
            )
        try:
            parsed: Json = json.loads(call.input_text or "{}", parse_constant=refuse_constant)
            input_json = json.dumps(parsed, separators=(",", ":"))
        except (ValueError, RecursionError) as error:
            return InvalidCall(
                call, f"The input is not valid JSON: {reason_of(error)}. Send it again."
            )
        if len(input_json) > MAX_INPUT_BYTES:
            return InvalidCall(call, f"The input is over the limit of {MAX_INPUT_BYTES} bytes.")
        problems = problems_of(validator, parsed, "input")
        if problems:
            return InvalidCall(call, "The input does not fit the tool's schema.\n" + problems)
        return ValidCall(call, parsed, input_json)

    def _compile(self, path: str, key: str, schema: JsonObject) -> None:
        try:
            self._validators[key] = compile_schema(schema)
        except ValueError as error:
            reason = f"The tool is left out: its input schema cannot be used. {error}"
            self.diagnostics.append(Diagnostic(Severity.ERROR, f"{path}.inputSchema", reason))


class ToolCatalogue:
    """Keeps the compiled tools of the agents that were used last, by digest and agent key."""

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._tools: OrderedDict[tuple[str, str], AgentTools] = OrderedDict()

    def __repr__(self) -> str:
        return f"ToolCatalogue({len(self._tools)} of {self._capacity})"

    def tools_of(self, digest: str, agent: AgentSpec) -> AgentTools:
        """Return the tools of ``agent`` in the bundle of ``digest``."""
        key = (digest, agent.key)
        tools = self._tools.pop(key, None) or AgentTools(agent)
        self._tools[key] = tools
        if len(self._tools) > self._capacity:
            self._tools.popitem(last=False)
        return tools


def _is_offered(agent: AgentSpec, tool: ToolSpec) -> bool:
    is_active = agent.active_tools is None or tool.key in agent.active_tools
    return is_active and not tool.disabled and not tool.needs_approval
