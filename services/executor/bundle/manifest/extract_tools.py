"""Reads the tools of an agent; a tool that cannot be read is disabled, never the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.executor.agent_parts import AgentLink, AgentPart, SchemaSource
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.other_files import from_other_file
from services.executor.bundle.evaluate.values import (
    ANY,
    CallValue,
    Constant,
    MemberValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.frameworks.agent_calls import AgentTool
from services.executor.bundle.frameworks.framework import (
    AgentLookup,
    FoundAgent,
    FoundTool,
    Framework,
)
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import (
    APPROVAL_KEYS,
    SCHEMA_WRAPPERS,
    servers_among_tools,
)
from services.executor.bundle.frameworks.tools import SCHEMA_KEYS, is_hosted, is_local, tool_of
from services.executor.bundle.manifest.instructions import read_text
from services.executor.bundle.manifest.load_reads import say_files
from services.executor.bundle.manifest.tool_list import SAME_NAME, ListedTool, listed_tools
from services.executor.bundle.manifest.tool_settings import with_call_settings
from services.executor.bundle.manifest.unread_parts import unread_spreads
from services.executor.bundle.reach.tool_reach import ToolReach
from services.executor.bundle.schema.input_schema import (
    InputSchema,
    read_input_schema,
    read_schema,
)
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.diagnostics import MAX_REASON, Diagnostics
from services.executor.bundle.syntax.syntax import Node, span
from services.executor.domain import JsonObject, ToolSpec, UnreadSchema
from services.executor.mcp_servers import McpServer

NO_EXECUTE = (
    "it has no `execute`, so that the client or the provider would have to run it: Caisson does "
    "not offer it to the model"
)
BY_CLIENT = (
    "it has no `execute`: the client runs it, and a call of it waits for the client's answer"
)
PLAIN_TYPES = frozenset({None, "dynamic", "function"})
_NO_TOOL = "a tool is an object with `description`, `inputSchema` and `execute`"
_HOSTED = "it runs at the model's provider: Caisson does not offer it to the model"
_LOCAL = (
    "it runs in the agent's own process, in a form that only the model's provider knows: Caisson "
    "does not offer it to the model"
)


@dataclass(frozen=True)
class AgentTools:
    """The tools of an agent by key, including disabled ones, and the agents among them.

    ``servers`` are the MCP servers whose tools are among them.
    """

    tools: dict[str, ToolSpec]
    agents: tuple[AgentLink, ...]
    servers: tuple[McpServer, ...] = ()


def read_tools(
    lookup: AgentLookup, reach: ToolReach, agent: FoundAgent, diagnostics: Diagnostics
) -> AgentTools:
    """Return the tools; anything that cannot run as a tool produces a diagnostic."""
    tools: dict[str, ToolSpec] = {}
    links: list[AgentLink] = []
    servers: list[McpServer] = []
    path = f"agents.{agent.key}.tools"
    evaluator = lookup.evaluator

    def taken(value: Value, where: str) -> bool:
        found = servers_among_tools(evaluator, value, where, diagnostics)
        servers.extend(found or ())
        return found is not None

    value = part(evaluator, agent.config, "tools")
    for listed in listed_tools(evaluator, value, path, diagnostics, taken):
        if taken(listed.value, listed.path):
            continue
        called = agent.framework.agent_as_tool(lookup, listed.value, path, diagnostics)
        if called is not None:
            links.append(called.link)
            tools[called.tool.key] = called.tool
            continue
        tool = _tool(evaluator, reach, agent, listed, path, diagnostics)
        if tool is not None:
            if listed.key is None and tool.key in tools:
                diagnostics.warning(f"{path}.{tool.key}", SAME_NAME, listed.value.node)
            tools[tool.key] = tool
    return AgentTools(tools, tuple(links), tuple(servers))


def with_agents(tools: AgentTools, more: Iterable[AgentTool]) -> AgentTools:
    """Return the tools of an agent with those that are agents which it names apart from them."""
    found = tuple(more)
    by_key = {**tools.tools, **{each.tool.key: each.tool for each in found}}
    return AgentTools(by_key, (*tools.agents, *(each.link for each in found)))


def _tool(
    evaluator: Evaluator,
    reach: ToolReach,
    agent: FoundAgent,
    listed: ListedTool,
    list_path: str,
    diagnostics: Diagnostics,
) -> ToolSpec | None:
    """Return the tool, or None when it has no key."""
    found = tool_of(evaluator, listed.value, agent.framework)
    key, path = listed.key, listed.path
    if found is None or is_hosted(evaluator, listed.value):
        asked = _say_no_tool(evaluator, listed, diagnostics)
        return None if key is None or asked else ToolSpec(key, "", None, None, disabled=True)
    if key is None:
        key = agent.framework.tools.name(evaluator, found.definition)
        if key is None:
            reason = "the `name` of one is not known from source"
            diagnostics.ask(AgentPart.TOOLS, path, reason, found.definition.node)
            return None
        path = f"{list_path}.{key}"
    return _read(evaluator, reach, key, agent.framework, found, path, diagnostics)


def _read(
    evaluator: Evaluator,
    reach: ToolReach,
    key: str,
    framework: Framework,
    found: FoundTool,
    path: str,
    diagnostics: Diagnostics,
) -> ToolSpec:
    definition = found.definition
    description = _description(evaluator, definition, f"{path}.description", diagnostics)
    tool = ToolSpec(key, description, None, None)
    tool = with_call_settings(tool, evaluator, framework, found, path, diagnostics)
    for reason, node in unread_spreads((definition,)):
        diagnostics.warning(path, reason, node)
    if found.execute is None and not _may_run(evaluator, definition):
        if not framework.tools.client_side or _has_type(evaluator, definition):
            diagnostics.error(path, NO_EXECUTE, definition.node)
            return replace(tool, disabled=True)
        tool = _of_client(tool, path, definition.node, diagnostics)
    else:
        tool = replace(tool, reach=reach.of(found.execute))
        say_files(reach, found.execute, path, diagnostics)
    schema = _schema(evaluator, definition, path, diagnostics)
    if isinstance(schema, UnreadSchema):
        diagnostics.put(schema.diagnostic())
        # The sandbox is asked for the schema if nothing else disables the tool.
        return replace(tool, disabled=True, unread_schema=None if tool.disabled else schema)
    return replace(
        tool,
        input_schema=schema.schema,
        schema_source=SchemaSource.STATIC,
        output_schema=_output_schema(evaluator, definition, path, diagnostics),
        parses_input=schema.parses,
    )


def _of_client(tool: ToolSpec, path: str, node: Node, diagnostics: Diagnostics) -> ToolSpec:
    """Return a tool that the client runs; nothing of it is asked in the sandbox."""
    diagnostics.info(path, BY_CLIENT, node)
    unasked = [gate for gate in tool.gates if gate not in APPROVAL_KEYS and gate != "..."]
    if unasked:
        reason = f"the client runs the tool, so that nothing asks `{'`, `'.join(unasked)}`"
        diagnostics.warning(path, reason, node)
    return replace(tool, client_side=True, gates=())


def _has_type(evaluator: Evaluator, definition: ObjectValue) -> bool:
    """Tell whether a tool is of a type of its own, such as one that a provider runs."""
    value = part(evaluator, (definition,), "type")
    kind = None if value is None else evaluator.forced(value)
    if kind is None or isinstance(kind, Undefined):
        return False
    return not (isinstance(kind, Constant) and kind.value in PLAIN_TYPES)


def _may_run(evaluator: Evaluator, definition: ObjectValue) -> bool:
    """Tell whether ``execute`` may exist although it was not found."""
    if definition.opaque() or ANY in definition.uncertain:
        return True
    return part(evaluator, (definition,), "execute") is not None


def _say_no_tool(evaluator: Evaluator, listed: ListedTool, diagnostics: Diagnostics) -> bool:
    """Say why what is listed is not a tool here; return whether the sandbox is asked for it."""
    if is_hosted(evaluator, listed.value):
        where = _LOCAL if is_local(evaluator, listed.value) else _HOSTED
        diagnostics.error(listed.path, where, listed.value.node)
        return False
    value = listed.value
    reason = from_other_file(value)
    if reason is None and isinstance(value, CallValue | MemberValue | Unsupported):
        reason = value.reason if isinstance(value, Unsupported) else "it is not known from source"
        diagnostics.ask(AgentPart.TOOLS, listed.path, reason, value.node)
        return True
    if reason is None:
        reason = f"it is not a tool: {_NO_TOOL}"
    diagnostics.error(listed.path, reason, value.node)
    return False


def _description(
    evaluator: Evaluator, definition: ObjectValue, path: str, diagnostics: Diagnostics
) -> str:
    value = part(evaluator, (definition,), "description")
    if value is None or isinstance(value, Undefined):
        reason = "it has none: the model knows the tool by its key"
        diagnostics.warning(path, reason, definition.node)
        return ""
    instead = "the model is told none"
    return read_text(evaluator, value, path, diagnostics, instead, AgentPart.TOOLS)


def _schema(
    evaluator: Evaluator, definition: ObjectValue, path: str, diagnostics: Diagnostics
) -> InputSchema | UnreadSchema:
    names = definition.entries().keys()
    name = next((name for name in SCHEMA_KEYS if name in names), None)
    if name is None:
        reason = "it has none: give `z.object({})` for a tool without input"
        return _unread(f"{path}.inputSchema", reason, definition.node)
    value = part(evaluator, (definition,), name)
    assert value is not None
    if (rest := definition.hidden_by(name)) is not None:
        reason = "what is spread in after it may replace it"
        return _unread(f"{path}.{name}", reason, rest.value.node)
    try:
        found = read_input_schema(evaluator, value, SCHEMA_WRAPPERS)
    except UnreadableSchemaError as error:
        node = error.node if error.node is not None else definition.node
        return _unread(f"{path}.{name}{error.path}", error.reason, node)
    for reason, inner, node in found.notes:
        diagnostics.warning(f"{path}.{name}{inner}", reason, node)
    return found


def _unread(path: str, reason: str, node: Node) -> UnreadSchema:
    where = span(node)
    return UnreadSchema(path[:MAX_REASON], reason[:MAX_REASON], where.line, where.column)


def _output_schema(
    evaluator: Evaluator, definition: ObjectValue, path: str, diagnostics: Diagnostics
) -> JsonObject | None:
    value = part(evaluator, (definition,), "outputSchema")
    if value is None or isinstance(value, Undefined):
        return None
    try:
        return read_schema(evaluator, value, SCHEMA_WRAPPERS).schema
    except UnreadableSchemaError as error:
        reason = f"{error.reason}; the output is not described"
        where = f"{path}.outputSchema{error.path}"
        diagnostics.info(where, reason, error.node or value.node)
        return None
