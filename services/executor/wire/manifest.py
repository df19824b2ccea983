"""Manifests as messages."""

from __future__ import annotations

from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Manifest,
    SchemaSource,
    Severity,
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
    return pb.Agent(
        name=clean(agent.name),
        system=clean(agent.system),
        model=clean(agent.model or ""),
        tools={clean(key): _to_tool(tool) for key, tool in agent.tools.items()},
        description=clean(agent.description),
        settings=to_struct(agent.settings),
        max_steps=agent.max_steps,
    )


def _to_tool(tool: ToolSpec) -> pb.Tool:
    return pb.Tool(
        description=clean(tool.description),
        input_schema=None if tool.input_schema is None else to_struct(tool.input_schema),
        schema_source=SCHEMA_SOURCES[tool.schema_source],
        disabled=tool.disabled,
    )
