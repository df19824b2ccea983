"""The comparison finds what differs and nothing that is only written differently."""

from __future__ import annotations

import pytest

from services.executor.domain import AgentSpec, BundleFormat, Json, JsonObject, Manifest, ToolSpec
from tests.matrix.comparison import differences
from tests.matrix.json_schemas import normal

SCHEMA: JsonObject = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}


def manifest(schema: JsonObject | None = SCHEMA, **changed: object) -> Manifest:
    parts: dict[str, object] = {
        "system": "one\n\ntwo",
        "model": "openai/m",
        "settings": {"topK": 1},
    }
    tool = ToolSpec("t", "does it", schema, None, disabled=schema is None)
    agent = AgentSpec("a", "A", tools={"t": tool}, **{**parts, **changed})  # type: ignore[arg-type]
    return Manifest("sha256:0", BundleFormat.ESM, {"a": agent}, {}, ())


def judged(**changed: Json) -> JsonObject:
    agent: JsonObject = {
        "name": "A",
        "system": ["one", "two"],
        "model": "openai/m",
        "settings": {"topK": 1},
        "tools": {"t": {"description": "does it", "inputSchema": SCHEMA}},
    }
    return {"a": {**agent, **changed}}


def test_equal_manifests_do_not_differ() -> None:
    assert differences(manifest(), judged()) == []


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": "B"}, "agents.a.name"),
        ({"system": ["one"]}, "agents.a.system"),
        ({"model": "openai/n"}, "agents.a.model"),
        ({"fallbackModels": ["openai/n"]}, "agents.a.fallbackModels"),
        ({"settings": {"topK": True}}, "agents.a.settings.topK"),
        ({"settings": {}}, "agents.a.settings.topK"),
        ({"settings": {"topK": 1, "seed": 2}}, "agents.a.settings.seed"),
        ({"maxSteps": 3}, "agents.a.maxSteps"),
        ({"toolChoice": "auto"}, "agents.a.toolChoice"),
        ({"outputSchema": {"type": "object"}}, "agents.a.outputSchema"),
        ({"handoffs": [{"agent": "b"}]}, "agents.a.handoffs"),
        ({"tools": {}}, "agents.a.tools"),
    ],
)
def test_differing_part_is_reported(changed: dict[str, Json], path: str) -> None:
    assert [found.path for found in differences(manifest(), judged(**changed))] == [path]


def test_missing_agent_or_schema_is_reported() -> None:
    assert [found.path for found in differences(manifest(), {})] == ["agents"]
    paths = [found.path for found in differences(manifest(None), judged())]
    assert paths == ["agents.a.tools.t.disabled", "agents.a.tools.t.inputSchema"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": ["string", "null"], "minLength": 1},
         {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]}),
        ({"type": "string", "const": "a"}, {"enum": ["a"]}),
        ({"anyOf": [{"const": "a"}, {"const": "b"}]}, {"type": "string", "enum": ["a", "b"]}),
        ({"items": [{"type": "string"}], "type": "array"},
         {"prefixItems": [{"type": "string"}], "type": "array"}),
        ({"type": "object", "additionalProperties": {}, "required": []}, {"type": "object"}),
        ({"required": ["b", "a"]}, {"required": ["a", "b"]}),
    ],
)  # fmt: skip
def test_notations_of_one_schema_are_equal(one: Json, other: Json) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "object", "additionalProperties": False}, {"type": "object"}),
        ({"type": "integer"}, {"type": "number"}),
        ({"type": "string", "default": "a"}, {"type": "string"}),
        ({"anyOf": [{"const": "a"}, {"type": "string"}]}, {"enum": ["a"]}),
        ({"type": ["string", "number"], "minimum": 1}, {"type": ["string", "number"]}),
        ({"properties": {"const": {"type": "string"}}}, {"properties": {"enum": {}}}),
    ],
)
def test_different_schemas_stay_different(one: Json, other: Json) -> None:
    assert normal(one) != normal(other)
