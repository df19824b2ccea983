"""Manifests as messages."""

from __future__ import annotations

from services.executor.domain import (
    AgentLink,
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Framework,
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
from services.executor.wire.json_values import clean, to_struct
from services.gen.caisson.executor.v1 import manifest_pb2 as pb
from services.gen.caisson.executor.v1.executor_service_pb2 import InspectBundleResponse

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
FRAMEWORKS = {
    None: pb.FRAMEWORK_UNSPECIFIED,
    Framework.LIGHTFAST: pb.FRAMEWORK_LIGHTFAST,
    Framework.AI_SDK: pb.FRAMEWORK_AI_SDK,
    Framework.MASTRA: pb.FRAMEWORK_MASTRA,
    Framework.OPENAI_AGENTS: pb.FRAMEWORK_OPENAI_AGENTS,
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


def to_inspect_response(manifest: Manifest) -> InspectBundleResponse:
    """Return the manifest as the answer to InspectBundle."""
    return InspectBundleResponse(manifest=to_manifest(manifest))


def to_manifest(manifest: Manifest) -> pb.Manifest:
    """Return the manifest as the client reads it."""
    return pb.Manifest(
        digest=manifest.digest,
        format=FORMATS[manifest.format],
        agents={clean(key): _to_agent(agent) for key, agent in manifest.agents.items()},
        metadata=to_struct(manifest.metadata),
        diagnostics=[to_diagnostic(item) for item in manifest.diagnostics],
    )


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
    active = agent.active_tools
    schema = agent.output_schema
    return pb.Agent(
        name=clean(agent.name),
        system=clean(agent.system),
        model=clean(agent.model or ""),
        tools={clean(key): _to_tool(tool) for key, tool in agent.tools.items()},
        description=clean(agent.description),
        settings=to_struct(agent.settings),
        max_steps=agent.max_steps,
        framework=FRAMEWORKS[agent.framework],
        fallback_models=[clean(model) for model in agent.fallback_models],
        handoffs=[_to_link(link) for link in agent.handoffs],
        agent_tools=[_to_link(link) for link in agent.agent_tools],
        tool_choice=None if agent.tool_choice is None else _to_choice(agent.tool_choice),
        active_tools=None if active is None else pb.ActiveTools(keys=map(clean, active)),
        stop_conditions=[_to_stop(condition) for condition in agent.stop_conditions],
        output_schema=None if schema is None else to_struct(schema),
        metadata=to_struct(agent.metadata),
    )


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
    return pb.Tool(
        description=clean(tool.description),
        input_schema=None if tool.input_schema is None else to_struct(tool.input_schema),
        schema_source=SCHEMA_SOURCES[tool.schema_source],
        disabled=tool.disabled,
        reach=None if tool.reach is None else _to_reach(tool.reach),
        output_schema=None if tool.output_schema is None else to_struct(tool.output_schema),
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
