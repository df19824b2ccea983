"""Bundles that esbuild makes of real packages are read, and agree with zod itself."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.domain import BundleFormat, Json, Manifest
from tests.bundle.reading import DIGEST
from tests.npm import node
from tests.real_bundles.build import RealBundles


def read(path: Path) -> Manifest:
    """Read a bundle as the service does, in a process of its own; the slow part of these tests."""

    source = path.read_bytes()

    async def parse() -> Manifest:
        pool = ParserPool(1, timeout_s=120.0)
        try:
            return await pool.parse(DIGEST, source)
        finally:
            await pool.close()

    return asyncio.run(parse())


def as_read(schemas: Json) -> Json:
    """Take out of zod's JSON Schemas the version of the standard, which a manifest does not say."""
    assert isinstance(schemas, dict)
    return {
        name: {key: value for key, value in schema.items() if key != "$schema"}
        for name, schema in schemas.items()
        if isinstance(schema, dict)
    }


@pytest.mark.parametrize("name", ["schemas_esm", "schemas_min_cjs"])
def test_schemas_match_zod(real_bundles: RealBundles, name: str) -> None:
    command = [node(), str(real_bundles.print_schemas)]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=60)
    expected = as_read(json.loads(printed.stdout))
    manifest = read(getattr(real_bundles, name))
    tools = manifest.agents["zoo"].tools
    assert {key: tool.input_schema for key, tool in tools.items()} == expected
    assert manifest.diagnostics == ()
    for tool in tools.values():
        assert tool.input_schema is not None
        jsonschema_rs.Draft202012Validator(tool.input_schema)


@pytest.mark.parametrize(
    ("name", "form"),
    [("numbers_esm", BundleFormat.ESM), ("numbers_min_cjs", BundleFormat.CJS)],
)
def test_ai_sdk_agent_is_read(real_bundles: RealBundles, name: str, form: BundleFormat) -> None:
    manifest = read(getattr(real_bundles, name))
    assert manifest.format is form
    assert list(manifest.agents) == ["numbers"]
    agent = manifest.agents["numbers"]
    assert agent.system == "You answer questions about numbers.\nUse the tools; never guess."
    assert agent.model == "openai/gpt-5"
    assert agent.max_steps == 6
    assert agent.settings == {"temperature": 0.2}
    assert list(agent.tools) == ["primes", "checksum", "divide"]
    assert agent.tools["primes"].input_schema == {
        "type": "object",
        "properties": {
            "limit": {
                "type": "integer",
                "minimum": 2,
                "maximum": 100000,
                "description": "Upper bound, inclusive",
            },
            "order": {
                "default": "ascending",
                "type": "string",
                "enum": ["ascending", "descending"],
            },
        },
        "required": ["limit"],
    }
    assert manifest.diagnostics == ()


@pytest.mark.parametrize("name", ["statistics_esm", "statistics_min_cjs"])
def test_lightfast_agents_are_read(real_bundles: RealBundles, name: str) -> None:
    manifest = read(getattr(real_bundles, name))
    assert list(manifest.agents) == ["statistician", "greeter"]
    agent = manifest.agents["statistician"]
    assert agent.model == "gateway/anthropic/claude-sonnet-4"
    assert agent.settings == {"temperature": 0, "maxOutputTokens": 800}
    assert list(agent.tools) == ["summarize", "whoami"]
    assert manifest.metadata == {"name": "statistics", "version": "1.0.0"}
    assert manifest.diagnostics == ()
