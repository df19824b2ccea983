"""Manifests as protobuf messages."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice

from google.protobuf.message import Message

from caisson.executor.v1 import manifest_pb2 as pb
from services.executor.agent_memory import AgentMemory, MemoryScope
from services.executor.agent_parts import (
    AgentHook,
    AgentLink,
    AgentPart,
    SchemaSource,
    StepCount,
    StopCondition,
    ValueSource,
)
from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Json,
    Manifest,
    Severity,
    ToolChoice,
    ToolChoiceMode,
    ToolSpec,
)
from services.executor.mcp_servers import McpServer, McpTransport, shown_text
from services.executor.tool_reach import Reach
from services.executor.wire.json_values import json_value_bytes
from services.executor.wire.value_bytes import clean, delimited

INT32 = 2**31 - 1
ITEM_BYTES = 16  # the approximate overhead of an item of a page
MAX_JSON_BYTES = 1024 * 1024
FORMATS = {
    BundleFormat.ESM: pb.BUNDLE_FORMAT_ESM,
    BundleFormat.CJS: pb.BUNDLE_FORMAT_CJS,
    BundleFormat.IIFE: pb.BUNDLE_FORMAT_IIFE,
    BundleFormat.WRAPPED: pb.BUNDLE_FORMAT_WRAPPED,
}
SCHEMA_SOURCES = {
    None: pb.SCHEMA_SOURCE_UNSPECIFIED,
    SchemaSource.STATIC: pb.SCHEMA_SOURCE_STATIC,
    SchemaSource.SANDBOX: pb.SCHEMA_SOURCE_SANDBOX,
    SchemaSource.SERVER: pb.SCHEMA_SOURCE_UNSPECIFIED,  # no manifest has tools of servers
}
VALUE_SOURCES = {
    ValueSource.STATIC: pb.VALUE_SOURCE_STATIC,
    ValueSource.SANDBOX: pb.VALUE_SOURCE_SANDBOX,
    ValueSource.DYNAMIC: pb.VALUE_SOURCE_DYNAMIC,
}
TOOL_CHOICE_MODES = {
    ToolChoiceMode.AUTO: pb.TOOL_CHOICE_MODE_AUTO,
    ToolChoiceMode.NONE: pb.TOOL_CHOICE_MODE_NONE,
    ToolChoiceMode.REQUIRED: pb.TOOL_CHOICE_MODE_REQUIRED,
    ToolChoiceMode.TOOL: pb.TOOL_CHOICE_MODE_TOOL,
}
MEMORY_SCOPES = {
    MemoryScope.SESSION: pb.MEMORY_SCOPE_SESSION,
    MemoryScope.RESOURCE: pb.MEMORY_SCOPE_RESOURCE,
}
MCP_TRANSPORTS = {
    McpTransport.AUTO: pb.MCP_TRANSPORT_AUTO,
    McpTransport.HTTP: pb.MCP_TRANSPORT_HTTP,
    McpTransport.SSE: pb.MCP_TRANSPORT_SSE,
}
SEVERITIES = {
    Severity.INFO: pb.SEVERITY_INFO,
    Severity.WARNING: pb.SEVERITY_WARNING,
    Severity.ERROR: pb.SEVERITY_ERROR,
}


def to_page(
    manifest: Manifest, start: int, most_items: int, most_bytes: int
) -> Generator[None, None, Page]:
    """Return a page of the manifest, serialized; each part of it is a step.

    Its small parts are serialized one by one and joined, by Python code that the side thread can
    run: protobuf holds the interpreter's lock for a whole message.

    Args:
        manifest: all of it.
        start: how many agents, tools and diagnostics earlier pages had.
        most_items: the most of them on this page; 0 for no limit.
        most_bytes: the page's limit, unless a single one of them is larger.
    """
    head = _head(manifest) if not start else pb.Manifest(digest=manifest.digest).SerializeToString()
    room = most_bytes - len(head)
    made: list[tuple[str | None, str, bytes]] = []
    for item in islice(_items(manifest), start, None):
        data = item.made()
        room -= len(data) + ITEM_BYTES
        if made and (room < 0 or len(made) == most_items):
            return Page(head + _joined(made), start + len(made))
        made.append((item.agent, item.field, data))
        yield
    return Page(head + _joined(made))


@dataclass(frozen=True)
class Page:
    """A page of a manifest, serialized; ``next_start`` is 0 after the last."""

    manifest: bytes
    next_start: int = 0


@dataclass(frozen=True)
class _Item:
    """A field of the manifest, or of the agent with that key: a tool's, or the agent's own."""

    agent: str | None
    field: str
    made: Callable[[], bytes]


def _items(manifest: Manifest) -> Iterator[_Item]:
    """Yield the items of pages, in order, not serialized yet."""
    for key, agent in manifest.agents.items():
        yield _Item(key, "", partial(_agent, agent))
        for tool_key, tool in agent.tools.items():
            yield _Item(key, "tools", partial(_tool, tool_key, tool))
    for each in manifest.diagnostics:
        yield _Item(None, "diagnostics", partial(_diagnostic, each))


def _joined(items: Iterable[tuple[str | None, str, bytes]]) -> bytes:
    """Return the items as fields of a manifest: agent, field and bytes of each."""
    parts: list[bytes] = []
    for key, group in groupby(items, lambda item: item[0]):
        if key is None:
            parts += (_field(pb.Manifest, field, data) for _, field, data in group)
            continue
        agent = [pb.Agent(key=clean(key)).SerializeToString()]
        agent += (_field(pb.Agent, field, data) if field else data for _, field, data in group)
        parts.append(_field(pb.Manifest, "agents", b"".join(agent)))
    return b"".join(parts)


def _head(manifest: Manifest) -> bytes:
    head = pb.Manifest(digest=manifest.digest, format=FORMATS[manifest.format])
    metadata = manifest.metadata or None
    return head.SerializeToString() + _json_fields(pb.Manifest, metadata=metadata)


def _field(kind: type[Message], name: str, data: bytes) -> bytes:
    return delimited(kind.DESCRIPTOR.fields_by_name[name].number, data)


def _json_fields(kind: type[Message], **values: Mapping[str, Json] | None) -> bytes:
    given = ((name, dict(value)) for name, value in values.items() if value is not None)
    return b"".join(
        _field(kind, name, json_value_bytes(value, MAX_JSON_BYTES)) for name, value in given
    )


def _agent(agent: AgentSpec) -> bytes:
    """Return an agent's own fields, without its key."""
    return _to_agent(agent).SerializeToString() + _json_fields(
        pb.Agent,
        settings=agent.settings or None,
        output_schema=agent.output_schema,
        metadata=agent.metadata or None,
    )


def _tool(key: str, tool: ToolSpec) -> bytes:
    return _to_tool(key, tool).SerializeToString() + _json_fields(
        pb.Tool, input_schema=tool.input_schema, output_schema=tool.output_schema
    )


def _diagnostic(diagnostic: Diagnostic) -> bytes:
    return to_diagnostic(diagnostic).SerializeToString()


def to_diagnostic(diagnostic: Diagnostic) -> pb.Diagnostic:
    """Return one diagnostic."""
    return pb.Diagnostic(
        severity=SEVERITIES[diagnostic.severity],
        path=clean(diagnostic.path),
        reason=clean(diagnostic.reason),
        line=diagnostic.line,
        column=diagnostic.column,
    )


def _to_agent(agent: AgentSpec) -> pb.Agent:
    """Return an agent without its key, its tools and its JSON."""
    active = agent.active_tools
    return pb.Agent(
        name=clean(agent.name),
        system=clean(agent.system),
        model=clean(agent.model or ""),
        description=clean(agent.description),
        max_steps=None if agent.max_steps is None else min(agent.max_steps, INT32),
        framework=_to_framework(agent.framework),
        framework_name=clean(agent.framework or ""),
        fallback_models=[clean(model) for model in agent.fallback_models],
        handoffs=[_to_link(link) for link in agent.handoffs],
        agent_tools=[_to_link(link) for link in agent.agent_tools],
        tool_choice=None if agent.tool_choice is None else _to_choice(agent.tool_choice),
        active_tools=None if active is None else pb.ActiveTools(keys=map(clean, active)),
        stop_conditions=[_to_stop(condition) for condition in agent.stop_conditions],
        disabled=agent.disabled,
        part_sources=_to_sources(agent),
        hooks=[_to_hook(each) for each in agent.hooks],
        memory=None if agent.memory is None else _to_memory(agent.memory),
        mcp_servers=[_to_server(each) for each in agent.mcp_servers],
    )


def _to_memory(memory: AgentMemory) -> pb.Memory:
    found = pb.Memory(last_messages=min(memory.last_messages, INT32))
    if memory.working is not None:
        found.working.scope = MEMORY_SCOPES[memory.working.scope]
        found.working.template = clean(memory.working.template)
        if memory.working.schema_json:
            found.working.schema.json_text = clean(memory.working.schema_json)
    return found


def _to_hook(hook: AgentHook) -> pb.Hook:
    return pb.Hook(name=hook.name.value, path=clean(hook.path), line=hook.line, column=hook.column)


def _to_server(server: McpServer) -> pb.McpServer:
    allowed = server.allowed
    return pb.McpServer(
        name=clean(server.key),
        url=clean(shown_text(server.url)),
        transport=MCP_TRANSPORTS[server.transport],
        headers=[
            pb.McpHeader(name=clean(name), value=clean(shown_text(text)))
            for name, text in server.headers
        ],
        allowed_tools=None if allowed is None else pb.ActiveTools(keys=map(clean, allowed)),
        blocked_tools=map(clean, server.blocked),
        needs_approval=server.needs_approval,
    )


def _to_sources(agent: AgentSpec) -> Iterator[pb.PartSource]:
    """Yield how each part is known, in the order of ``AgentPart``."""
    for part in AgentPart:
        asked = [each for each in agent.asked if each.part is part]
        if not asked:
            yield pb.PartSource(
                part=part.value, source=pb.VALUE_SOURCE_STATIC, is_known=not agent.disabled
            )
        for each in asked:
            yield pb.PartSource(
                part=part.value,
                source=VALUE_SOURCES[each.source],
                reason=clean(each.reason),
                path=clean(each.path),
                line=each.line,
                column=each.column,
                is_known=each.is_known,
            )


def _to_framework(name: str | None) -> str:
    """Return a framework's enum name; one without a number has only its name."""
    label = f"FRAMEWORK_{name or ''}".upper().replace("-", "_")
    return label if label in pb.Framework.keys() else "FRAMEWORK_UNSPECIFIED"  # noqa: SIM118


def _to_link(link: AgentLink) -> pb.AgentLink:
    return pb.AgentLink(
        agent=clean(link.agent),
        name=clean(link.name),
        tool=clean(link.tool),
        description=clean(link.description),
    )


def _to_choice(choice: ToolChoice) -> pb.ToolChoice:
    return pb.ToolChoice(mode=TOOL_CHOICE_MODES[choice.mode], tool=clean(choice.tool))


def _to_stop(condition: StopCondition) -> pb.StopCondition:
    if isinstance(condition, StepCount):
        return pb.StopCondition(step_count=min(condition.steps, INT32))
    if condition.tool is None:
        return pb.StopCondition(any_tool_call=True)
    return pb.StopCondition(tool_call=clean(condition.tool))


def _to_tool(key: str, tool: ToolSpec) -> pb.Tool:
    """Return a tool without its schemas."""
    return pb.Tool(
        key=clean(key),
        description=clean(tool.description),
        schema_source=SCHEMA_SOURCES[tool.schema_source],
        disabled=tool.disabled,
        reach=None if tool.reach is None else _to_reach(tool.reach),
        needs_approval=tool.needs_approval,
        gates=map(clean, tool.gates),
        idempotent=tool.idempotent,
        client_side=tool.client_side,
    )


def _to_reach(reach: Reach) -> pb.Reach:
    return pb.Reach(
        globals=map(clean, reach.globals),
        modules=map(clean, reach.modules),
        env=map(clean, reach.env),
        hosts=map(clean, reach.hosts),
        missing=map(clean, reach.missing),
        gaps=[
            pb.ReachGap(reason=clean(gap.reason), line=gap.line, column=gap.column)
            for gap in reach.gaps
        ],
        headers=[
            pb.HeaderUse(env=clean(each.env), header=clean(each.header)) for each in reach.headers
        ],
        addresses=map(clean, reach.addresses),
    )
