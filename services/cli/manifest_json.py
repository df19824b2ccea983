"""A manifest as the object that ``caisson inspect --json`` prints."""

from __future__ import annotations

from services.executor.domain import AgentSpec, Diagnostic, Json, JsonObject, Manifest, ToolSpec


def manifest_object(manifest: Manifest) -> JsonObject:
    """Return the object; its keys are a contract of the command line."""
    return {
        "digest": manifest.digest,
        "format": manifest.format.value,
        "agents": {key: _agent(agent) for key, agent in manifest.agents.items()},
        "metadata": dict(manifest.metadata),
        "diagnostics": [_diagnostic(each) for each in manifest.diagnostics],
    }


def _agent(agent: AgentSpec) -> Json:
    return {
        "name": agent.name,
        "system": agent.system,
        "model": agent.model,
        "tools": {key: _tool(tool) for key, tool in agent.tools.items()},
    }


def _tool(tool: ToolSpec) -> Json:
    return {
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "schemaSource": tool.schema_source.value if tool.schema_source else None,
    }


def _diagnostic(diagnostic: Diagnostic) -> Json:
    return {
        "severity": diagnostic.severity.value,
        "path": diagnostic.path,
        "reason": diagnostic.reason,
        "line": diagnostic.line,
        "column": diagnostic.column,
    }
