"""Manifests as JSON text, for the parser's process and for the disk cache; not a public form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Json,
    JsonObject,
    Manifest,
    SchemaSource,
    Severity,
    ToolSpec,
)


def to_json(manifest: Manifest) -> JsonObject:
    """Return ``manifest`` as a JSON object."""
    return {
        "digest": manifest.digest,
        "format": manifest.format.value,
        "agents": {key: _agent_json(agent) for key, agent in manifest.agents.items()},
        "metadata": dict(manifest.metadata),
        "diagnostics": [
            [d.severity.value, d.path, d.reason, d.line, d.column] for d in manifest.diagnostics
        ],
    }


def _agent_json(agent: AgentSpec) -> JsonObject:
    return {
        "name": agent.name,
        "system": agent.system,
        "model": agent.model,
        "description": agent.description,
        "settings": dict(agent.settings),
        "maxSteps": agent.max_steps,
        "tools": {key: _tool_json(tool) for key, tool in agent.tools.items()},
    }


def _tool_json(tool: ToolSpec) -> JsonObject:
    return {
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "schemaSource": tool.schema_source.value if tool.schema_source else None,
        "disabled": tool.disabled,
    }


def dumps(manifest: Manifest) -> bytes:
    """Return ``manifest`` as UTF-8 JSON text."""
    return json.dumps(to_json(manifest), ensure_ascii=True, allow_nan=False).encode()


def loads(data: bytes) -> Manifest:
    """Return the manifest that ``dumps`` wrote.

    Raises:
        ValueError: the text is not what ``dumps`` writes.
    """
    try:
        return from_json(json.loads(data))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no manifest: {error!r}") from None


def from_json(whole: Json) -> Manifest:
    """Return the manifest of a JSON object; raises KeyError, TypeError or ValueError."""
    fields = _object(whole)
    diagnostics = tuple(
        Diagnostic(Severity(severity), str(path), str(reason), int(line), int(column))
        for severity, path, reason, line, column in cast(
            "list[tuple[str, str, str, int, int]]", fields["diagnostics"]
        )
    )
    agents = {key: _agent(key, _object(a)) for key, a in _object(fields["agents"]).items()}
    return Manifest(
        digest=_text(fields["digest"]),
        format=BundleFormat(fields["format"]),
        agents=agents,
        metadata=_object(fields["metadata"]),
        diagnostics=diagnostics,
    )


def _agent(key: str, fields: Mapping[str, Json]) -> AgentSpec:
    tools = {name: _tool(name, _object(t)) for name, t in _object(fields["tools"]).items()}
    model, max_steps = fields["model"], fields["maxSteps"]
    return AgentSpec(
        key=key,
        name=_text(fields["name"]),
        system=_text(fields["system"]),
        model=None if model is None else _text(model),
        tools=tools,
        description=_text(fields["description"]),
        settings=_object(fields["settings"]),
        max_steps=int(max_steps) if isinstance(max_steps, int) else None,
    )


def _tool(key: str, fields: Mapping[str, Json]) -> ToolSpec:
    schema, source = fields["inputSchema"], fields["schemaSource"]
    return ToolSpec(
        key=key,
        description=_text(fields["description"]),
        input_schema=None if schema is None else _object(schema),
        schema_source=None if source is None else SchemaSource(source),
        disabled=fields["disabled"] is True,
    )


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
