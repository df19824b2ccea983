"""Tools that the client of a run brings, and runs itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from services.executor.agent.tool_inputs import AgentTools
from services.executor.agent_parts import SchemaSource
from services.executor.call_rules import ClientTool
from services.executor.domain import AgentSpec, ToolSpec
from services.executor.errors import FieldViolation, RequestError


def with_client_tools(agent: AgentSpec, tools: Sequence[ClientTool]) -> AgentSpec:
    """Return an agent with the tools of its client.

    Raises:
        RequestError: a tool has the key of another one, or of a handoff.
    """
    if not tools:
        return agent
    taken = {*agent.tools, *(link.tool for link in agent.handoffs)}
    refuse_taken([tool.name for tool in tools], taken)
    new = {
        tool.name: ToolSpec(
            tool.name, tool.description, tool.input_schema, SchemaSource.STATIC, client_side=True
        )
        for tool in tools
    }
    active = None if agent.active_tools is None else (*agent.active_tools, *new)
    return replace(agent, tools={**agent.tools, **new}, active_tools=active)


def refuse_taken(names: Sequence[str], taken: Collection[str]) -> None:
    """Raise RequestError if a tool of the client has the key of another one."""
    for at, name in enumerate(names):
        if name in taken or name in names[:at]:
            message = f'The agent has a tool "{name}" already; give the client\'s another name.'
            field = f"spec.client_tools[{at}].name"
            raise RequestError(message, violations=(FieldViolation(field, message),))


def refuse_unusable(tools: Sequence[ClientTool], found: AgentTools) -> None:
    """Raise RequestError if the schema of a client's tool cannot be used."""
    for at, tool in enumerate(tools):
        if tool.name in found.usable:
            continue
        reasons = [each.reason for each in found.diagnostics if f".{tool.name}." in each.path]
        message = f'The tool "{tool.name}" of the client cannot be used. {" ".join(reasons)}'
        field = f"spec.client_tools[{at}].input_schema"
        raise RequestError(message, violations=(FieldViolation(field, message),))
