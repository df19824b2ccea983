"""Manifests as protobuf messages."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message

from caisson.executor.v1 import manifest_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import InspectBundleResponse
from services.executor.domain import (
    AgentLink,
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Json,
    Manifest,
    Reach,
    SchemaSource,
    Severity,
    StepCount,
    StopCondition,
    ToolChoice,
    ToolChoiceMode,
    ToolSpec,
)
from services.executor.wire.value_bytes import clean, delimited, struct_bytes

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
}
TOOL_CHOICE_MODES = {
    ToolChoiceMode.AUTO: pb.TOOL_CHOICE_MODE_AUTO,
    ToolChoiceMode.NONE: pb.TOOL_CHOICE_MODE_NONE,
    ToolChoiceMode.REQUIRED: pb.TOOL_CHOICE_MODE_REQUIRED,
    ToolChoiceMode.TOOL: pb.TOOL_CHOICE_MODE_TOOL,
}
SEVERITIES = {
    Severity.INFO: pb.SEVERITY_INFO,
    Severity.WARNING: pb.SEVERITY_WARNING,
    Severity.ERROR: pb.SEVERITY_ERROR,
}


def to_inspect_response(manifest: Manifest) -> bytes:
    """Return the serialized response of InspectBundle.

    It is assembled from the bytes of its small parts, in pure Python that the side thread can run:
    protobuf holds the interpreter's lock while it serializes a whole message.
    """
    return _field(InspectBundleResponse, "manifest", _manifest(manifest))


def to_manifest(manifest: Manifest) -> pb.Manifest:
    """Return the manifest as a message."""
    return pb.Manifest.FromString(_manifest(manifest))


def _manifest(manifest: Manifest) -> bytes:
    kind = pb.Manifest
    head = kind(digest=manifest.digest, format=FORMATS[manifest.format])
    agents = (_entry(kind, "agents", key, _agent(a)) for key, a in manifest.agents.items())
    noted = (to_diagnostic(item).SerializeToString() for item in manifest.diagnostics)
    metadata = _field(kind, "metadata", struct_bytes(manifest.metadata))
    diagnostics = (_field(kind, "diagnostics", each) for each in noted)
    return b"".join((head.SerializeToString(), *agents, metadata, *diagnostics))


def _field(kind: type[Message], name: str, data: bytes) -> bytes:
    return delimited(kind.DESCRIPTOR.fields_by_name[name].number, data)


def _entry(kind: type[Message], name: str, key: str, value: bytes) -> bytes:
    """Return an entry of a map."""
    return _field(kind, name, delimited(1, clean(key).encode()) + delimited(2, value))


def _structs(kind: type[Message], **values: Mapping[str, Json] | None) -> bytes:
    given = ((name, value) for name, value in values.items() if value is not None)
    return b"".join(_field(kind, name, struct_bytes(value)) for name, value in given)


def _agent(agent: AgentSpec) -> bytes:
    kind = pb.Agent
    structs = _structs(
        kind, settings=agent.settings, output_schema=agent.output_schema, metadata=agent.metadata
    )
    tools = (_entry(kind, "tools", key, _tool(tool)) for key, tool in agent.tools.items())
    return b"".join((_to_agent(agent).SerializeToString(), structs, *tools))


def _tool(tool: ToolSpec) -> bytes:
    schemas = _structs(pb.Tool, input_schema=tool.input_schema, output_schema=tool.output_schema)
    return _to_tool(tool).SerializeToString() + schemas


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
    """Return an agent without its tools and JSON."""
    active = agent.active_tools
    return pb.Agent(
        name=clean(agent.name),
        system=clean(agent.system),
        model=clean(agent.model or ""),
        description=clean(agent.description),
        max_steps=agent.max_steps,
        framework=_to_framework(agent.framework),
        framework_name=clean(agent.framework or ""),
        fallback_models=[clean(model) for model in agent.fallback_models],
        handoffs=[_to_link(link) for link in agent.handoffs],
        agent_tools=[_to_link(link) for link in agent.agent_tools],
        tool_choice=None if agent.tool_choice is None else _to_choice(agent.tool_choice),
        active_tools=None if active is None else pb.ActiveTools(keys=map(clean, active)),
        stop_conditions=[_to_stop(condition) for condition in agent.stop_conditions],
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
        return pb.StopCondition(step_count=condition.steps)
    if condition.tool is None:
        return pb.StopCondition(any_tool_call=True)
    return pb.StopCondition(tool_call=clean(condition.tool))


def _to_tool(tool: ToolSpec) -> pb.Tool:
    """Return a tool without its schemas."""
    return pb.Tool(
        description=clean(tool.description),
        schema_source=SCHEMA_SOURCES[tool.schema_source],
        disabled=tool.disabled,
        reach=None if tool.reach is None else _to_reach(tool.reach),
        needs_approval=tool.needs_approval,
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
    )
