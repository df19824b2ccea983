"""Schemas that cannot be read from source come from the sandbox, if the deployment allows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import manifest_pb2 as manifest_pb
from caisson.executor.v1.run_pb2 import BundleSource
from services.executor.errors import SetupError
from services.executor.settings import read_settings
from tests.e2e.pair import asks, events_of, executor, pair
from tests.executor.fake_provider import answer
from tests.executor.served import Client

SOURCE = Path(__file__).with_name("looped.js").read_bytes()
BUNDLE = BundleSource(inline=SOURCE)
SIDE = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
VOLUME = {
    "type": "object",
    "properties": {
        **{name: {**SIDE, "description": f"the {name}"} for name in ("width", "height", "depth")},
        "unit": {"default": "m", "type": "string"},
    },
    "required": ["width", "height", "depth"],
}


def schema_of(tool: Any) -> dict[str, Any]:
    """A tool's schema as JSON."""
    schema: dict[str, Any] = MessageToDict(tool.input_schema.value)
    return schema


async def inspected(
    client: Client, *, asks: bool = True
) -> tuple[dict[str, Any], dict[str, list[tuple[str, str]]]]:
    """The tools by key, and the severities and reasons of the diagnostics of each."""
    request = pb.InspectBundleRequest(bundle=BUNDLE)
    if asks:
        request.resolve.SetInParent()
    response = await client.stub.InspectBundle(request)
    manifest = response.manifest
    (agent,) = manifest.agents
    said: dict[str, list[tuple[str, str]]] = {}
    for each in manifest.diagnostics:
        key = each.path.removeprefix("agents.maker.tools.").partition(".")[0]
        severity = manifest_pb.Severity.Name(each.severity).removeprefix("SEVERITY_")
        said.setdefault(key, []).append((severity, each.reason))
    return {tool.key: tool for tool in agent.tools}, said


async def test_inspection_asks_nothing_unless_told_to() -> None:
    async with pair() as (client, _):
        tools, said = await inspected(client, asks=False)
    assert tools["volume"].disabled
    assert not tools["fine"].disabled
    assert [severity for severity, _ in said["volume"]] == ["ERROR"]


async def test_tool_with_sandbox_schema_is_offered_and_called() -> None:
    call = asks(("volume", '{"width":2,"height":3,"depth":7}'), ("volume", '{"width":0}'))
    async with pair(call, answer("42.")) as (client, model):
        tools, said = await inspected(client)
        outcome = await client.run("How much?", bundle=BUNDLE, agent="maker")
    assert outcome.code is grpc.StatusCode.OK
    offered = {tool["function"]["name"]: tool["function"] for tool in model.requests[0]["tools"]}
    assert offered["volume"]["parameters"] == VOLUME
    assert schema_of(tools["volume"]) == VOLUME
    assert tools["volume"].schema_source == manifest_pb.SCHEMA_SOURCE_SANDBOX
    assert tools["fine"].schema_source == manifest_pb.SCHEMA_SOURCE_STATIC
    ((severity, reason),) = said["volume"]
    assert severity == "INFO"
    assert "the sandbox's word" in reason
    (ran,) = events_of(outcome, "tool_output_available")
    assert ran["output"] == "42 m3"
    (refused,) = events_of(outcome, "tool_output_error")
    assert refused["kind"] == "INVALID_INPUT"
    assert "width" in refused["errorText"]


async def test_inexpressible_types_and_other_drafts_produce_diagnostics() -> None:
    async with pair() as (client, _):
        tools, said = await inspected(client)
    dated = schema_of(tools["dated"])
    assert dated["properties"]["at"] == {"type": "string", "format": "date-time"}
    assert dated["properties"]["on"]["format"] == "date"
    assert dated["required"] == ["on"]
    assert [severity for severity, _ in said["dated"]] == ["INFO", "WARNING"]
    plain = schema_of(tools["plain"])
    assert plain["properties"]["pair"] == {"type": "array", "prefixItems": [{"type": "string"}]}
    polluted = schema_of(tools["polluted"])
    assert sorted(polluted["properties"]) == ["__proto__", "ok"]


HOSTILE = {
    "endless": "FUEL_EXHAUSTED",
    "huge": "OUTPUT_TOO_LARGE",
    "cyclic": "refers back",
    "deep": "nested too deeply",
    "text": "no input schema",
    "list": "not a valid JSON Schema",
    "scalar": "a tool's input must be an object",
    "thrower": "no",
}


async def test_hostile_schema_disables_only_its_tool() -> None:
    async with pair() as (client, _):
        tools, said = await inspected(client)
    assert {key for key, tool in tools.items() if tool.disabled} == set(HOSTILE)
    for key, words in HOSTILE.items():
        ((severity, reason),) = said[key]
        assert severity == "ERROR"
        assert words in reason, (key, reason)
        assert "the sandbox was asked" in reason
        assert len(reason) < 1000


async def test_unreachable_sandbox_leaves_other_tools_usable() -> None:
    async with executor("127.0.0.1:9", toolrunner_connect_s=0.2) as client:
        tools, said = await inspected(client)
    assert not tools["fine"].disabled
    ((severity, reason),) = said["volume"]
    assert severity == "ERROR"
    assert "could not be asked" in reason


async def test_sandbox_schemas_are_cached_by_digest(tmp_path: Path) -> None:
    folder = str(tmp_path)
    async with pair(cache_dir=folder) as (client, _):
        first, _ = await inspected(client)
    # The runner is away now: what it told before is still known, and apart from what was read.
    async with executor("127.0.0.1:9", cache_dir=folder) as client:
        again, _ = await inspected(client)
    off = executor("127.0.0.1:9", cache_dir=folder, sandbox_schemas=False)
    async with off as client:
        without, _ = await inspected(client)
    assert schema_of(again["volume"]) == schema_of(first["volume"]) == VOLUME
    assert without["volume"].disabled


@pytest.mark.parametrize("text", ["", "maybe", "2"])
def test_setting_must_be_true_or_false(text: str) -> None:
    with pytest.raises(SetupError, match="true or false"):
        read_settings({"CAISSON_EXECUTOR_SANDBOX_SCHEMAS": text})
    assert read_settings({}).sandbox_schemas
    assert not read_settings({"CAISSON_EXECUTOR_SANDBOX_SCHEMAS": "false"}).sandbox_schemas
