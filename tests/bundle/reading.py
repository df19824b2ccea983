"""Reads bundles in the test's own process."""

from __future__ import annotations

from services.executor.bundle.process.read_source import read_source
from services.executor.domain import JsonObject, Manifest, ToolSpec

DIGEST = "sha256:" + "0" * 64

LIGHTFAST_IMPORTS = """\
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";
"""


def manifest_of(text: str) -> Manifest:
    """Return what the bundle declares."""
    return read_source(DIGEST, text.encode())


def tool_of(schema: str, before: str = "") -> tuple[ToolSpec, Manifest]:
    """Return the one tool of a bundle whose input schema is an expression."""
    manifest = manifest_of(
        f"""{LIGHTFAST_IMPORTS}{before}
const probe = createTool({{ description: "d", inputSchema: {schema}, execute: async () => 1 }});
export default createLightfast({{
  agents: {{ a: createAgent({{ model: "openai/m", system: "s", tools: {{ probe }} }}) }},
}});
"""
    )
    return manifest.agents["a"].tools["probe"], manifest


def schema_of(schema: str, before: str = "") -> JsonObject:
    """Return the JSON Schema of an expression, and fail with the diagnostics when there is none."""
    tool, manifest = tool_of(schema, before)
    assert tool.input_schema is not None, manifest.diagnostics
    return tool.input_schema


def property_of(schema: str, before: str = "") -> object:
    """Return the JSON Schema of the property ``x`` of an object schema."""
    properties = schema_of(f"z.object({{ x: {schema} }})", before)["properties"]
    assert isinstance(properties, dict)
    return properties["x"]
